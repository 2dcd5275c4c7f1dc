"""How right the alarm of `verification` is, and how much it misses, on summaries that people judged.

    python -m benchmarks.faithfulness [FILE]    # FILE: benchmarks/data/faithfulness/qags_cnndm.jsonl

A line is {article, summary_sentences: [{sentence, responses: [{response: "yes" | "no"}]}]}, as QAGS publishes them
(Wang, Cho & Lewis, 2020, "Asking and Answering Questions to Evaluate the Factual Consistency of Summaries"): "no" says
that the article does not support the sentence, and the majority counts. A sentence is flagged when a place of it is
unsupported. Precision has the interval of Wilson (1927), 95%. The set is in halves by a hash of the article. While the
alarm was made, the sentences of one were read; of the other only the counts were seen, but they were seen, and one rule
(that two names must share a sentence, in verification/subjects.py) was made stricter because of them: no half is blind.
"Absent" is the plain alarm, for comparison: numbers, amounts, dates and names that occur nowhere, without subjects. "No
evidence" is apart: a sentence that no source sentence supports is weak, and nothing of it is called unsupported.

    python -m benchmarks.faithfulness --references [FOLDER]    # FOLDER: benchmarks/data/summaries

adds how often references, which people wrote and which are mostly right, raise the alarm, and how often it sees an
error that is put into one: in the place of a name or a number another reference's, which the document lacks.

    python -m benchmarks.faithfulness FILE --model NAME [--answers FILE] [--seconds N]

asks a model of each sentence as `verify` does, and prints how well its answers tell what people found unsupported: the
area under the ROC curve, and the recall where nine in ten are. "Agreed" are the sentences of which all who judged them
said the same; one that two of three found supported is often one that nothing supports. Answers are kept in a file, and
the next run goes on with those that are missing. A logistic curve and its threshold are fitted on one half and tried on
the other; the line for weights/models.toml is that of the fit.
"""

import argparse
import asyncio
import hashlib
import json
import math
import os
import re
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from benchmarks import machine, support
from benchmarks.sets import DATA, present
from benchmarks.support import Labelled
from contract.results import Verification
from verification.check import log_odds
from verification.verify import verify

NO_EVIDENCE = "no evidence"
ANY = "unsupported, any kind"
ABSENT = "absent"
AGREED = "agreed"  # sentences of both halves that all who judged them judged alike
PLANTED = 3  # errors for each name and number of a reference
SIZES = (100_000, 2_000_000)  # characters of a document that the time is taken for
_ALARM = -100.0  # added to the log odds, which are within 20 of 0
_Z = 1.96
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")  # within a sentence
_NUMBER = re.compile(r"(?<![\w.,])\d{2,}(?:,\d{3})*(?![\w.,%])")


class Judged(NamedTuple):
    """A sentence, which half its article is in, what people said, and what we say."""

    half: str
    is_wrong: bool
    is_agreed: bool  # by all who judged it
    kinds: frozenset[str]
    copied: float  # 0 to 1


def main() -> None:
    arguments = _arguments()
    rows = [json.loads(line) for line in present(arguments.file).read_text(encoding="utf-8").splitlines()]
    print(f"# {machine.describe()}")
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
        print_model(rows, asyncio.run(support.ask(sorted(rows, key=support.key), arguments.answers, arguments.seconds)))
        return
    began = time.perf_counter()
    judged = [sentence for row in rows for sentence in judge(row)]
    mean = (time.perf_counter() - began) / len(rows)
    print(
        f"# {len(rows)} summaries, {len(judged)} sentences, {sum(one.is_wrong for one in judged)} of them judged wrong"
    )
    print("| half | kind | flagged | wrong | precision [95%] | recall |\n|---|---|---|---|---|---|")
    for half in ("read", "counted", "both"):
        _print_half(half, [one for one in judged if half in (one.half, "both")])
    seen = {kind: sum(one.is_wrong and kind in one.kinds for one in judged) for kind in (ANY, ABSENT)}
    print(f"\nrecall of any kind over that of what is absent: {seen[ANY] / max(seen[ABSENT], 1):.1f}")
    print(f"{1000 * mean:.1f} ms a summary of this set")
    for size in SIZES:
        print(f"{_seconds(rows, size) * 1000:.0f} ms: 100 words against {size:,} characters (median of 5)")
    if arguments.references:
        _print_references(arguments.references)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    default = DATA / "faithfulness" / "qags_cnndm.jsonl"
    parser.add_argument("file", type=Path, nargs="?", default=default, help="lines of {article, summary_sentences}")
    help_ = "a folder of *.jsonl with lines {document, reference}"
    parser.add_argument("--references", type=Path, nargs="?", const=DATA / "summaries", metavar="FOLDER", help=help_)
    parser.add_argument("--model", help="ask it: an alias, a folder, or owner/name@revision")
    answers = Path(tempfile.gettempdir()) / "precis-answers.jsonl"
    parser.add_argument(
        "--answers", type=Path, default=answers, help="where its answers are kept; default: %(default)s"
    )
    parser.add_argument("--seconds", type=float, default=math.inf, metavar="N", help="after which nothing is asked")
    return parser.parse_args()


def judge(row: Mapping[str, Any]) -> Iterator[Judged]:
    """Yield each sentence of one summary, verified together, as people and as the alarm judge it."""
    sentences = [sentence["sentence"] for sentence in row["summary_sentences"]]
    result = verify("\n\n".join(sentences), row["article"], [])
    half = "counted" if hashlib.sha256(row["article"].encode()).digest()[0] % 2 else "read"
    start = 0
    for sentence in row["summary_sentences"]:
        end = start + len(sentence["sentence"])
        answers = [answer["response"] for answer in sentence["responses"]]
        kinds = frozenset(_kinds(result, start, end))
        is_wrong, is_agreed = 2 * answers.count("no") > len(answers), len(set(answers)) == 1
        yield Judged(half, is_wrong, is_agreed, kinds, _copied(result, start, end))
        start = end + 2


def print_model(rows: Sequence[Mapping[str, Any]], answers: support.Answers) -> None:
    """Print how well a model's answers tell unsupported sentences, beside the rules."""
    found = [row for row in rows if support.key(row) in answers]
    judged = [one for row in found for one in judge(row)]
    answered = [each for row in found for each in answers[support.key(row)]]
    odds = [log_odds(answer, one.copied) for answer, one in zip(answered, judged, strict=True)]
    alarms = [_ALARM if ANY in one.kinds else 0.0 for one in judged]
    joined = [one + alarm for one, alarm in zip(odds, alarms, strict=True)]
    scores = {
        "rules": alarms, "the model's answer": answered, "and what is copied": odds, "and the rules": joined,
    }  # fmt: skip
    print(f"# {len(found)} of {len(rows)} summaries\n")
    print("| score | half | sentences | unsupported | AUC | recall at precision .9 |\n|---|---|---|---|---|---|")
    for name, values in scores.items():
        for half in ("read", "counted", "both", AGREED):
            labelled = _labelled(judged, values, half)
            wrong, area = sum(one.is_wrong for one in labelled), support.auc(labelled)
            most = support.recall(labelled, support.threshold(labelled))
            print(f"| {name} | {half} | {len(labelled)} | {wrong} | {area:.3f} | {most:.2f} |")
    _print_scale(judged, odds, joined)


def _print_scale(judged: Sequence[Judged], odds: Sequence[float], joined: Sequence[float]) -> None:
    fitted = support.scale(_labelled(judged, odds, "read"))
    print(f"\nsupport = {{ slope = {fitted.slope}, intercept = {fitted.intercept}, threshold = {fitted.threshold} }}\n")
    below = support.threshold(_labelled(judged, odds, "read"))
    print("| at that threshold | half | flagged | wrong | precision [95%] | recall |\n|---|---|---|---|---|---|")
    for name, values in {"the model's answer and what is copied": odds, "and the rules": joined}.items():
        for half in ("read", "counted"):
            labelled = _labelled(judged, values, half)
            flagged = [one.is_wrong for one in labelled if one.score < below]
            low, high = wilson(sum(flagged), len(flagged))
            precision = f"{sum(flagged) / max(len(flagged), 1):.2f} [{low:.2f}, {high:.2f}]"
            recall = f"{support.recall(labelled, below):.2f}"
            print(f"| {name} | {half} | {len(flagged)} | {sum(flagged)} | {precision} | {recall} |")


def _labelled(judged: Sequence[Judged], scores: Sequence[float], half: str) -> list[Labelled]:
    both = zip(judged, scores, strict=True)
    return [
        Labelled(score, one.is_wrong)
        for one, score in both
        if half in (one.half, "both") or (half == AGREED and one.is_agreed)
    ]


def _kinds(result: Verification, start: int, end: int) -> Iterator[str]:
    for found in result.unsupported:
        if start <= found.start < end:
            yield found.kind
            yield ANY
            if found.kind != "subject":
                yield ABSENT
    if not any(sentence.evidence for sentence in result.sentences if start <= sentence.start < end):
        yield NO_EVIDENCE


def _copied(result: Verification, start: int, end: int) -> float:
    """The mean over what one sentence of the set is taken for, which may be several."""
    found = [sentence.copied for sentence in result.sentences if start <= sentence.start < end]
    return statistics.mean(found) if found else 0.0


def _print_half(half: str, judged: list[Judged]) -> None:
    flagged: defaultdict[str, list[bool]] = defaultdict(list)
    for one in judged:
        for kind in one.kinds:
            flagged[kind].append(one.is_wrong)
    wrong = sum(one.is_wrong for one in judged)
    for kind in sorted({*flagged, ANY}, key=lambda kind: (kind == NO_EVIDENCE, kind != ANY, kind != ABSENT, kind)):
        right, count = sum(flagged[kind]), len(flagged[kind])
        low, high = wilson(right, count)
        precision = f"{right / count:.2f} [{low:.2f}, {high:.2f}]" if count else "-"
        recall = f"{right}/{wrong} = {right / wrong:.3f}"
        print(f"| {half} ({len(judged)}) | {kind} | {count} | {right} | {precision} | {recall} |")


def wilson(right: int, count: int) -> tuple[float, float]:
    """Return the interval that holds the true share 95 times in 100."""
    if not count:
        return 0.0, 1.0
    share, spread = right / count, _Z**2 / count
    middle = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return max((middle - half) / (1 + spread), 0.0), min((middle + half) / (1 + spread), 1.0)


def _seconds(rows: list[dict[str, Any]], size: int) -> float:
    articles = "\n\n".join(row["article"] for row in rows)
    document = (articles * (size // len(articles) + 1))[:size]
    words = " ".join(sentence["sentence"] for row in rows for sentence in row["summary_sentences"]).split()[:100]
    times = []
    for _ in range(5):
        began = time.perf_counter()
        verify(" ".join(words), document, [])
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _print_references(folder: Path) -> None:
    print(
        "\n| references | summaries | sentences | unsupported | of kinds | planted names seen | planted numbers seen |"
    )
    print("|---|---|---|---|---|---|---|")
    for path in sorted(folder.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        results = [verify(row["reference"], row["document"], []) for row in rows]
        kinds = Counter(found.kind for result in results for found in result.unsupported)
        counts = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        sentences = sum(len(result.sentences) for result in results)
        planted = " | ".join(_share(plant(rows, pattern)) for pattern in (_NAME, _NUMBER))
        print(f"| {path.stem} | {len(rows)} | {sentences} | {kinds.total()} | {counts} | {planted} |")


def plant(rows: Sequence[Mapping[str, str]], pattern: re.Pattern[str]) -> list[bool]:
    """Return for each error put into a reference, a match of another in the place of its own, whether it was seen."""
    random, found = Random(0), [[*pattern.finditer(row["reference"])] for row in rows]
    seen = []
    for number, row in enumerate(rows):
        others = {match[0] for matches in found[:number] + found[number + 1 :] for match in matches}
        absent = sorted(other for other in others if other.casefold() not in row["document"].casefold())
        for match in found[number]:
            for other in random.sample(absent, min(PLANTED, len(absent))):
                start, end = match.start(), match.start() + len(other)
                wrong = row["reference"][:start] + other + row["reference"][match.end() :]
                result = verify(wrong, row["document"], [])
                seen.append(any(alarm.start < end and alarm.end > start for alarm in result.unsupported))
    return seen


def _share(seen: Sequence[bool]) -> str:
    return f"{sum(seen)}/{len(seen)} = {sum(seen) / len(seen):.2f}" if seen else "-"


if __name__ == "__main__":
    main()
