"""Lines of as many cells that follow one another are a table."""

from normalizers.pii.tables import read


def cells(text: str) -> list[list[list[str]]]:
    return [[[text[start:end].strip() for start, end in row] for row in table] for table in read(text)]


def test_rows_are_parted_by_the_first_of_the_signs_that_they_have() -> None:
    assert cells("Name | Town\n---|---\nOle | Ulm; a, b, c\n") == [[["Name", "Town"], ["Ole", "Ulm; a, b, c"]]]


def test_a_blank_line_and_another_number_of_cells_end_a_table() -> None:
    assert cells("a,b\nc,d\n\ne,f\ng,h\ni,j,k\n") == [[["a", "b"], ["c", "d"]], [["e", "f"], ["g", "h"]]]


def test_a_line_alone_and_lines_without_such_signs_are_none() -> None:
    assert cells("a | b\n\nJust text\nin two lines\n") == []
