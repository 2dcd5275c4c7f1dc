"""Names in lists, cells and lines of their own: each is one person, and no first name stays.

All names are invented. The shapes are those of public reports: stanfordnlp/stanza#660, presidio#1090.
"""

import pytest

from normalizers.pii import layout, lists, names, places, recognizers
from normalizers.pii.finding import Finding
from normalizers.pii.plausible import Likelihood
from normalizers.pii.redactor import Redactor
from weights import load, registry

PEOPLE = ["Tom Palm", "Olga Holm", "Patricia Demir", "Chidi Lund", "Wei Nord"]
OTHERS = ["Sven Hill", "Jakub Ueda", "Dean Wood", "Kofi Rossi", "Rose Petrov"]


@pytest.fixture(scope="module")
def model() -> names.NameModel:
    return names.NameModel(load.find(registry.resolve("rampart")))


def masked(model: names.NameModel, text: str) -> str:
    return Redactor("mask", [recognizers.find, places.find, model.find]).redact(text)[0]


@pytest.mark.parametrize("people", [PEOPLE, OTHERS])
@pytest.mark.parametrize(
    ("before", "between", "behind"),
    [
        ("", "\n", ""),
        ("Attendees of the meeting:\n", "\n", "\n\nThe meeting began at nine."),
        ("Present\n\n", "\n", "\n\nApologies were received."),
        ("Attendees:\n- ", "\n- ", "\n\nThe meeting began."),
        ("Teilnehmer:\n\u2022 ", "\n\u2022 ", ""),
        ("Team\n1. ", "\n1. ", ""),
        ("| Name |\n|---|\n| ", " |\n| ", " |"),
        ("| ", " | ", " |"),
        ("", "\t", ""),
        ("name,city\n", ",Leeds\n", ",Leeds"),
        ("Attendees: ", ", ", "."),
        ("Contacts: ", " / ", ""),
        ("", "\n\n", ""),
    ],
)
def test_each_item_is_one_person(
    model: names.NameModel, people: list[str], before: str, between: str, behind: str
) -> None:
    expected = before + between.join(["[PERSON]"] * len(people)) + behind
    assert masked(model, before + between.join(people) + behind) == expected.replace("Leeds", "[LOCATION]")


def test_surnames_may_come_first(model: names.NameModel) -> None:
    text = "Hill, Sven{0}Ueda, Jakub{0}Wood, Dean{0}Rossi, Kofi"
    assert masked(model, text.format("\n")) == "\n".join(["[PERSON]"] * 4)
    assert masked(model, f"Attendees: {text.format('; ')}.") == f"Attendees: {'; '.join(['[PERSON]'] * 4)}."


def test_what_stands_beside_a_name_in_its_row_stays(model: names.NameModel) -> None:
    text = "| Name | Role |\n|---|---|\n| Wendy Dubois | Sales Manager |\n| Dean Xu | Chair |\n| Paula Wood | CFO |"
    roles = "| Name | Role |\n|---|---|\n| [PERSON] | Sales Manager |\n| [PERSON] | Chair |\n| [PERSON] | CFO |"
    assert masked(model, text) == roles


def test_a_name_that_prose_breaks_over_a_line_is_one(model: names.NameModel) -> None:
    text = "The claim was filed by Johanna\nFeldmann of Leeds, and all of them attended."
    assert masked(model, text).startswith("The claim was filed by [PERSON] of [LOCATION]")


@pytest.mark.parametrize(
    "text",
    [
        "mandag: {}\ntirsdag: {}\nonsdag: {}\ntorsdag: {}\nfredag: {}",
        "Gate one - {}\nGate two - {}\nDesk - {}\nGate six - {}\nDoor - {}",
        "1  2:14.8  {}\n2  2:15.3  {}\n3  2:17.0  {}\n4  2:19.9  {}\n5  2:21.0  {}",
        "3. van der {}\n4. von {}\n5. De {}\n6. {}\n7. ter {}",
    ],
)
def test_a_name_behind_its_role_or_in_a_column_of_blanks_is_one_person(model: names.NameModel, text: str) -> None:
    people = ["Wouter Palm", "Olga Holm", "Patricia Demir", "Chidi Lund", "Rowan Castle"]
    if "von" in text:
        people = [", ".join(reversed(name.split())) for name in people]
        expected = "3. {}\n4. {}\n5. {}\n6. {}\n7. {}"
    else:
        expected = text
    assert masked(model, text.format(*people)) == expected.format(*["[PERSON]"] * 5)


@pytest.mark.parametrize(
    "text",
    [
        "Sales\nHuman Resources\nQuality Assurance\nLegal",
        "- Node JS\n- Visual Studio\n- Docker Compose",
        "Starters\nGreen Salad\nTomato Soup\n\nMains\nRoast Beef\nBaked Potato",
    ],
)
def test_a_list_of_other_things_stays(model: names.NameModel, text: str) -> None:
    assert masked(model, text) == text


def test_a_line_end_is_shown_only_where_lines_are_items() -> None:
    assert (
        layout.read("Ida Berg\nOle Lund\nThey met in\nLeeds again").shown
        == "Ida Berg;Ole Lund\nThey met in\nLeeds again"
    )
    assert layout.read("a | b says\nno row").shown == "a ; b says;no row"
    assert layout.read('parted by vertical bars "|" in\nprose').shown == 'parted by vertical bars "|" in\nprose'


def test_an_item_takes_from_its_list_what_the_model_did_not_know() -> None:
    text = "Ida Berg\nOle Lund\nUnd Wer"
    cells = [(0, 8), (9, 17), (18, 25)]
    found = [Finding(*cell, "PERSON", 0.9, "names") for cell in cells[:2]]

    def likely(value: float) -> list[Likelihood]:
        return [Likelihood(start, start + 3, value) for start in (0, 4, 9, 13, 18, 22)]

    assert [finding[:2] for finding in lists.complete(text, found, likely(0.02), [cells])] == cells
    assert lists.complete(text, found, likely(0.0), [cells]) == found
    unknown = "Xxx Xxxx\nXxx Xxxx\nXxx Xxx"
    assert lists.complete(unknown, found[:1], likely(0.02), [cells]) == found[:1]
    assert layout.read(text).lists == [cells]


def test_a_given_name_speaks_for_a_list_of_which_the_model_is_sure_of_one(model: names.NameModel) -> None:
    text = "Sommer, Friede\nvon der Heyde, Alexa\nBaumg\u00e4rtner, Kunigunde\nAbdel-Rahman, Tarek"
    assert masked(model, text) == "\n".join(["[PERSON]"] * 4)


@pytest.mark.parametrize("unit", ["A ", "A, ", "A B, ", "A B; ", "- ", "|", " | ", "\t", "A\n", "A,B\n", "a and B C, "])
@pytest.mark.timeout(20)
def test_a_long_text_is_read_in_bounded_time(unit: str) -> None:
    """Quadratic time would take minutes."""
    text = unit * (100_000 // len(unit))
    assert len(layout.read(text).shown) == len(text)


def test_a_group_that_a_letter_counts_is_no_person(model: names.NameModel) -> None:
    text = "Team A\nIda Berg\nOle Lund\nMarta Nowak\nTeam B\nJonas Weber\nAnna Holm\nPiotr Zielinski"
    assert masked(model, text).count("Team") == 2
