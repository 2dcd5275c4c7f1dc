"""gzip: read as it is unpacked, up to a limit."""

import gzip
import random
from pathlib import Path

import pytest

from errors import UserError
from rows import tables, unpack
from tests.rows.made import json_lines, parquet_table, path, refusal, rows

__all__ = ["path"]  # a fixture


def test_members_one_after_the_other_are_one_file(path: Path) -> None:
    content = gzip.compress(b"text\nx\n") + gzip.compress(b"") + gzip.compress(b"y\n")
    assert [row.inputs for row in rows(path, content)] == [{"text": "x"}, {"text": "y"}]


def test_what_unpacks_to_more_than_a_table_may_have_is_refused_while_it_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MAX_TABLE_BYTES", 1_000_000)
    message = "E1005 documents unpacks to over 1,000,000 bytes, which is the limit"
    path.write_bytes(gzip.compress(b'{"text": "x"}\n' * 100_000))
    found = tables.read(path)
    assert all(next(found).error is None for _ in range(60_000))
    with pytest.raises(UserError, match=message):
        list(found)
    assert refusal(path, gzip.compress(parquet_table({"text": ["x" * 2_000_000]}, compression="NONE"))) == message


def test_the_rows_before_it_breaks_off_are_read(path: Path) -> None:
    source = random.Random(1)
    lines = [{"text": f"{source.random()}"} for _ in range(20_000)]
    path.write_bytes(gzip.compress(json_lines(lines).encode())[:-1])
    found = tables.read(path)
    assert all(next(found).error is None for _ in range(19_000))
    with pytest.raises(UserError, match=r"E1014 the gzip file is broken after [\d,]+ bytes"):
        list(found)
    assert refusal(path, b"\x1f\x8bxx").startswith("E1014 the gzip file is broken after 0 bytes")
