"""What a form was filled with stands below its labels, in whatever order the file has them; columns stay columns."""

import time

import pytest

from normalizers.documents import pdf_overlaid
from normalizers.documents.pdf_glyphs import Glyph, Line
from tests.normalizers.documents.test_pdf import LEFT, RIGHT, lines, rows, text_of

LABELS = ("Last name", "Street", "Date of arrival")
VALUES = ("Berg", "Dock Road 4", "14 March")


def test_values_that_are_written_after_all_labels_stand_below_theirs() -> None:
    labels = lines(*((60, 700 - 50 * at, 8, text) for at, text in enumerate(LABELS)))
    values = lines(*((60, 682 - 50 * at, 12, text) for at, text in enumerate(VALUES)))
    assert text_of(labels + b"\n" + values).split("\n") == [
        text for pair in zip(LABELS, VALUES, strict=True) for text in pair
    ]


def test_headings_that_are_written_after_their_texts_stand_above_them() -> None:
    texts = lines(*((60, 700 - 60 * at, 11, f"The text {at} is about the quay.") for at in range(4)))
    headings = lines(*((60, 720 - 60 * at, 14, f"Heading {at}") for at in range(4)))
    assert text_of(texts + b"\n" + headings).split("\n") == [
        line for at in range(4) for line in (f"Heading {at}", f"The text {at} is about the quay.")
    ]


def test_columns_below_one_title_are_read_one_after_the_other() -> None:
    title = lines((60, 730, 14, "The whole width of the page has this as its title and heading"))
    columns = [
        lines(*((60 + 200 * at, 700 - 14 * row, 11, text) for row, text in enumerate(side)))
        for at, side in enumerate((LEFT, RIGHT))
    ]
    assert text_of(b"\n".join([title, *columns])).split("\n")[1:] == [*LEFT, *RIGHT]


def test_a_title_and_a_footer_that_are_written_last_change_nothing() -> None:
    page = rows(LEFT, top=600)
    last = lines((60, 616, 14, "A title"), (60, 40, 8, "Page 4"))
    assert text_of(page + b"\n" + last).split("\n") == [*LEFT, "A title", "Page 4"]


@pytest.mark.parametrize("up", [7, 50])
def test_a_page_that_goes_up_again_and_again_takes_linear_time(up: int) -> None:
    drawn = [Line([Glyph("word", 50, 90, 50, 700 - at % up * 14 + at // up % 7, 10)]) for at in range(10_000)]
    start = time.perf_counter()
    assert sorted(map(id, pdf_overlaid.in_place(drawn))) == sorted(map(id, drawn))
    assert time.perf_counter() - start < 20
