"""Pages are read as the benchmark lays them out, and words are counted, whatever their order."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks import pages


def test_pages_are_read_with_their_kind_and_what_people_marked(tmp_path: Path) -> None:
    (tmp_path / "ground-truth").mkdir()
    (tmp_path / "html").mkdir()
    for name, kind, content in (("0002", "forum", "Yes."), ("0001", "article", None)):
        truth = {"_internal": {"page_type": {"primary": kind}}, "ground_truth": {"main_content": content}}
        (tmp_path / "ground-truth" / f"{name}.json").write_text(json.dumps(truth), "utf-8")
        (tmp_path / "html" / f"{name}.html.gz").write_bytes(gzip.compress(f"<p>{kind}</p>".encode()))
    assert list(pages.read_pages(tmp_path)) == [
        pages.Page("article", "<p>article</p>", ""),
        pages.Page("forum", "<p>forum</p>", "Yes."),
    ]


@pytest.mark.parametrize(
    ("found", "wanted", "score"),
    [
        ("Mill, old: the", "The old mill", (1, 1, 1)),
        ("the mill the", "the old mill yard", (2 / 3, 1 / 2, 4 / 7)),
        ("", "the mill", (0, 0, 0)),
        ("the mill", "", (0, 0, 0)),
        ("", "", (1, 1, 1)),
    ],
)
def test_words_are_counted_each_as_often_as_it_is_there(
    found: str, wanted: str, score: tuple[float, float, float]
) -> None:
    assert pages.score(found, wanted) == pytest.approx(score)


def test_averages_are_taken_of_each_figure() -> None:
    assert pages.mean([pages.Score(1, 0.5, 0.6), pages.Score(0, 0.5, 0.2)]) == pytest.approx((0.5, 0.5, 0.4))
