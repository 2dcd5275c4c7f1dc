"""How many small inputs come out right that public bug reports are about: broken files, odd layouts, personal data.

    python -m benchmarks.cases [FOLDER]    # FOLDER: benchmarks/data/cases

A line of cases.jsonl has an input, as `text` or as a `file` beside it; `how` it is read (`file`, `redact`, `redact-
file`, `lines`, `table`); what `must_contain` and `must_not_contain` say of what comes out; how many `persons` it names;
and the code of the `error` that is right. `was` is how it came out when the cases were collected, before they were
looked at.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.sets import DATA, present
from contract.request import SummaryRequest
from errors import UserError
from normalizers import steps
from normalizers.pii.detectors import Detectors, load_detectors
from normalizers.row import RowNormalizer
from rows import json_lines, tables
from weights import load

Case = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "cases", help="cases.jsonl and its inputs")
    folder = parser.parse_args().folder
    cases = [json.loads(line) for line in present(folder / "cases.jsonl").read_text("utf-8").split("\n") if line]
    detectors = load_detectors(load.find_names_model())
    wrong = {case["id"]: mistakes(case, output(case, folder, detectors)) for case in cases}
    every, right = (
        Counter(case["kind"] for case in cases),
        Counter(case["kind"] for case in cases if not wrong[case["id"]]),
    )
    print("| kind | cases | right |\n|---|---|---|")
    for kind, count in every.most_common():
        print(f"| {kind} | {count} | {right[kind]} |")
    print(f"| all | {every.total()} | {right.total()} |")
    for case in cases:
        if wrong[case["id"]]:
            print(f"{case['id']} ({case['kind']}, was {case['was']}): {'; '.join(wrong[case['id']])}")


def output(case: Case, folder: Path, detectors: Detectors) -> str:
    """All that comes out of a case's input: a text, rows, or an error."""
    file = folder / case.get("file", "")
    try:
        match case["how"]:
            case "table":
                return "\n".join(f"{row.id} {row.inputs} {row.error or ''}" for row in tables.read(file))
            case "lines":
                return "\n".join(map(RowNormalizer({}, None), json_lines.read(file.open("rb"))))
        given = {"document": file} if "file" in case else {"text": case["text"]}
        redact = "mask" if case["how"].startswith("redact") else "off"
        return steps.prepare(SummaryRequest(**given, redact_pii=redact), detectors).document.text
    except UserError as error:
        return str(error)


def mistakes(case: Case, found: str) -> list[str]:
    """What is wrong with what came out."""
    persons, error = case.get("persons", found.count("[PERSON]")), case.get("error", "")
    return [
        *(f"lacks {text!r}" for text in case["must_contain"] if text not in found),
        *(f"has {text!r}" for text in case["must_not_contain"] if text in found),
        *([f"{found.count('[PERSON]')} persons, not {persons}"] if found.count("[PERSON]") != persons else []),
        *([f"is no {error}"] if error not in found else []),
    ]


if __name__ == "__main__":
    main()
