"""How much of a page's content is found, by what kind of page it is, against trafilatura with comments.

Knows: how the Web Content Extraction Benchmark lays its pages out, and word F1, counted on each page and averaged over
pages. Knows nothing about how content is found.

    python -m benchmarks.pages FOLDER [--split dev]    # FOLDER: a checkout of it; the default is test
"""

import argparse
import gzip
import json
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks import html, machine

_WORD = re.compile(r"\w+")


class Page(NamedTuple):
    """A page's kind (article, forum, product, ...), its source, and the content that people marked in it."""

    kind: str
    source: str
    content: str


class Score(NamedTuple):
    """Shares from 0 to 1."""

    precision: float
    recall: float
    f1: float


def read_pages(folder: Path) -> Iterator[Page]:
    """Yield the pages of a split; one at a time, for there are a thousand of half a megabyte."""
    for path in sorted((folder / "ground-truth").glob("*.json")):
        truth = json.loads(path.read_text("utf-8"))
        source = gzip.decompress((folder / "html" / f"{path.stem}.html.gz").read_bytes()).decode("utf-8", "replace")
        kind = truth["_internal"]["page_type"]["primary"]
        yield Page(kind, source, truth["ground_truth"].get("main_content") or "")


def trafilatura_with_comments(source: str) -> str:
    import trafilatura

    return trafilatura.extract(source) or ""


def score(found: str, wanted: str) -> Score:
    """Compare the words of two texts, in whatever order; an empty text is found when nothing is."""
    right, left = Counter(_WORD.findall(found.lower())), Counter(_WORD.findall(wanted.lower()))
    both = (right & left).total()
    if not both:
        return Score(*[float(not right and not left)] * 3)
    return Score(both / right.total(), both / left.total(), 2 * both / (right.total() + left.total()))


def mean(scores: list[Score]) -> Score:
    return Score(*map(statistics.mean, zip(*scores, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="a checkout of Murrough-Foley/web-content-extraction-benchmark")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--kinds", nargs="*", help="of pages, such as forum; all when not given")
    arguments = parser.parse_args()
    if not (arguments.folder / arguments.split / "ground-truth").is_dir():
        parser.error(f"{arguments.folder} is no checkout of the benchmark")
    extractors = {"trafilatura": trafilatura_with_comments, "precis": html.ours}
    scores: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    print(f"{machine.describe()}; trafilatura {version('trafilatura')} with comments")
    for page in read_pages(arguments.folder / arguments.split):
        if not arguments.kinds or page.kind in arguments.kinds:
            for name, extract in extractors.items():
                found = score(extract(page.source), page.content)
                scores[page.kind][name].append(found)
                scores["all"][name].append(found)
    for kind in sorted(scores, key=lambda kind: -len(scores[kind]["precis"])):
        print(f"{kind}: n = {len(scores[kind]['precis'])} pages")
        for name, of_pages in scores[kind].items():
            found = mean(of_pages)
            print(f"  {name:<12} precision {found.precision:.3f}  recall {found.recall:.3f}  word F1 {found.f1:.4f}")


if __name__ == "__main__":
    main()
