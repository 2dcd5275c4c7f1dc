import base64
import json
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

from batch import documents
from batch.documents import Document
from errors import UserError


def read(source: Path) -> list[Document]:
    return list(documents.read(source))


def test_a_table_of_any_format_is_read(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "one"}, {"id": "b", "text": "two"}]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "t.csv").write_text("id,text\na,one\nb,two\n")
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "t.parquet")
    for name in ("t.jsonl", "t.csv", "t.parquet"):
        assert [(one.id, one.inputs["text"], one.key) for one in read(tmp_path / name)] == [
            ("a", "one", "a"),
            ("b", "two", "b"),
        ]


def test_a_folder_is_a_document_for_each_file_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "note.txt").write_text("A note.")
    (tmp_path / "a.html").write_text("<p>A page.</p>")
    (tmp_path / ".hidden").write_text("no")
    (tmp_path / "big.txt").write_bytes(b"x" * 20_000_001)
    found = read(tmp_path)
    assert [one.id for one in found] == ["a.html", "big.txt", "sub/note.txt"]
    assert base64.b64decode(found[2].inputs["file"]) == b"A note."
    assert found[2].inputs["file_name"] == "note.txt"
    assert str(found[1].error) == "E1005 the file is 20,000,001 bytes; the limit is 20,000,000"


def test_a_line_of_an_openai_batch_is_a_document(tmp_path: Path) -> None:
    body = {
        "model": "gpt-4o-mini",
        "messages": [
            {"role": "system", "content": "Be short."},
            {"role": "user", "content": [{"type": "text", "text": "The ferry"}, {"type": "text", "text": "was late."}]},
        ],
        "max_completion_tokens": 60,
        "temperature": 0.5,
        "stop": "END",
    }
    line = {"custom_id": "request-1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    (tmp_path / "in.jsonl").write_text(json.dumps(line))
    (found,) = read(tmp_path / "in.jsonl")
    assert found.id == "request-1"
    assert found.inputs == {
        "system_prompt": "Be short.",
        "text": "The ferry\nwas late.",
        "max_tokens": 60,
        "temperature": 0.5,
        "stop_sequences": ["END"],
    }


def test_a_document_without_an_id_is_known_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "one"}\n{"id": "1", "text": "two"}\n{broken\n')
    assert [one.key for one in read(tmp_path / "in.jsonl")] == [1, "1", 3]


@pytest.mark.parametrize("changed", [{"text": "other"}, {"text": "one", "style": "legal"}])
def test_its_digest_changes_with_what_it_says_and_how_it_is_to_be_summarized(changed: dict[str, Any]) -> None:
    digest = Document(1, "a", {"text": "one"}, None).digest(b"work")
    assert Document(7, "b", {"text": "one"}, None).digest(b"work") == digest
    assert Document(1, "a", changed, None).digest(b"work") != digest
    assert Document(1, "a", {"text": "one"}, None).digest(b"other") != digest


def test_an_input_that_is_not_there_has_a_code(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E1004"):
        read(tmp_path / "none.jsonl")


def test_no_document_shows_in_a_traceback() -> None:
    assert "secret" not in repr(Document(1, "a", {"text": "secret"}, None))
