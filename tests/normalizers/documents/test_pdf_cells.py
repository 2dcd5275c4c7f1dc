"""A table whose cells go over several lines is read cell by cell; columns of prose are not."""

import time

from normalizers.documents import pdf_columns
from normalizers.documents.pdf_glyphs import Glyph, Line
from tests.normalizers.documents.test_pdf import LEFT, RIGHT, lines, text_of

LEFTS, PITCH, GAP = (60, 230, 400), 13, 6

TABLE = (
    ("Fault", "What is done"),
    ("the chain of the gate|breaks by night", "a second chain is laid|over the wheel at once"),
    ("the motor stands still|at the gate", "the gate is opened by|hand, for which two are|needed at the wheel"),
    ("nobody hears the horn|in the north wind", "the office is called"),
)


def across(*rows: tuple[str, ...], gap: float = GAP) -> bytes:
    """Draw a table line by line over all of its columns; a bar ends a line of a cell."""
    pieces, y = [], 700.0
    for row in rows:
        cells = [cell.split("|") for cell in row]
        for number in range(max(map(len, cells))):
            for left, cell in zip(LEFTS, cells, strict=False):
                pieces += [(left, y, 11, cell[number])] if number < len(cell) else []
            y -= PITCH
        y -= gap
    return lines(*pieces)


def by_cells(*rows: tuple[str, ...]) -> str:
    return "\n".join("\n".join(row).replace("|", "\n") if "|" in "".join(row) else " ".join(row) for row in rows)


def test_cells_of_several_lines_are_read_whole() -> None:
    assert text_of(across(*TABLE)) == by_cells(*TABLE)
    third = ("Who", "the keeper", "both of the keepers|on duty", "the pilot")
    three = tuple((*row, cell) for row, cell in zip(TABLE, third, strict=True))
    assert text_of(across(*three)) == by_cells(*three)


def test_only_the_last_cells_of_rows_go_over_several_lines() -> None:
    rows = (("Gate", "What it is for"), ("lower", "the boats of the town|and of the yard"), ("upper", "ice and|wood"))
    assert text_of(across(*rows)) == "\n".join(" ".join(row).replace("|", "\n") for row in rows)


def test_a_cell_that_is_nearly_full_leaves_its_row_in_the_table() -> None:
    full = ("the ice stands before the gate|in the first weeks", "the ice is broken from|the boat")
    assert text_of(across(*TABLE, full)) == by_cells(*TABLE, full)


def test_columns_of_prose_are_read_one_after_the_other_where_both_have_a_gap() -> None:
    prose = ((LEFT[0], RIGHT[0]), *(("|".join(LEFT[1:]), "|".join(RIGHT[1:])),))
    assert text_of(across(*prose)) == "\n".join((*LEFT, *RIGHT))


def test_many_runs_take_linear_time() -> None:
    rows = [
        Line([Glyph("word", 9 * at + row % 7, 9 * at + row % 7 + 1, 0, -10 * row, 5) for at in range(30)])
        for row in range(1_000)
    ]
    start = time.perf_counter()
    pdf_columns.in_order(rows)
    assert time.perf_counter() - start < 10
