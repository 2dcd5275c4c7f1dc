"""A page whose text stands sideways or upside down is read as if it stood upright."""

import pytest

from normalizers.documents import pdf
from tests.normalizers.documents.test_pdf import LEFT, lines, one_page, rows, stream, text_of

SIDEWAYS = [(90, b"0 1 -1 0 300 60"), (180, b"-1 0 0 -1 500 500"), (270, b"0 -1 1 0 300 700")]


@pytest.mark.parametrize(("degrees", "matrix"), SIDEWAYS)
def test_lines_that_stand_sideways_are_read_from_their_first(degrees: int, matrix: bytes) -> None:
    text = lines((0, 0, 11, "The first line"), (0, -14, 11, "The second line"), (0, -28, 11, "The third"))
    assert text_of(matrix + b" cm\n" + text) == "The first line\nThe second line\nThe third"
    upright = one_page(stream(b"1 0 0 1 100 500 cm\n" + text, b""))
    turned, _ = pdf.read(upright.replace(b"/MediaBox", b"/Rotate %d/MediaBox" % degrees))
    assert turned == "The first line\nThe second line\nThe third"


@pytest.mark.parametrize(("degrees", "matrix"), SIDEWAYS)
def test_rows_of_a_table_that_stands_sideways_stay_rows(degrees: int, matrix: bytes) -> None:
    cells = [("Basin", "Liquid", "Tons"), ("Upper", "Brine", "40"), ("Lower", "Water", "65"), ("Third", "Brine", "12")]
    drawn = lines(*((90 * at, -16 * row, 11, text) for row, texts in enumerate(cells) for at, text in enumerate(texts)))
    assert text_of(matrix + b" cm\n" + drawn) == "\n".join(map(" ".join, cells)), degrees


def test_a_line_in_the_margin_turns_no_page() -> None:
    margin = b"q 0 1 -1 0 30 300 cm\n" + lines((0, 0, 8, "Draft")) + b"\nQ\n"
    assert text_of(margin + rows(LEFT)).split("\n")[-4:] == list(LEFT)
