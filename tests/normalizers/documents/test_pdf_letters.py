"""Letters that stand apart from their words: large initials, and headings that are spaced."""

from tests.normalizers.documents.test_pdf import lines, text_of


def test_an_initial_that_is_several_lines_high_stands_with_its_word() -> None:
    beside = [
        (84, 760, 11, "he harbour board met in"),
        (84, 746, 11, "May, and nobody was told"),
        (60, 732, 11, "of it."),
    ]
    assert text_of(lines((60, 738, 36, "T"), *beside)).startswith("The harbour board met in\nMay")
    assert text_of(lines((60, 774, 11, "T"), *beside)).startswith("T\nhe")


def test_a_heading_that_is_spaced_letter_by_letter_is_words() -> None:
    assert text_of(lines((60, 760, 14, "S U M M A R Y   O F   M A Y"))) == "SUMMARY OF MAY"
    assert text_of(lines((60, 760, 14, "a b c"))) == "a b c"
