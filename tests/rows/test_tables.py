"""A file of many documents becomes rows, whatever its format, and a bad row costs no other."""

import csv
import gzip
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

from contract.request import SummaryRequest
from errors import UserError
from rows import tables
from tests.rows.made import SECRET, excel_file, json_lines, parquet_table, path, reason, refusal, rows

__all__ = ["path"]  # a fixture


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


def csv_table(given: list[dict[str, Any]], delimiter: str = ",") -> str:
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, COLUMNS, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()} for row in given
    )
    return target.getvalue()


def as_columns(given: list[dict[str, Any]]) -> dict[str, list[Any]]:
    return {name: [row.get(name) for row in given] for name in COLUMNS}


def excel_table(given: list[dict[str, Any]]) -> bytes:
    return excel_file([COLUMNS, *([as_cell(row.get(name)) for name in COLUMNS] for row in given)])


def as_cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


EXCEL = excel_table(TABLE)
PARQUET = parquet_table(as_columns(TABLE))


FORMATS: dict[str, str | bytes] = {
    "json_lines": json_lines(TABLE),
    "json_array": json.dumps(TABLE),
    "json_array_pretty": json.dumps(TABLE, indent=2, ensure_ascii=False),
    "json_array_in_utf_16": json.dumps(TABLE, ensure_ascii=False).replace("}, {", "},\r\n{").encode("utf-16"),
    "csv": csv_table(TABLE),
    "csv_semicolons": csv_table(TABLE, ";"),
    "csv_tabs": csv_table(TABLE, "\t"),
    "csv_bars": csv_table(TABLE, "|"),
    "csv_in_windows_1252": csv_table(TABLE).encode("windows-1252"),
    "csv_in_utf_16": csv_table(TABLE).encode("utf-16"),
    "csv_in_utf_16_without_a_mark": csv_table(TABLE).encode("utf-16-le"),
    "csv_in_utf_16_of_the_other_order": csv_table(TABLE).encode("utf-16-be"),
    "csv_with_the_line_ends_of_old_macs": csv_table(TABLE).replace("\r\n", "\n").replace("\n", "\r"),
    "csv_that_names_its_separator": "sep=;\r\n" + csv_table(TABLE, ";"),
    "csv_that_names_another_separator": '"SEP=~"\n' + csv_table(TABLE, "~"),
    "csv_in_utf_16_that_names_its_separator": ("sep=\t\r\n" + csv_table(TABLE, "\t")).encode("utf-16"),
    "csv_with_a_byte_order_mark": csv_table(TABLE, ";").encode("utf-8-sig"),
    "excel": EXCEL,
    "parquet": PARQUET,
    "parquet_in_groups": parquet_table(as_columns(TABLE), row_group_size=2, use_dictionary=False),
}


FORMATS |= {
    f"{name}_packed": gzip.compress(content.encode() if isinstance(content, str) else content)
    for name, content in FORMATS.items()
}


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_same_rows(path: Path, name: str) -> None:
    found = rows(path, FORMATS[name])
    assert [row.inputs for row in found] == INPUTS
    assert [row.id for row in found] == ["a", "b", "c", "d"]
    assert [row.error for row in found] == [None] * 4
    for row in found:
        SummaryRequest(**row.inputs)


def test_lines_are_counted_as_an_editor_counts_them(path: Path) -> None:
    assert [row.line for row in rows(path, '\ufeff\n{"text": "a"}\r\n  \n\n{"text": "b"}')] == [2, 5]
    assert [row.line for row in rows(path, '\ufeff\r\ntext\r\n"a\nb"\r\n  \r\n\r\nc\r\n')] == [3, 7]
    assert [row.line for row in rows(path, parquet_table({"text": ["a"] * 40}))] == list(range(1, 41))


def test_empty_cells_and_nulls_are_as_if_they_were_not_there(path: Path) -> None:
    row = {"id": None, "text": "x", "html": " \n", "file": "", "seed": None, "style": "", "keep_terms": None}
    assert rows(path, json_lines([row])) == [(1, None, {"text": "x"}, None)]
    assert rows(path, "id, text ,html,seed,style,keep_terms\n,x, ,,,\n") == [(2, None, {"text": "x"}, None)]


@pytest.mark.parametrize(
    "content",
    [
        b'{"text": "a"}\n{"text": "\xff"}\n{"text": "c"}\n',
        "text,name\na,ü\nb,\udcff\nc,x\n".encode(errors="surrogateescape"),
        parquet_table({"text": pyarrow.array([b"a", b"\xff", b"c"]).cast(pyarrow.string(), safe=False)}),
    ],
    ids=["json_lines", "csv", "parquet"],
)
def test_bytes_that_are_no_utf_8_cost_their_own_row(path: Path, content: bytes) -> None:
    first, bad, last = rows(path, content)
    assert (first.inputs, last.inputs) == ({"text": "a"}, {"text": "c"})
    assert reason(bad).endswith(": it is not UTF-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: documents is empty"),
        ("\ufeff\n \n", "line 1: documents is empty"),
        ("name,age\na,b\n", "line 1: none of the 2 columns is text, html or file; found name, age"),
        ("\nJust a text.\n", "line 2: none of the 1 columns is text, html or file"),
        ("text,id,text\na,b,c\n", "line 1: 2 columns are named text"),
        ('"text"x\na\n', "line 1 is neither a JSON object nor a header of CSV"),
        ("\xa0\n\u3000", "line 1: documents is empty"),
        ("id\rname\r", "line 1: none of the 1 columns is text, html or file; found id"),
        ('" "', "line 1: documents is empty"),
        (",;,\n", "line 1: documents is empty"),
        ('id,text\n1,a\n2,"b\n3,c\n', "line 3: a quote opens here and never closes"),
        ('"text', "line 1: a quote opens here and never closes"),
        ("[", "row 1: the JSON array is broken here, or ends too soon"),
        ('[{"text": "x"},]', "row 2: the JSON array is broken here, or ends too soon"),
        ('[{"text": "x"} {"text": "y"}]', "row 2: the JSON array is broken here, or ends too soon"),
        ('[{"text": "x"}] [', "row 2: the JSON array is broken here, or ends too soon"),
        (b"PK\x03\x04", "row 1: the Excel file is broken here, or is none"),
        (EXCEL[:-30], "row 1: the Excel file is broken here, or is none"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "documents is an .xls or an encrypted Excel file; save it as .xlsx"),
        (excel_file([["name"], ["x"]]), "row 1: none of the 1 columns is text, html or file; found name"),
        (excel_file([]), "row 1: documents is empty"),
        (b"PAR1", "row 1: the Parquet file is broken here, or ends too soon"),
        (b"PAR1" + bytes(100) + b"PAR1", "row 1: the Parquet file is broken here, or ends too soon"),
        (PARQUET[:-1], "row 1: the Parquet file is broken here, or ends too soon"),
        (parquet_table({"name": ["x"]}), "schema: none of the 1 columns is text, html or file; found name"),
        (
            parquet_table({"text": pyarrow.array([2**40], pyarrow.timestamp("s"))}),
            "schema: text holds neither text, numbers, true and false nor lists of them",
        ),
    ],
    ids=range(26),
)
def test_a_file_that_is_no_table_says_where(path: Path, content: str | bytes, message: str) -> None:
    assert refusal(path, content) == f"E1014 {message}"


@pytest.mark.parametrize(
    "first", ["null", "# made by hand", "[1]", "[]", '"a"', "NaN", "{", "text: x", '[{"text": "x"}]', "// a\n# b"]
)
def test_a_bad_first_line_of_json_lines_is_a_row_like_any_other(path: Path, first: str) -> None:
    *bad, one, two = rows(path, f"\n{first}\n\n{json_lines([{'text': 'one'}, {'text': 'two'}])}")
    assert [reason(row).startswith(f"E1013 line {row.line}: it ") for row in bad] == [True] * len(first.split("\n"))
    assert (one.inputs, two.inputs) == ({"text": "one"}, {"text": "two"})


def test_a_cell_of_csv_may_look_like_an_object(path: Path) -> None:
    assert rows(path, "text\n{}\n")[0].inputs == {"text": "{}"}


def broken_table() -> Iterator[tuple[str, bytes, str]]:
    """Tables of 64 rows whose end is broken, and how each is refused."""
    yield (
        "csv",
        ("text\n" + "x\n" * 64 + '"x\n').encode(),
        "E1014 line 66: a quote opens here and never closes",
    )
    items = ", ".join(['{"text": "x"}'] * 64)
    yield "json_array", f"[{items}, {{".encode(), "E1014 row 65: the JSON array is broken here, or ends too soon"
    content = bytearray(parquet_table({"text": [f"{number:04}" for number in range(96)]}, row_group_size=32))
    place = parquet.ParquetFile(io.BytesIO(content)).metadata.row_group(2).column(0).dictionary_page_offset
    content[place : place + 16] = b"\xff" * 16
    yield "parquet", bytes(content), "E1014 row 65: the Parquet file is broken here, or ends too soon"


@pytest.mark.parametrize(("content", "message"), [broken[1:] for broken in broken_table()], ids=range(3))
def test_the_rows_before_a_table_breaks_off_are_read(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    found = tables.read(path)
    assert all(next(found).error is None for _ in range(64))
    with pytest.raises(UserError) as caught:
        next(found)
    assert str(caught.value) == message


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


@pytest.mark.parametrize("kind", ["json_lines", "json_array", "csv", "parquet"])
def test_memory_stays_flat_whatever_the_files_length(path: Path, kind: str) -> None:
    text = "The council met on Thursday. " * 345  # 10 kB
    if kind == "parquet":
        content = parquet_table({"text": [f"{text}{number}" for number in range(5_000)]}, compression="NONE")
        path.write_bytes(content)
    else:
        with path.open("w") as file:
            file.write({"csv": "text,id\n", "json_array": "[", "json_lines": ""}[kind])
            for number in range(5_000):
                file.write("," if kind == "json_array" and number else "")
                file.write(f'"{text}",{number}\n' if kind == "csv" else f'{{"text": "{text}", "id": {number}}}\n')
            file.write("]" if kind == "json_array" else "")
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
    [
        b"",
        b"PAR1",
        b"{",
        b'{"text": "',
        b"[",
        b'[{"text": "x"}, ',
        b"null\n{}\n",
        b"PK\x03\x04",
        b"\x1f\x8b",
        gzip.compress(b"text\n"),
        EXCEL[:400],
        b"id,text\n",
        b'text;seed\n"',
        b"\xef\xbb\xbftext\tid\n",
    ]
)


def only_rows_or_a_user_error(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        try:
            for row in rows(path, content):
                assert (row.error is None) == bool(row.inputs)
        except UserError as error:
            assert error.code in ("E1012", "E1014")


@given(BEGINNINGS, st.binary())
def test_any_bytes_end_in_rows_or_a_user_error(beginning: bytes, rest: bytes) -> None:
    only_rows_or_a_user_error(beginning + rest)


@given(st.lists(ANY_JSON))
def test_any_json_ends_in_rows(lines: list[bytes]) -> None:
    only_rows_or_a_user_error(b"\n".join(lines))


@given(st.text('[]{}",:1 \n', max_size=30))
def test_any_brackets_end_in_rows_or_a_user_error(items: str) -> None:
    only_rows_or_a_user_error(f'[{{"text": "x"}}{items}'.encode())


@given(st.text('",;\n\r\t ab\0\x85\xa0', max_size=60))
def test_any_quotes_end_in_rows_or_a_user_error(records: str) -> None:
    only_rows_or_a_user_error(f"text,id\n{records}".encode())


@settings(max_examples=2 * settings().max_examples)
@given(st.dictionaries(st.integers(4, len(PARQUET) - 1), st.integers(0, 255), min_size=1, max_size=8))
def test_any_damage_to_parquet_ends_in_rows_or_a_user_error(damage: dict[int, int]) -> None:
    content = bytearray(PARQUET)
    for place, byte in damage.items():
        content[place] = byte
    only_rows_or_a_user_error(bytes(content))


@settings(max_examples=200)
@given(st.sampled_from([EXCEL, gzip.compress(PARQUET)]), st.data())
def test_any_damage_to_what_is_packed_ends_in_rows_or_a_user_error(content: bytes, data: st.DataObject) -> None:
    places = st.integers(4, len(content) - 1)
    damaged = bytearray(content)
    for place, byte in data.draw(st.dictionaries(places, st.integers(0, 255), min_size=1, max_size=8)).items():
        damaged[place] = byte
    only_rows_or_a_user_error(bytes(damaged))
