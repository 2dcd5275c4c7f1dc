"""The documents and the documentation are what their README says, and what is counted is what is meant."""

import re
from collections import Counter

import pytest

from benchmarks.context_awareness import SETS, UNRELATED, Row, documentation_of, has, holds, load_set
from indexing.documents import entries

PAGES = {  # as they are indexed
    name: {entry.id: entry.read().text for entry in entries(documentation_of(name))} for name in SETS
}
FOREIGN = {entry.id: entry.read().text for entry in entries(UNRELATED)}


def row(number: int) -> Row:
    return next(row for row in load_set("warehouse") if row.id.startswith(f"{number:02}-"))


@pytest.mark.parametrize(
    ("name", "count", "pages"), [("warehouse", 48, 40), ("payroll", 40, 32), ("laboratory", 40, 32)]
)
def test_documents_are_numbered_distinct_and_of_many_kinds(name: str, count: int, pages: int) -> None:
    rows = load_set(name)
    assert [int(row.id[:2]) for row in rows] == list(range(1, count + 1))
    assert len({row.text for row in rows}) == count
    assert len(PAGES[name]) == pages
    kinds = Counter(row.kind for row in rows)
    for kind in ("announcement", "chat", "email", "incident report", "meeting note", "ticket"):
        assert kinds[kind] >= 3


@pytest.mark.parametrize("name", SETS)
def test_every_quote_stands_in_exactly_the_page_that_is_needed(name: str) -> None:
    for row in load_set(name):
        assert [page for page, text in PAGES[name].items() if has(text, row.quote)] == [row.source], row.id


@pytest.mark.parametrize("name", SETS)
def test_a_fact_stands_in_its_quote_and_in_no_other_page_or_document(name: str) -> None:
    for row in load_set(name):
        assert any(has(row.quote, fact) for fact in row.fact), row.id
        others = [text for page, text in PAGES[name].items() if page != row.source]
        others += [other.text for other in load_set(name)]
        for fact in row.fact:
            assert not [text[:60] for text in others if has(text, fact)], (row.id, fact)


@pytest.mark.parametrize("name", SETS)
def test_documents_copy_no_phrase_of_the_page_that_they_need(name: str) -> None:
    for row in load_set(name):
        words = re.findall(r"\w+", PAGES[name][row.source].casefold())
        phrases = {tuple(words[at : at + 7]) for at in range(len(words) - 6)}
        own = re.findall(r"\w+", row.text.casefold())
        assert not [" ".join(own[at : at + 7]) for at in range(len(own) - 6) if tuple(own[at : at + 7]) in phrases], (
            row.id
        )


@pytest.mark.parametrize("name", SETS)
def test_some_documents_are_long_and_the_others_short(name: str) -> None:
    lengths = {row.id[:2]: len(row.text.split()) for row in load_set(name)}
    long = {number for number, length in lengths.items() if length > 250}
    if name == "warehouse":
        assert long == {"05", "12", "17", "24", "29", "36", "41", "48"}
    else:
        assert long == {"04", "11", "18", "23", "30", "37"}
    assert all(80 <= length <= 1000 for length in lengths.values())


def test_six_documents_do_not_name_what_they_need() -> None:
    for number, names in {
        42: ("Ystra", "gate", "gates"),
        43: ("warm room", "Policy"),
        44: ("quiet floor", "earphones"),
        45: ("tunnel", "stretch film", "black"),
        46: ("slotting", "neighbours", "fish"),
        47: ("diesel", "mains", "runbook"),
    }.items():
        assert not [name for name in names if has(row(number).text, name)], number


def test_unrelated_pages_are_none_of_the_documentation() -> None:
    assert len(FOREIGN) == 9
    assert not FOREIGN.keys() & {page for pages in PAGES.values() for page in pages}
    names = (
        "Ostrel",
        "Brackwater",
        "pallet",
        "QUILL",
        "Vessby",
        "Caldmoor",
        "Minster",
        "Tarrowby",
        "Lindmoor",
        "Teasel",
    )
    assert not [page for page, text in FOREIGN.items() for name in names if has(text, name)]


def test_a_passage_counts_only_with_the_source_and_the_whole_quote() -> None:
    first = row(1)
    assert holds(first, first.source, f"Before. {first.quote.replace(' ', chr(10))}, and after.")
    assert not holds(first, "concepts/overview.md", first.quote)
    assert not holds(first, first.source, first.quote[:-10])
