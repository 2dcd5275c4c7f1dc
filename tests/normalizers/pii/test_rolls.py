"""Names behind the words that say who was there are found, and what else stands there is not."""

import pytest

from normalizers.pii.rolls import find


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Apologies: P\u00e1draig", ["P\u00e1draig"]),
        ("Present: Thandeka, Wim, Oluwaseun and Ida Berg (chair)", ["Thandeka", "Wim", "Oluwaseun", "Ida Berg"]),
        ("Anwesend: J\u00fcrgen, Anneke; entschuldigt: Matteo", ["J\u00fcrgen", "Anneke", "Matteo"]),
        ("CC: Summer Breeze; Autumn Fields", ["Summer Breeze", "Autumn Fields"]),
        ("his twin brother Detlev; ihr Mann Torsten", ["Detlev", "Torsten"]),
        ("- cc: Marcus / Caoimhe", ["Marcus", "Caoimhe"]),
        ("**Scribe:** Saoirse", ["Saoirse"]),
        ("[x] Kofi - send it\n- [ ] Oskar: call", ["Kofi", "Oskar"]),
        ("[14:11] sanne: brb\n14:12 <marcus> ok", ["sanne", "marcus"]),
    ],
)
def test_who_is_listed_is_found(text: str, names: list[str]) -> None:
    assert [name for name in names if name not in found(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "Present: All",
        "To: Sales, Support",
        "Author: Anonymous",
        "Team: Platform / Search",
        "The staff: it is large. The owner: a firm.",
        "Contact: office@example.com",
    ],
)
def test_what_names_no_one_is_left(text: str) -> None:
    assert found(text) == []


def test_who_speaks_in_a_chat_is_found_with_a_letter_behind_the_name() -> None:
    assert found("<MoiraC> yes\n<root> no\n<marek_> ok") == ["Moira", "marek"]


def test_who_has_a_task_is_found_alone_in_its_line_and_with_an_initial() -> None:
    assert found("[ ] Maja S.\n[x] Kofi\n[ ] Salad bowl") == ["Maja", "Kofi"]


def test_whoever_speaks_in_a_chat_is_found_whatever_they_are_called() -> None:
    assert found("[14:02] zquix: hi\n[14:03] tomcio: yes\n[14:05] zquix: thx") == ["zquix", "tomcio", "zquix"]


@pytest.mark.parametrize(
    "text",
    ["[14:02] error: x\n[14:03] build: y\n[14:05] error: z", "[14:02] alpha: 1\n[14:03] beta: 2\n[14:04] gamma: 3"],
)
def test_a_log_is_no_chat(text: str) -> None:
    assert found(text) == []
