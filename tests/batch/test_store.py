"""OUT and the ledger say the same, wherever the process was killed between them, and when the disk is full."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from batch import documents
from batch.documents import Document
from batch.ledger import State, status
from batch.store import Store
from errors import Fault, UserError, as_json
from serving.server import ROOT

WORK = b"work"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    lines = [json.dumps({"id": name, "text": f"text of {name}"}) for name in "abc"]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    return tmp_path / "in.jsonl"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def opened(out: Path, source: Path) -> Store:
    store = Store(out)
    store.read(documents.read(source), WORK)
    return store


def done(document: Document) -> tuple[Document, dict[str, str]]:
    return document, {"status": "succeeded", "summary": "short"}


def failed(document: Document) -> tuple[Document, dict[str, Any]]:
    return document, {"status": "failed", "error": as_json(UserError("E1007"))}


def states(store: Store) -> list[State]:
    return [known.state for known in map(store.ledger.find, "abc") if known is not None]


def test_a_line_that_was_not_entered_is_when_the_batch_is_opened_again(source: Path, out: Path) -> None:
    a, _b, _c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([done(a)])
        store._out.append([json.dumps({"id": "b", "line": 2, "status": "succeeded", "summary": "x"}) + "\n"])  # killed
    with closing(Store(out)) as store:
        assert states(store) == [State.DONE, State.DONE, State.TO_DO]


def test_half_a_line_is_cut_off(source: Path, out: Path) -> None:
    a, _b, _c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([done(a)])
    with out.open("a") as file:
        file.write('{"id": "b", "li')
    with closing(Store(out)) as store:
        assert states(store) == [State.DONE, State.TO_DO, State.TO_DO]
    assert out.read_text().count("\n") == 1
    assert out.read_text().endswith("\n")


def test_an_error_that_came_before_its_line_is_forgotten(source: Path, out: Path) -> None:
    a, b, _c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([failed(a)])
        store._errors.append([json.dumps({"id": "b", "line": 2, "error": {"code": "E1007"}}) + "\n"])  # killed
    with closing(Store(out)) as store:
        store.write([failed(b)])
    errors = [json.loads(line)["id"] for line in (out.parent / "out.errors.jsonl").read_text().splitlines()]
    assert errors == ["a", "b"]


def test_what_failed_is_work_again_and_its_line_goes(source: Path, out: Path) -> None:
    a, b, _c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([done(a)])
        store.write([failed(b)])
        assert store.retry_failed() == 1
        assert states(store) == [State.DONE, State.TO_DO, State.TO_DO]
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["a"]
    assert not (out.parent / "out.errors.jsonl").read_text()


def test_a_batch_that_was_killed_while_stale_lines_went_goes_on_with_that(source: Path, out: Path) -> None:
    a, b, _c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([done(a), done(b)])
        store.ledger.retry_failed()
        with store.ledger._database:  # as a reading does for one that changed
            store.ledger._database.execute("UPDATE documents SET state = 0 WHERE key = 'a'")
            store.ledger._note("stale", "1")
    with closing(Store(out)) as store:
        assert states(store) == [State.TO_DO, State.DONE, State.TO_DO]
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["b"]


def test_results_come_in_the_order_of_the_input(source: Path, out: Path) -> None:
    a, b, c = documents.read(source)
    with closing(opened(out, source)) as store:
        for document in (c, a, b):
            store.write([done(document)])
        assert [line["id"] for line in store.in_order()] == ["a", "b", "c"]


def test_an_out_that_no_batch_wrote_is_left_alone(out: Path) -> None:
    out.write_text("somebody's\n")
    with pytest.raises(UserError, match=r"^E6002 out\.jsonl is there, and no ledger beside it"):
        Store(out)
    assert out.read_text() == "somebody's\n"


def test_an_out_that_lost_lines_is_refused(source: Path, out: Path) -> None:
    with closing(opened(out, source)) as store:
        store.write([done(document) for document in documents.read(source)])
    out.write_text("")
    with pytest.raises(UserError, match=r"^E6002 .* has 0 bytes, and does not begin with the \d+ "):
        Store(out)


@pytest.mark.parametrize("summary", ["other", "much longer"])
def test_an_out_of_another_batch_is_refused_and_left_alone(source: Path, out: Path, summary: str) -> None:
    other = out.with_name("other.jsonl")
    for path, said in ((out, "short"), (other, summary)):
        with closing(opened(path, source)) as store:
            store.write([(document, {"status": "succeeded", "summary": said}) for document in documents.read(source)])
    other.replace(out)
    before = out.read_bytes()
    with pytest.raises(UserError, match=r"^E6002 .* it is of another batch, or was changed"):
        Store(out)
    assert out.read_bytes() == before


def test_a_ledger_that_another_process_runs_is_not_touched_and_can_be_looked_at(source: Path, out: Path) -> None:
    script = "import sys; from pathlib import Path; from batch.store import Store; Store(Path(sys.argv[1]))"
    with closing(opened(out, source)) as store:
        store.write([done(next(documents.read(source)))])
        other = subprocess.run([sys.executable, "-c", script, out], cwd=ROOT, capture_output=True, text=True)
        assert "E6001" in other.stderr
        found = status(store.ledger.path)
    assert (found["done"], found["to_do"]) == (1, 2)
    assert found["running"].startswith("process ")
    assert not status(store.ledger.path)["running"]


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file grows over 100 kB."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


def test_on_a_full_disk_no_line_is_cut_and_nothing_is_lost(source: Path, out: Path, full_disk: None) -> None:
    a, b, c = documents.read(source)
    with closing(opened(out, source)) as store:
        store.write([done(a)])
        with pytest.raises(Fault, match=r"^E5006 out\.jsonl cannot be written: file too large"):
            store.write([(b, {"status": "succeeded", "summary": "x" * 200_000})])
        assert out.read_text().count("\n") == 1
        assert out.read_text().endswith("\n")
        assert states(store) == [State.DONE, State.TO_DO, State.TO_DO]
        store.write([done(c)])
