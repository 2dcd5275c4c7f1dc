"""What is written over two lines of a column is read over them."""

from tests.normalizers.documents.test_pdf import RIGHT, rows, text_of


def test_a_word_that_is_broken_in_a_column_is_whole() -> None:
    left = (
        "The harbour board met in",
        "March and heard that the",
        "quay is in two parts, of wa-",
        "ter that is older.",
    )
    assert text_of(rows(left, RIGHT)).split("\n")[2] == "quay is in two parts, of water that is older."
