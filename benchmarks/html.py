"""How well and how fast the content of an article page is found, against trafilatura alone in the same run.

Knows: the article-extraction-benchmark's pages and its scoring: 4-grams of words counted on each page, precision and
recall averaged over pages, F1 made of the two averages. Knows nothing about how content is found.

    python -m benchmarks.html [FOLDER] [--repeats 5]    # FOLDER: benchmarks/data/html
"""

import argparse
import gzip
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks import machine
from benchmarks.sets import DATA, present
from contract.document import Document
from contract.request import SummaryRequest
from normalizers.cleaning import boilerplate
from normalizers.documents import article

_WORD = re.compile(r"\w+")
_ANY_REQUEST = SummaryRequest(text="-")

Extract = Callable[[str], str]


class Page(NamedTuple):
    """A page's source and the article that people marked in it."""

    source: str
    article: str


class Score(NamedTuple):
    """Of all pages: shares from 0 to 1."""

    precision: float
    recall: float
    f1: float


def read_pages(folder: Path) -> list[Page]:
    truth = json.loads(present(folder / "ground-truth.json").read_text("utf-8"))
    return [
        Page(gzip.decompress((folder / f"{name}.html.gz").read_bytes()).decode(), entry["articleBody"])
        for name, entry in truth.items()
    ]


def ours(source: str) -> str:
    document = article.normalize(Document(text=source, media_type="text/html"), _ANY_REQUEST)
    return boilerplate.normalize(document, _ANY_REQUEST).text


def trafilatura_alone(source: str) -> str:
    import trafilatura

    return trafilatura.extract(source, include_comments=False) or ""


def score(pages: list[Page], extract: Extract) -> Score:
    """Average over pages; a page of which nothing was extracted has no precision, as the set's authors count."""
    precisions, recalls = [], []
    for page in pages:
        wanted, found = four_grams(page.article), four_grams(extract(page.source))
        right = (wanted & found).total()
        recalls.append(right / wanted.total())
        if found:
            precisions.append(right / found.total())
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return Score(precision, recall, 2 * precision * recall / (precision + recall))


def four_grams(text: str) -> Counter[tuple[str, ...]]:
    """Count the runs of four words; a text of fewer is one run."""
    words = _WORD.findall(text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)) if words)


def seconds(pages: list[Page], extractors: tuple[Extract, ...], repeats: int) -> list[float]:
    """Return each extractor's time for all pages, made of each page's median; extractors take turns on each page."""
    totals = [0.0 for _ in extractors]
    for page in pages:
        times: list[list[float]] = [[] for _ in extractors]
        for repeat in range(repeats):
            order = range(len(extractors)) if repeat % 2 else reversed(range(len(extractors)))
            for turn in order:
                start = time.perf_counter()
                extractors[turn](page.source)
                times[turn].append(time.perf_counter() - start)
        totals = [total + statistics.median(taken) for total, taken in zip(totals, times, strict=True)]
    return totals


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "html", help="ID.html.gz, and ground-truth.json")
    parser.add_argument("--repeats", type=int, default=5, help="of each page and extractor, for the times")
    arguments = parser.parse_args()
    pages = read_pages(arguments.folder)
    extractors = {"trafilatura alone": trafilatura_alone, "precis": ours}
    print(f"{machine.describe()}; trafilatura {version('trafilatura')}")
    print(f"n = {len(pages)} pages")
    scores = {name: score(pages, extract) for name, extract in extractors.items()}  # warms both up as well
    taken = seconds(pages, tuple(extractors.values()), arguments.repeats)
    for (name, found), total in zip(scores.items(), taken, strict=True):
        print(
            f"{name:<18} precision {found.precision:.3f}  recall {found.recall:.3f}  F1 {found.f1:.4f}"
            f"  {1000 * total / len(pages):.1f} ms a page"
        )
    print(f"speed of precis: {taken[0] / taken[1]:.0%} of trafilatura's own")


if __name__ == "__main__":
    main()
