import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitting.structure import INSIDE, PARAGRAPH, SENTENCE, atoms, heading_level


def cut(text: str) -> list[tuple[str, int]]:
    return [(text[atom.start : atom.end].strip(), atom.strength) for atom in atoms(text)]


def test_sentences_paragraphs_and_headings_are_cut_apart_and_headings_stay_with_their_text() -> None:
    text = "## Costs\n\nDr. Lee paid 3.5 million. It was late.\n\nNobody objected."
    assert cut(text) == [
        ("## Costs", 7),
        ("Dr. Lee paid 3.5 million.", INSIDE),
        ("It was late.", SENTENCE),
        ("Nobody objected.", PARAGRAPH),
    ]


def test_a_wrapped_line_is_no_end_and_a_speakers_line_is() -> None:
    wrapped = "The council voted on Tuesday to build a bridge over the river\nAlm at Neudorf. It will cost much."
    assert next(text for text, _ in cut(wrapped)).endswith("Alm at Neudorf.")
    spoken = "Ann: I think that we should rather build a ferry than this one\nBob: no"
    assert [text for text, _ in cut(spoken)][1] == "Bob: no"


def test_what_stands_behind_a_sentence_belongs_to_it() -> None:
    assert [text for text, _ in cut("「橋が建つ。」\n費用は高い。")] == ["「橋が建つ。」", "費用は高い。"]
    assert [atom.start for atom in atoms("One.  \nTwo. Three")] == [0, 7, 12]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("# Title", 1),
        ("### Third", 3),
        ("Chapter IV", 1),
        ("ARTICLE 12", 2),
        ("3. Assignment and Subletting", 2),
        ("9.5 No Waiver", 3),
        ("TERMS AND CONDITIONS", 2),
        ("14. Subtenant agrees that the rent is due. It is paid monthly.", 0),
        ("66 Stylex chairs", 0),
        ("The council voted.", 0),
        ("A", 0),
        ("", 0),
        ("X" * 101, 0),
    ],
)
def test_what_looks_like_a_heading_is_one(line: str, level: int) -> None:
    assert heading_level(line) == level


@given(st.text(alphabet=st.sampled_from("aA.1#!? \n\f。)Ł"), max_size=400) | st.text())
def test_the_atoms_are_the_text(text: str) -> None:
    found = list(atoms(text))
    assert "".join(text[atom.start : atom.end] for atom in found) == text
    assert all(atom.start < atom.end for atom in found)


@pytest.mark.parametrize("unit", ["a", "a ", "A.", "\n", "\f", "-\n", ".)", "# ", "#\n", "1.", "。", "a\n", " "])
@pytest.mark.timeout(30)
def test_a_long_text_ends_in_bounded_time(unit: str) -> None:
    """In quadratic time it would take many minutes."""
    text = unit * (400_000 // len(unit))
    assert sum(atom.end - atom.start for atom in atoms(text)) == len(text)
