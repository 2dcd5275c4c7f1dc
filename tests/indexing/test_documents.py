import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.parser_fuzz import docx_file, paragraph
from errors import UserError
from indexing import documents
from indexing.chunk import chunks
from retrieval.records import Source

PAGE = (
    "<html><head><title>Backups &amp; restores</title></head><body><nav><a href='/'>Home</a> <a href='/x'>Contact</a>"
    "</nav><article><h1>Backups</h1><p>The Alder server copies its ledger every night at two, and keeps thirty copies."
    "</p><p>A restore takes about ten minutes and needs the key of an administrator.</p></article></body></html>"
)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def read(origin: Path) -> dict[str, Source]:
    sources = [entry.read() for entry in documents.entries(origin)]
    assert [source.id for source in sources] == [entry.id for entry in documents.entries(origin)]
    return {source.id: source for source in sources}


def rows(path: Path, *given: Any) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in given))
    return path


def test_a_folder_is_read_in_order_and_hidden_and_foreign_files_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b/z.txt": "Plain words.",
            "a.md": "# A",
            "b/c/d.rst": "More words.",
            ".git/x.md": "# no",
            "b/.y.md": "# no",
            "b/logo.png": b"\x89PNG\r\n",
        },
    )
    assert list(read(tmp_path)) == ["a.md", "b/c/d.rst", "b/z.txt"]
    assert len(documents.files(tmp_path)) == 3


def test_titles_come_from_front_matter_a_heading_the_page_or_the_name(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "front.md": '---\ntitle: "The ledger"\nTeam: billing\ntags:\n  - x\n---\n# Other\n\nWords.',
            "heading.md": "Words.\n\n## The *port* ##\n\nMore.",
            "none.md": "---\n\nOnly words.",
            "page.html": PAGE,
            "text.txt": "2.1 Ports\n\nThe port is 4711.",
            "plain.txt": "The port is 4711.",
        },
    )
    found = read(tmp_path)
    assert {name: source.title for name, source in found.items()} == {
        "front.md": "The ledger",
        "heading.md": "The *port*",
        "none.md": "none",
        "page.html": "Backups & restores",
        "text.txt": "2.1 Ports",
        "plain.txt": "plain",
    }
    assert found["front.md"].text == "# Other\n\nWords."
    assert found["front.md"].metadata == {"path": "", "type": "markdown", "title": "The ledger", "team": "billing"}
    assert "Contact" not in found["page.html"].text
    assert "every night at two" in found["page.html"].text


def test_chunks_of_pages_and_word_files_know_the_headings_that_they_stand_under(tmp_path: Path) -> None:
    sentences = "A restore takes about ten minutes and needs a key. " * 60
    page = PAGE.replace("</article>", f"<h2>Restores</h2><p>{sentences}</p></article>")
    styles = ("Heading1", "Backups"), ("Heading2", "Restores"), ("Normal", sentences)
    body = "".join(paragraph(text, f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>') for style, text in styles)
    write(tmp_path, {"page.html": page, "file.docx": docx_file(body)})
    for source in read(tmp_path).values():
        found = chunks(source, lambda texts: [len(text.split()) for text in texts])
        assert found[-1].headings == ("Backups", "Restores")
        assert "#" not in source.title


def test_metadata_has_the_top_folder_and_the_type(tmp_path: Path) -> None:
    write(tmp_path, {"guides/admin/a.md": "# A", "page.htm": PAGE})
    metadata = {name: source.metadata for name, source in read(tmp_path).items()}
    assert metadata == {
        "guides/admin/a.md": {"path": "guides", "type": "markdown"},
        "page.htm": {"path": "", "type": "html"},
    }


def test_a_digest_follows_the_bytes_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": "# A", "b/a.md": "# A", "c.md": "# A "})
    a, b, c = (entry.digest for entry in documents.entries(tmp_path))
    assert a == b != c
    assert len(a) == 64


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.4 and no more", "E1011"),
        ("a.docx", b"PK\x03\x04", "E1011"),
        ("a.md", b"", "E1007"),
        ("a.md", b"---\ntitle: x\n---\n", "E1007"),
        ("a.txt", b"\x00\x01\x02\xff" * 9, "E1006"),
    ],
)
def test_a_document_that_cannot_be_read_says_so_when_it_is_read(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    write(tmp_path, {name: content})
    [entry] = documents.entries(tmp_path)
    with pytest.raises(UserError, match=code):
        entry.read()


def test_a_document_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(20_000_001)
    [entry] = documents.entries(tmp_path)
    assert entry.digest == ""
    with pytest.raises(UserError, match="E1005 document is 20,000,001 bytes"):
        entry.read()


def test_one_document_is_a_documentation_too(tmp_path: Path) -> None:
    write(tmp_path, {"a/b.md": "# Only\n\nThis."})
    assert [source.title for source in read(tmp_path / "a/b.md").values()] == ["Only"]
    assert list(read(tmp_path / "a/b.md")) == ["b.md"]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    for name in ("none", "none.jsonl"):
        with pytest.raises(UserError, match="E1004"):
            list(documents.entries(tmp_path / name))


def test_rows_become_sources(tmp_path: Path) -> None:
    file = rows(
        tmp_path / "d.jsonl",
        {"id": "x/1", "title": "One\n", "text": "Some\u00a0words.", "metadata": {"year": 1999, "open": True}},
        "\n",
        {"id": 2, "text": "More."},
    )
    assert list(read(file).values()) == [
        Source("x/1", "One", "Some words.", read(file)["x/1"].digest, {"year": "1999", "open": "true"}),
        Source("2", "", "More.", read(file)["2"].digest),
    ]
    assert read(file)["2"].digest != read(file)["x/1"].digest


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[1]",
        "[" * 100_000,
        {"text": "secret"},
        {"id": "", "text": "secret"},
        {"id": True, "text": "secret"},
        {"id": "\ud800", "text": "secret"},
        {"id": "a", "text": ["secret"]},
        {"id": "a", "text": "secret", "title": 3},
        {"id": "a", "text": "secret", "metadata": ["secret"]},
        {"id": "a", "text": "secret", "metadata": {"x": None}},
        '{"id": "a", "text": "secret", "metadata": {"x": NaN}}',
    ],
)
def test_a_bad_row_is_a_source_that_cannot_be_read_and_the_others_can(tmp_path: Path, row: Any) -> None:
    given = {"id": "b", "text": "x"}, "\n", row if isinstance(row, dict) else f"{row}\n", {"id": "c", "text": "y"}
    first, bad, last = documents.entries(rows(tmp_path / "d.jsonl", *given))
    assert (first.read().id, last.read().id) == ("b", "c")
    assert (bad.id, bad.digest) == ("d.jsonl:3", "")
    with pytest.raises(UserError, match=r"E1013 line 3: ") as caught:
        bad.read()
    assert "secret" not in str(caught.value)


def test_of_two_rows_with_one_id_the_first_is_read_and_the_other_names_it(tmp_path: Path) -> None:
    file = rows(tmp_path / "d.jsonl", {"id": "1", "text": "x"}, {"id": 2, "text": "y"}, {"id": 1, "text": "z"})
    first, _, second = documents.entries(file)
    assert (first.id, second.id) == ("1", "d.jsonl:3")
    with pytest.raises(UserError, match="E1013 line 3: it has the id of line 1"):
        second.read()


def test_a_file_without_one_row_is_no_documentation(tmp_path: Path) -> None:
    file = rows(tmp_path / "d.jsonl", "# Title\n", "\n", "Words.\n")
    with pytest.raises(UserError, match="E1014 not one row can be read; E1013 line 1: it is not JSON"):
        list(documents.entries(file))


def test_rows_may_come_in_another_encoding(tmp_path: Path) -> None:
    file = tmp_path / "d.jsonl"
    file.write_bytes('{"id": "ü", "text": "x"}\r\n{"id": 2, "text": "y"}'.encode("utf-16"))
    assert list(read(file)) == ["ü", "2"]
