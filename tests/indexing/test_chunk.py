from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from indexing.chunk import CHUNK, EMBEDDED, chunks, embedded_text
from retrieval.records import Chunk, Source


def pieces(texts: Sequence[str]) -> list[int]:
    """Count a word piece for every four characters of a word."""
    return [sum(-(-len(word) // 4) for word in text.split()) for text in texts]


def source(text: str, title: str = "Handbook") -> Source:
    return Source("guide/handbook.md", title, text, "digest", {"team": "docs"})


def sentences(count: int) -> str:
    return " ".join(f"Relay number {n} closes when its valve reports pressure." for n in range(count))


def uncovered(text: str, found: list[Chunk]) -> str:
    """Return what no chunk has."""
    ends = [0, *(chunk.end for chunk in found)]
    starts = [*(chunk.start for chunk in found), len(text)]
    return "".join(text[end:start] for end, start in zip(ends, starts, strict=True))


def test_chunks_cover_the_text_and_the_model_reads_each_to_its_end() -> None:
    text = "# Relays\n\n" + sentences(40) + "\n\n## Valves\n\n" + sentences(40) + " The last word is quokka."
    found = chunks(source(text), pieces)
    assert len(found) > 3
    assert uncovered(text, found) == ""
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in found)
    assert max(pieces([chunk.text for chunk in found])) <= CHUNK
    assert max(pieces([embedded_text(chunk) for chunk in found])) <= EMBEDDED
    assert embedded_text(found[-1]).endswith("quokka.")


def test_a_chunk_knows_where_it_is_from() -> None:
    found = chunks(source("# Relays\n\n## Valves\n\n" + sentences(60)), pieces)
    assert [chunk.number for chunk in found] == list(range(1, len(found) + 1))
    assert {chunk.source for chunk in found} == {"guide/handbook.md"}
    assert {chunk.title for chunk in found} == {"Handbook"}
    assert found[-1].headings == ("Relays", "Valves")
    assert found[-1].metadata == {"team": "docs"}


def test_title_and_headings_are_embedded_with_the_text_and_what_the_text_says_itself_is_not_repeated() -> None:
    found = chunks(source("# Relays\n\n## Valves\n\n" + sentences(60)), pieces)
    assert embedded_text(found[-1]).startswith("Handbook\nRelays\nValves\nRelay number")
    assert embedded_text(found[0]).startswith("Handbook\n# Relays\n\n## Valves\n\nRelay number")
    only = chunks(source("Handbook\n\nIt is short.", title="Handbook"), pieces)
    assert embedded_text(only[0]) == "Handbook\n\nIt is short."


def test_chunks_repeat_the_end_of_the_one_before() -> None:
    first, second, *_ = chunks(source(sentences(60)), pieces)
    assert first.start < second.start < first.end < second.end


def test_where_title_and_headings_are_long_the_text_is_shorter_and_nothing_of_it_is_lost() -> None:
    title = "On the maintenance of relays " * 8
    text = "".join(f"{'#' * level} {'installation ' * 6}\n\n" for level in (1, 2, 3)) + sentences(100)
    found = chunks(source(text, title), pieces)
    embedded = pieces([embedded_text(chunk) for chunk in found])
    assert EMBEDDED - 30 < max(embedded) <= EMBEDDED
    assert max(pieces([chunk.text for chunk in found])) < CHUNK
    assert uncovered(text, found) == ""
    assert found[-1].title.endswith("…")


def test_a_title_without_an_end_is_shortened() -> None:
    (found,) = chunks(source("Text.", title="x" * 10_000), pieces)
    assert found.title.endswith("x…")
    assert pieces([embedded_text(found)])[0] <= EMBEDDED


def test_a_source_without_text_has_no_chunks() -> None:
    assert chunks(source(""), pieces) == []
    assert chunks(source(" \n\n\f "), pieces) == []


@given(
    st.text(alphabet=st.sampled_from("ab. \n\f#1。🧿"), max_size=3_000),
    st.text(alphabet=st.sampled_from("ab \n#1。🧿"), max_size=900),
)
def test_whatever_the_text_only_blanks_are_left_out_and_everything_fits(text: str, title: str) -> None:
    found = chunks(source(text, title), pieces)
    assert uncovered(text, found).strip() == ""
    assert all(chunk.text.strip() for chunk in found)
    assert all(tokens <= EMBEDDED for tokens in pieces([embedded_text(chunk) for chunk in found]))
    assert [chunk.number for chunk in found] == list(range(1, len(found) + 1))
