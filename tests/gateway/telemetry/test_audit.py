import json
import threading
from pathlib import Path

import pytest

from errors import UserError
from gateway.telemetry import audit


def test_an_entry_is_a_line_with_its_time_that_nobody_else_reads(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "audit.jsonl"
    audit.opened(file)({"token": "abc", "status": 200})
    audit.opened(file)({"token": None, "status": 401})
    entries = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(entry["token"], entry["status"]) for entry in entries] == [("abc", 200), (None, 401)]
    assert all(entry["timestamp"].endswith("+00:00") for entry in entries)
    assert file.stat().st_mode & 0o077 == 0


def test_the_lines_of_many_writers_stay_whole(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"

    def write(number: int) -> None:
        entry = audit.opened(file)
        for _ in range(100):
            entry({"token": str(number) * 500})

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 400


def test_a_file_that_cannot_be_written_is_told_at_the_beginning(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E7101 audit: "):
        audit.opened(tmp_path)
