"""A file of many documents becomes rows, and a bad row costs no other."""

import base64
import csv
import io
import json
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from contract.request import MAX_BYTES, SummaryRequest
from errors import UserError
from rows import tables
from rows.tables import Row

SECRET = "Jane Roe"
PAGE = f"<p>{SECRET} met the council.</p>"
TABLE: list[dict[str, Any]] = [
    {"id": "a", "text": "First line.\nSecond, with a comma; and “quotes”.", "style": "legal", "max_tokens": 90},
    {"id": "b", "html": PAGE, "focus": "who", "strip_boilerplate": False, "temperature": 0.5, "seed": 7},
    {"id": "c", "file": "UERG", "file_name": "a.pdf", "keep_terms": ["Acme, Inc.", "Ünal"], "stop_sequences": ["\n"]},
    {"id": "d", "text": "Last."},
]
COLUMNS = list(dict.fromkeys(name for row in TABLE for name in row))
INPUTS = [
    {"text": "First line.\nSecond, with a comma; and “quotes”.", "style": "legal", "max_tokens": 90},
    {"html": PAGE, "focus": "who", "strip_boilerplate": False, "temperature": 0.5, "seed": 7},
    {"file": b"PDF", "file_name": "a.pdf", "keep_terms": ("Acme, Inc.", "Ünal"), "stop_sequences": ("\n",)},
    {"text": "Last."},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


def rows(path: Path, content: str | bytes) -> list[Row]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(tables.read(path))


def reason(row: Row) -> str:
    assert row.error is not None
    assert row.inputs == {}
    return str(row.error)


def refusal(path: Path, content: str | bytes) -> str:
    with pytest.raises(UserError) as caught:
        rows(path, content)
    return str(caught.value)


def json_lines(table: list[Any]) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in table)


def csv_table(table: list[dict[str, Any]], delimiter: str = ",") -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()} for row in table
    )
    return target.getvalue()


def parquet_table(columns: dict[str, Any], **options: Any) -> bytes:
    target = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), target, **options)
    return target.getvalue()


def as_columns(table: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in table] for name in COLUMNS}


PARQUET = parquet_table(as_columns(TABLE))
FORMATS: dict[str, str | bytes] = {
    "json_lines": json_lines(TABLE),
    "csv": csv_table(TABLE),
    "csv_semicolons": csv_table(TABLE, ";"),
    "csv_tabs": csv_table(TABLE, "\t"),
    "parquet": PARQUET,
    "parquet_in_groups": parquet_table(as_columns(TABLE), row_group_size=2, use_dictionary=False),
}


# --- What is read ---


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_rows(path: Path, name: str) -> None:
    found = rows(path, FORMATS[name])
    assert [row.inputs for row in found] == INPUTS
    assert [row.id for row in found] == ["a", "b", "c", "d"]
    assert [row.error for row in found] == [None] * 4
    for row in found:
        SummaryRequest(**row.inputs)


def test_a_row_can_set_every_input_of_a_request_but_paths_and_the_form_of_the_output(path: Path) -> None:
    values: dict[Any, Any] = {str: "x", bool: True, int: 1, float: 0.5, tuple: ["x"], bytes: "UERG"}
    options = set(tables._KINDS) - {"text", "html", "file"}
    [row] = rows(path, json_lines([{"text": "x", **{name: values[tables._KINDS[name]] for name in options}}]))
    others = {"text", "html", "file", "document", "documents", "knowledge", "output_format"}
    assert set(row.inputs) - {"text"} == set(SummaryRequest.model_fields) - others


def test_lines_are_counted_as_an_editor_counts_them(path: Path) -> None:
    assert [row.line for row in rows(path, '\ufeff\n{"text": "a"}\r\n  \n\n{"text": "b"}')] == [2, 5]
    assert [row.line for row in rows(path, '\ufeff\r\ntext\r\n"a\nb"\r\n  \r\n\r\nc\r\n')] == [3, 7]
    assert [row.line for row in rows(path, parquet_table({"text": ["a"] * 40}))] == list(range(1, 41))


def test_the_id_can_be_a_custom_id_and_other_columns_are_ignored(path: Path) -> None:
    table = [{"custom_id": 7, "text": "x", "url": {"a": 1}}, {"id": "i", "custom_id": "c", "text": "x"}, {"text": "x"}]
    assert [(row.id, row.inputs) for row in rows(path, json_lines(table))] == [
        (7, {"text": "x"}),
        ("i", {"text": "x"}),
        (None, {"text": "x"}),
    ]


def test_empty_cells_and_nulls_are_as_if_they_were_not_there(path: Path) -> None:
    row = {"id": None, "text": "x", "html": " \n", "file": "", "seed": None, "style": "", "keep_terms": None}
    assert rows(path, json_lines([row])) == [(1, None, {"text": "x"}, None)]
    assert rows(path, "id, text ,html,seed,style,keep_terms\n,x, ,,,\n") == [(2, None, {"text": "x"}, None)]


@pytest.mark.parametrize(("cell", "value"), [("true", True), ("FALSE", False), ("True", True)])
def test_spreadsheets_write_true_in_capitals(path: Path, cell: str, value: bool) -> None:
    assert rows(path, f"text,strip_boilerplate\nx,{cell}\n")[0].inputs == {"text": "x", "strip_boilerplate": value}


def test_cells_of_csv_can_be_far_larger_than_the_csv_module_allows(path: Path) -> None:
    text = "Ünal met the council. " * 20_000
    assert rows(path, f'text\n"{text}"\n')[0].inputs == {"text": text}


def test_a_nul_is_a_character_like_any_other(path: Path) -> None:
    assert [row.inputs for row in rows(path, 'text\na\0b\n"\0"\nc\n')] == [
        {"text": "a\0b"},
        {"text": "\0"},
        {"text": "c"},
    ]


def test_a_dictionary_of_parquet_is_read_as_what_it_stands_for(path: Path) -> None:
    column = pyarrow.array(["a", "b", None, "a"]).dictionary_encode()
    found = rows(path, parquet_table({"text": column, "seed": pyarrow.array([1, None, 2, 3], pyarrow.int8())}))
    assert [row.inputs for row in found[:2]] == [{"text": "a", "seed": 1}, {"text": "b"}]


# --- Bad rows ---

NESTED = '{"text": ' + "[" * 100_000
BAD_LINES = [
    ("{", "it is not JSON"),
    ('{"text": "' + SECRET, "it is not JSON"),
    ("[1]", "it is JSON, but no object"),
    (NESTED, "it is not JSON"),
    (NESTED + "]" * 100_000 + "}", "it is not JSON"),
    ('{"text": "x", "seed": ' + "1" * 10_000 + "}", "it is not JSON"),
    ('{"text": "x", "seed": ' + "1" * 1_000 + "}", "seed must be a whole number"),
    ('{"text": "x", "temperature": NaN}', "temperature must be a number"),
    ('{"text": "x", "temperature": 1e999}', "temperature must be a number"),
    ('{"text": "x", "temperature": ' + "1" * 1_000 + "}", "temperature must be a number"),
    ('{"id": "\\ud83d", "text": "x"}', "id must be text or a whole number"),
    ('{"id": true, "text": "x"}', "id must be text or a whole number"),
    ('{"custom_id": 1.5, "text": "x"}', "custom_id must be text or a whole number"),
    ('{"id": 1}', "it has no text, html or file"),
    ('{"text": " ", "html": ""}', "it has no text, html or file"),
    ('{"text": "x", "file": "UERG"}', "it has text and file; it must have one of them"),
    ('{"text": "x", "html": "x", "file": "UERG"}', "it has text and html and file; it must have one of them"),
    ('{"text": 5}', "text must be text"),
    ('{"file": 5}', "file must be base64 text"),
    ('{"file": "UE RG"}', "file must be base64 text"),
    ('{"file": "UERG="}', "file must be base64 text"),
    ('{"file": "UERG===="}', "file must be base64 text"),
    ('{"file": "="}', "file must be base64 text"),
    ('{"file": "Ünal"}', "file must be base64 text"),
    ('{"text": "x", "focus": {"a": 1}}', "focus must be text"),
    ('{"text": "x", "max_tokens": true}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": 5.0}', "max_tokens must be a whole number"),
    ('{"text": "x", "max_tokens": "' + SECRET + '"}', "max_tokens must be a whole number"),
    ('{"text": "x", "top_p": false}', "top_p must be a number"),
    ('{"text": "x", "strip_boilerplate": 1}', "strip_boilerplate must be true or false"),
    ('{"text": "x", "keep_terms": "' + SECRET + '"}', "keep_terms must be a list of texts"),
    ('{"text": "x", "keep_terms": ["a", 1]}', "keep_terms must be a list of texts"),
]


@pytest.mark.parametrize(("line", "message"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_an_error_in_its_place_and_stops_no_other(path: Path, line: str, message: str) -> None:
    first, bad, last = rows(path, json_lines([{"text": "one"}, line, {"text": "two"}]))
    assert (first.inputs, last.inputs) == ({"text": "one"}, {"text": "two"})
    assert (bad.line, last.line) == (2, 3)
    assert reason(bad) == f"E1013 line 2: {message}"


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("1,x", "it has 2 cells; the header has 5"),
        ("1,x,,,,6", "it has 6 cells; the header has 5"),
        ('1,"x" y,,,', "it ends on line 2 with a quote or a line end out of place"),
        ("1,x\ry,,,", "it ends on line 2 with a quote or a line end out of place"),
        (f"1,x,{SECRET},,", "max_tokens must be a whole number"),
        ("1,x,1.5,,", "max_tokens must be a whole number"),
        ("1,x," + "1" * 10_000 + ",,", "max_tokens must be a whole number"),
        ("1,x,true,,", "max_tokens must be a whole number"),
        ("1,x,,yes,", "strip_boilerplate must be true or false"),
        (f"1,x,,,{SECRET}", "keep_terms must be a list of texts"),
        ('1,x,,,"[""a"", 1]"', "keep_terms must be a list of texts"),
        ("1,x,,," + "[" * 100_000, "keep_terms must be a list of texts"),
        (",,,,", "it has no text, html or file"),
    ],
    ids=range(13),
)
def test_a_bad_record_is_an_error_in_its_place_and_stops_no_other(path: Path, record: str, message: str) -> None:
    header = "id,text,max_tokens,strip_boilerplate,keep_terms"
    bad, last = rows(path, f"{header}\n{record}\n2,two,,,\n")
    assert reason(bad) == f"E1013 line 2: {message}"
    assert (last.line, last.id, last.inputs) == (3, "2", {"text": "two"})


def test_a_quote_that_closes_too_late_says_which_lines_it_took(path: Path) -> None:
    bad, last = rows(path, 'id,text\n1,"one\n2,two\n3,"three"\n4,four\n')
    assert reason(bad) == "E1013 line 2: it ends on line 4 with a quote or a line end out of place"
    assert (last.line, last.inputs) == (5, {"text": "four"})


def test_a_bad_value_of_parquet_is_an_error_in_its_place(path: Path) -> None:
    columns = {"id": [1, 2, 3], "text": ["one", None, "three"], "top_p": [0.5, 0.5, float("nan")]}
    first, second, third = rows(path, parquet_table(columns))
    assert (first.id, first.inputs) == (1, {"text": "one", "top_p": 0.5})
    assert (second.id, reason(second)) == (2, "E1013 row 2: it has no text, html or file")
    assert (third.id, reason(third)) == (3, "E1013 row 3: top_p must be a number")


@pytest.mark.parametrize(
    "content",
    [
        b'{"text": "a"}\n{"text": "\xff"}\n{"text": "c"}\n',
        b"text,name\na,x\nb,\xff\nc,x\n",
        parquet_table({"text": pyarrow.array([b"a", b"\xff", b"c"]).cast(pyarrow.string(), safe=False)}),
    ],
    ids=["json_lines", "csv", "parquet"],
)
def test_bytes_that_are_no_utf_8_cost_their_own_row(path: Path, content: bytes) -> None:
    first, bad, last = rows(path, content)
    assert (first.inputs, last.inputs) == ({"text": "a"}, {"text": "c"})
    assert reason(bad).endswith(": it is not UTF-8")


def test_a_line_that_is_too_long_is_skipped_without_being_held(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_RECORD_BYTES", 100)
    monkeypatch.setattr(tables, "_SKIP_BYTES", 1_000)
    fits, long = json.dumps({"text": "x" * 87}), json.dumps({"text": "x" * 3_000_000})
    path.write_text(f"{fits}\n{long}\n{fits}\n{long}")
    tracemalloc.start()
    found = list(tables.read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row.line for row in found if row.error is None] == [1, 3]
    assert reason(found[1]) == "E1013 line 2: it is longer than 100 bytes"
    assert reason(found[3]) == "E1013 line 4: it is longer than 100 bytes"
    assert peak < 1_000_000


def test_a_file_in_a_row_is_held_to_the_limit_of_a_document(path: Path) -> None:
    fits, large = (base64.b64encode(bytes(MAX_BYTES + surplus)).decode() for surplus in (0, 1))
    good, bad = rows(path, json_lines([{"file": fits}, {"file": large}]))
    assert len(good.inputs["file"]) == MAX_BYTES
    assert reason(bad) == "E1013 line 2: file is 20,000,001 bytes; the limit is 20,000,000"


# --- Bad tables ---


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: documents is empty"),
        ("\ufeff\n \n", "line 1: documents is empty"),
        (f"name,{SECRET}\na,b\n", "line 1: none of the 2 columns is text, html or file"),
        ("\nJust a text.\n", "line 2: none of the 1 columns is text, html or file"),
        ('[{"text": "x"}]', "line 1: none of the 1 columns is text, html or file"),
        ("text\n".encode("utf-16"), "line 1: none of the 1 columns is text, html or file"),
        ("text,id,text\na,b,c\n", "line 1: 2 columns are named text"),
        ('"text"x\na\n', "line 1 is neither a JSON object nor a header of CSV"),
        ("\xa0\n\u3000", "line 1 is neither a JSON object nor a header of CSV"),
        ("id\rtext\r", "line 1 is neither a JSON object nor a header of CSV"),
        ('id,text\n1,a\n2,"b\n3,c\n', "line 3: a quote opens here and never closes"),
        ('"text', "line 1: a quote opens here and never closes"),
        (b"PAR1", "row 1: the Parquet file is broken here, or ends too soon"),
        (b"PAR1" + bytes(100) + b"PAR1", "row 1: the Parquet file is broken here, or ends too soon"),
        (PARQUET[:-1], "row 1: the Parquet file is broken here, or ends too soon"),
        (parquet_table({SECRET: ["x"]}), "schema: none of the 1 columns is text, html or file"),
        (
            parquet_table({"text": pyarrow.array([2**40], pyarrow.timestamp("s"))}),
            "schema: text holds neither text, numbers, true and false nor lists of them",
        ),
    ],
    ids=range(17),
)
def test_a_file_that_is_no_table_says_where(path: Path, content: str | bytes, message: str) -> None:
    assert refusal(path, content) == f"E1014 {message}"


def broken_table() -> Iterator[tuple[str, bytes, str]]:
    """Tables of 64 rows whose end is broken, and how each is refused."""
    yield (
        "csv",
        ("text\n" + "x\n" * 64 + '"x\n').encode(),
        "E1014 line 66: a quote opens here and never closes",
    )
    content = bytearray(parquet_table({"text": [f"{number:04}" for number in range(96)]}, row_group_size=32))
    place = parquet.ParquetFile(io.BytesIO(content)).metadata.row_group(2).column(0).dictionary_page_offset
    content[place : place + 16] = b"\xff" * 16
    yield "parquet", bytes(content), "E1014 row 65: the Parquet file is broken here, or ends too soon"


@pytest.mark.parametrize(("content", "message"), [table[1:] for table in broken_table()], ids=["csv", "parquet"])
def test_the_rows_before_a_table_breaks_off_are_read(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    found = tables.read(path)
    assert all(next(found).error is None for _ in range(64))
    with pytest.raises(UserError) as caught:
        next(found)
    assert str(caught.value) == message


def test_a_record_of_csv_that_never_seems_to_end_is_not_read_to_the_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_RECORD_BYTES", 100)
    detail = "its record does not end within 100 bytes; perhaps a quote does not close"
    assert refusal(path, 'text\na\n"b\n' + "c\n" * 100 + '"\n') == f"E1014 line 3: {detail}"
    assert refusal(path, "text\na\n" + "b" * 200) == f"E1014 line 3: {detail}"


def test_a_file_over_the_limit_is_refused_before_it_is_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_TABLE_BYTES", 1_000)
    path.write_bytes(b"x" * 1_001)
    monkeypatch.setattr(Path, "open", None)
    with pytest.raises(UserError) as caught:
        next(tables.read(path))
    assert str(caught.value) == "E1005 documents is 1,001 bytes; the limit is 1,000"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for place, message in [
        (tmp_path, "E1004 documents is not a file"),
        (tmp_path / "none", "E1004 documents cannot be read: no such file or directory"),
        (tmp_path / "a\0b", "E1004 documents cannot be read: no such file"),
    ]:
        with pytest.raises(UserError) as caught:
            next(tables.read(place))
        assert str(caught.value) == message


# --- What holds for all ---


def test_no_value_of_a_row_is_in_its_repr(path: Path) -> None:
    good, bad = rows(path, json_lines([{"id": SECRET, "text": SECRET}, {"id": SECRET, "text": SECRET, "seed": SECRET}]))
    assert repr([good, bad]) == (
        "[Row(line=1, error=None), Row(line=2, error=UserError('E1013 line 2: seed must be a whole number'))]"
    )


@pytest.mark.parametrize("kind", ["json_lines", "csv", "parquet"])
def test_memory_stays_flat_whatever_the_files_length(path: Path, kind: str) -> None:
    text = "The council met on Thursday. " * 345  # 10 kB
    if kind == "parquet":
        content = parquet_table({"text": [f"{text}{number}" for number in range(5_000)]}, compression="NONE")
        path.write_bytes(content)
    else:
        with path.open("w") as file:
            file.write("text,id\n" if kind == "csv" else "")
            for number in range(5_000):
                file.write(f'"{text}",{number}\n' if kind == "csv" else f'{{"text": "{text}", "id": {number}}}\n')
    assert path.stat().st_size > 50_000_000
    tracemalloc.start()
    count = sum(row.error is None for row in tables.read(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 5_000
    assert peak < 25_000_000


ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda part: st.lists(part),
    max_leaves=3,
)
ANY_JSON = st.dictionaries(st.sampled_from([*COLUMNS, "custom_id"]), ANY_VALUE).map(
    lambda row: json.dumps(row).encode()
)
BEGINNINGS = st.sampled_from(
    [b"", b"PAR1", b"{", b'{"text": "', b"id,text\n", b'text;seed\n"', b"\xef\xbb\xbftext\tid\n"]
)


def only_rows_or_a_user_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        try:
            for row in rows(path, content):
                assert (row.error is None) == bool(row.inputs)
        except UserError as error:
            assert error.code == "E1014"


@settings(deadline=None)
@given(BEGINNINGS, st.binary())
def test_any_bytes_end_in_rows_or_a_user_error(beginning: bytes, rest: bytes) -> None:
    only_rows_or_a_user_error(beginning + rest)


@settings(deadline=None)
@given(st.lists(ANY_JSON))
def test_any_json_ends_in_rows(lines: list[bytes]) -> None:
    only_rows_or_a_user_error(b"\n".join(lines))


@settings(deadline=None)
@given(st.text('",;\n\r\t ab\0\x85\xa0', max_size=60))
def test_any_quotes_end_in_rows_or_a_user_error(records: str) -> None:
    only_rows_or_a_user_error(f"text,id\n{records}".encode())


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.integers(4, len(PARQUET) - 1), st.integers(0, 255), min_size=1, max_size=8))
def test_any_damage_to_parquet_ends_in_rows_or_a_user_error(damage: dict[int, int]) -> None:
    content = bytearray(PARQUET)
    for place, byte in damage.items():
        content[place] = byte
    only_rows_or_a_user_error(bytes(content))
