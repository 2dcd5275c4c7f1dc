"""The documents and the documentation are what their README says, and what is counted is what is meant."""

import re
from collections import Counter

from benchmarks.context_awareness import DOCUMENTATION, UNRELATED, Row, has, holds, is_held_out, load_set
from documentation import entries

PAGES = {entry.id: entry.read().text for entry in entries(DOCUMENTATION)}  # as they are indexed
FOREIGN = {entry.id: entry.read().text for entry in entries(UNRELATED)}


def row(number: int) -> Row:
    return next(row for row in load_set() if row.id.startswith(f"{number:02}-"))


def test_documents_are_numbered_distinct_and_of_every_kind() -> None:
    rows = load_set()
    assert [int(row.id[:2]) for row in rows] == list(range(1, 49))
    assert len({row.text for row in rows}) == 48
    kinds = Counter(row.kind for row in rows)
    assert kinds.keys() == {"announcement", "chat", "email", "incident report", "meeting note", "ticket"}
    assert min(kinds.values()) >= 3
    assert sum(map(is_held_out, rows)) == 24


def test_every_quote_stands_in_exactly_the_page_that_is_needed() -> None:
    for row in load_set():
        assert [page for page, text in PAGES.items() if has(text, row.quote)] == [row.source], row.id


def test_a_fact_stands_in_its_quote_and_in_no_other_page_or_document() -> None:
    for row in load_set():
        assert any(has(row.quote, fact) for fact in row.fact), row.id
        others = [text for page, text in (PAGES | FOREIGN).items() if page != row.source]
        others += [other.text for other in load_set()]
        for fact in row.fact:
            assert not [text[:60] for text in others if has(text, fact)], (row.id, fact)


def test_documents_copy_no_phrase_of_the_page_that_they_need() -> None:
    for row in load_set():
        words = re.findall(r"\w+", PAGES[row.source].casefold())
        phrases = {tuple(words[at : at + 7]) for at in range(len(words) - 6)}
        own = re.findall(r"\w+", row.text.casefold())
        assert not [" ".join(own[at : at + 7]) for at in range(len(own) - 6) if tuple(own[at : at + 7]) in phrases], (
            row.id
        )


def test_eight_documents_are_long_and_the_others_short() -> None:
    long = {row.id[:2] for row in load_set() if len(row.text.split()) > 200}
    assert long == {"05", "12", "17", "24", "29", "36", "41", "48"}
    assert all(80 <= len(row.text.split()) <= 1000 for row in load_set())


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
    assert len(PAGES) == 40
    assert len(FOREIGN) == 9
    assert not PAGES.keys() & FOREIGN.keys()
    names = ("Ostrel", "Brackwater", "pallet", "QUILL", "Vessby", "Norrhamn", "Caldmoor")
    assert not [page for page, text in FOREIGN.items() for name in names if has(text, name)]


def test_a_passage_counts_only_with_the_source_and_the_whole_quote() -> None:
    first = row(1)
    assert holds(first, first.source, f"Before. {first.quote.replace(' ', chr(10))}, and after.")
    assert not holds(first, "concepts/overview.md", first.quote)
    assert not holds(first, first.source, first.quote[:-10])
