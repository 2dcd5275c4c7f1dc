"""What is named after someone is told by its head noun, and no person beside such a word is taken for it."""

import pytest

from normalizers.pii.eponyms import find, find_of_anybody


def found(text: str) -> set[str]:
    return {text[start:end] for start, end in (*find(text), *find_of_anybody(text))}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("by the Cauchy-Schwarz inequality", "Cauchy-Schwarz inequality"),
        ("by Dijkstra's algorithm", "Dijkstra's algorithm"),
        ("Maslow's hierarchy", "Maslow's hierarchy"),
        ("Shannon entropy", "Shannon entropy"),
        ("Huffman coding", "Huffman coding"),
        ("in Josefin Slab", "Josefin Slab"),
        ("Abraham Lincoln High School", "Abraham Lincoln High School"),
        ("the Beck Depression Inventory", "Beck Depression Inventory"),
        ("eine Ringer-L\u00f6sung", "Ringer-L\u00f6sung"),
        ("bei Firma Holm Kranbau", "bei Firma Holm Kranbau"),
        ("a Bessel function", "Bessel function"),
        ("the Navier Stokes equations", "Navier Stokes equations"),
        ("Fermat's last theorem", "Fermat's last theorem"),
        ("Moore's law.", "Moore's law"),
        ("Swern oxidation", "Swern oxidation"),
        ("one Wilson's warbler", "Wilson's warbler"),
        ("the Douglas fir", "Douglas fir"),
        ("Murphy's sign negative", "Murphy's sign negative"),
        ("Cohen's d", "Cohen's d"),
        ("Cohen's kappa", "Cohen's kappa"),
        ("the Taft-Hartley Act", "Taft-Hartley Act"),
        ("the Max Planck Institute", "Max Planck Institute"),
        ("St. Mary's Hospital", "St. Mary's Hospital"),
        ("Megan's Law", "Megan's Law"),
        ("Hurricane Katrina", "Hurricane Katrina"),
        ("Morbus Basedow", "Morbus Basedow"),
        ("syndrome de Gougerot", "syndrome de Gougerot"),
        ("Fettuccine Alfredo and wine", "Fettuccine Alfredo"),
        ("Bartonella henselae", "Bartonella henselae"),
        ("Otis Crane Holdings Inc.", "Otis Crane Holdings Inc"),
        ("Müller & Söhne KG", "Müller & Söhne KG"),
        ("Dunmore Keane S.A.", "Dunmore Keane S.A."),
        ("Pemberton Hale Partners", "Pemberton Hale Partners"),
        ("Barrow, Finch and Keane LLP", "Barrow, Finch and Keane LLP"),
        ("a Toyota Camry", "Toyota Camry"),
        ("a Mercedes-Benz Sprinter", "Mercedes-Benz Sprinter"),
        ("two Boeing 737-800", "Boeing 737-800"),
    ],
)
def test_the_word_beside_a_name_tells_a_thing(text: str, term: str) -> None:
    assert term in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "Mr Berg Holdings",
        "Dr. Foley catheter",
        "Susan Whitfield Partners manager",
        "Anna's law firm",
        "Anna's test and Anna's horse",
        "Maria Lopez University of Leeds",
        "We had eggs Anna bought",
        "Storm Jameson",
        "The Mazda Anna drives, the Nissan Ifeoma Obi sold, Mercedes Gonzalez",
        "Jude Law, Robert Hall and Jessica Day",
    ],
)
def test_what_may_be_a_persons_is_none(text: str) -> None:
    assert not found(text)


def test_a_person_before_a_firm_is_no_part_of_it() -> None:
    assert found("Anna Berg, Whitfield Barlow LLP") == {"Whitfield Barlow LLP"}
    assert found("Anna Berg and Otis Crane LLP") == {"Otis Crane LLP"}
