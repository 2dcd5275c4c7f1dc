"""What the command line asks an index, with the real model, over a very small documentation."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.record import Record
from errors import UserError
from retrieval import commands
from retrieval.background import background
from retrieval.embed import Embedder
from retrieval.index import Index
from tests.documentation import best, made, model

__all__ = ["made", "model"]  # fixtures


def search(index: Path, model: Embedder, *rows: dict[str, Any], k: int) -> list[dict[str, Any]]:
    records = [Record("line", line, row.get("id"), row, None) for line, row in enumerate(rows, start=1)]
    return [json.loads(line) for line in commands.find_lines(index, model, records, k)]


def test_what_was_built_is_found_with_where_it_stands(model: Embedder, made: Path) -> None:
    [hit] = commands.find(made, model, "When does the nightly backup begin?", 1)
    assert (hit.chunk.source, hit.chunk.title, hit.chunk.headings) == ("guides/backup.md", "Backups", ("Backups",))
    assert "two o'clock" in hit.chunk.text
    assert best(model, made, "what is a falcon?") == "terms.html"


def test_a_filter_keeps_to_the_metadata(model: Embedder, made: Path) -> None:
    hits = commands.find(made, model, "Which port does the ledger listen on?", 5, {"path": "guides"})
    assert {hit.chunk.source for hit in hits} <= {"guides/backup.md", "guides/restore.txt"}
    assert best(model, made, "Which port does the ledger listen on?", team="billing") == "ledger.md"
    with pytest.raises(UserError, match="E4006"):
        commands.find(made, model, "ledger", 1, {"colour": "red"})


def test_lines_are_searched_in_order_and_chunks_are_distinct(model: Embedder, made: Path) -> None:
    found = search(made, model, {"id": "q1", "text": "nightly backup"}, {"id": 2, "text": "what is a falcon"}, k=3)
    assert [line["id"] for line in found] == ["q1", 2]
    assert [line["hits"][0]["source"] for line in found] == ["guides/backup.md", "terms.html"]
    for line in found:
        assert [set(hit) for hit in line["hits"]] == [{"source", "chunk", "score"}] * len(line["hits"])
        scores = [hit["score"] for hit in line["hits"]]
        assert scores == sorted(scores, reverse=True)
        chunks = [(hit["source"], hit["chunk"]) for hit in line["hits"]]
        assert len(set(chunks)) == len(chunks) <= 3


def test_lines_find_what_one_question_finds(model: Embedder, made: Path) -> None:
    question = "Who owns the ledger service?"
    [line] = search(made, model, {"id": 1, "text": question}, k=3)
    one = [(hit.chunk.source, hit.chunk.number) for hit in commands.find(made, model, question, 3)]
    many = [(hit["source"], hit["chunk"]) for hit in line["hits"]]
    assert many[: len(one)] == one


BAD: list[dict[str, Any]] = [{"id": 1}, {"id": 1, "text": 3}, {"id": 1, "text": " "}, {"text": "secret"}]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_a_bad_query_has_an_error_in_its_place_and_stops_no_other(
    model: Embedder, made: Path, bad: dict[str, Any]
) -> None:
    first, second, third = search(made, model, {"id": "a", "text": "ledger"}, bad, {"id": "c", "text": "falcon"}, k=1)
    assert (first["hits"][0]["source"], third["hits"][0]["source"]) == ("ledger.md", "terms.html")
    message = "E1013 line 2: it must have an id and a text"
    assert second == {"id": bad.get("id"), "line": 2, "error": {"code": "E1013", "message": message}}


def test_a_query_that_could_not_be_read_keeps_its_error(model: Embedder, made: Path) -> None:
    bad = Record("line", 7, None, {}, UserError("E1013", "line 7: it is not JSON"))
    [line] = commands.find_lines(made, model, [bad], 1)
    message = "E1013 line 7: it is not JSON"
    assert json.loads(line) == {"id": None, "line": 7, "error": {"code": "E1013", "message": message}}


def test_stats_say_what_the_index_is(model: Embedder, made: Path) -> None:
    found = commands.stats(made)
    assert (found["sources"], found["chunks"]) == ("4", "4")
    assert found["embedding"] == f"{model.identity}, {model.dimension} dimensions"
    assert found["fields"] == "path, team, type"


def test_texts_that_the_model_cannot_read_to_their_end_are_searched_in_parts(model: Embedder, made: Path) -> None:
    index = Index.open(made)
    long = "水獭睡在水里" * 300 + " x1y2z3" * 200
    assert background(index, model, long, long[:1_000], k=3) == []
    question = "x1y2z3 " * 300 + "When does the nightly backup begin?"
    assert best(model, made, question) == "guides/backup.md"
    [line] = search(made, model, {"id": 1, "text": question}, k=1)
    assert line["hits"][0]["source"] == "guides/backup.md"


@pytest.mark.parametrize("text", ["", "=x", "team"])
def test_a_filter_has_two_sides(text: str) -> None:
    with pytest.raises(UserError, match="E4006"):
        commands.pair(text)
    assert commands.pair("a=b=c") == ("a", "b=c")
