"""The ledger: which documents there are, which are done, and which prediction has which of the others.

Knows: ids, digests, sizes, states. Holds no document and no summary. It is one SQLite file in WAL mode: one process
writes it, which the lock beside it says, and any other may read it meanwhile. What stands in OUT is always ahead of it:
a line is written first and entered afterwards, and recover() enters what a killed process had no time for.
"""

import json
import os
import socket
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple, cast

from batch.documents import Document
from errors import Fault, UserError
from storage.lock import Lock

FORMAT = "2"
Key = str | int  # an id, or the line of what has none

_AT_ONCE = 10_000  # documents in one transaction of a reading
_SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,         -- what it is called in a prediction
    key NOT NULL UNIQUE,                -- no type: the text 7 is not the line 7
    line INTEGER NOT NULL,
    digest BLOB NOT NULL,
    tokens INTEGER NOT NULL,
    state INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    code TEXT,                          -- of the error of one that failed
    reading INTEGER NOT NULL,           -- the last reading of INPUT that had it
    prediction INTEGER                  -- that has it
);
CREATE INDEX of_prediction ON documents (prediction) WHERE prediction IS NOT NULL;
CREATE TABLE predictions (
    number INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    ticket TEXT,                        -- by which the target finds it again
    documents INTEGER NOT NULL,
    began REAL NOT NULL,
    seconds REAL,                       -- of predict time, once it has ended
    is_open INTEGER NOT NULL
);
CREATE INDEX open_predictions ON predictions (is_open) WHERE is_open;
"""


class State(IntEnum):
    """What has become of a document."""

    TO_DO = 0
    DONE = 1
    FAILED = 2


class Known(NamedTuple):
    """What the ledger says of a document."""

    number: int
    line: int
    digest: bytes
    state: State
    tries: int
    prediction: int | None


class Reading(NamedTuple):
    """What was found in INPUT."""

    documents: int
    tokens: int
    to_do: int
    changed: int  # of those that were done
    bad: int


class Ended(NamedTuple):
    """What has become of one document: its key and its state, with the code of its error if it failed."""

    key: Key
    state: State
    code: str | None


class OpenPrediction(NamedTuple):
    """A prediction that was begun, and whose end nobody has seen."""

    number: int
    target: str
    ticket: str | None
    documents: int  # of those that it has, which are to do


class Ledger:
    """The ledger in a file, held by this process alone. Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        """Open it, and make it if there is none. Raises UserError E6001 when another process has it, E6002, E5006."""
        self.path = path
        self._lock = _lock(path)
        try:
            self._database = _connect(path)
            if not self._has_schema():
                with self._database:
                    self._database.executescript(_SCHEMA)
                    self["format"] = FORMAT
            if self["format"] != FORMAT:
                raise UserError("E6002", f"{path} is a ledger of format {self['format']}; this is {FORMAT}")
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise problem(error, path) from None

    def close(self) -> None:
        """Let others have it."""
        self._database.close()
        self._lock.close()

    def _has_schema(self) -> bool:
        return bool(self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    def __getitem__(self, name: str) -> str:
        found = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def __setitem__(self, name: str, value: str) -> None:
        with self._database:
            self._note(name, value)

    def _note(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def read(self, documents: Iterable[Document], work: bytes) -> Reading:
        """Enter every document of INPUT as it is now; what is unchanged and done stays done."""
        reading = int(self["reading"] or 0) + 1
        read = bad = tokens = changed = 0
        with self._database:
            for document in documents:
                read += 1
                tokens += document.tokens
                has_changed, is_bad = self._enter(document, work, reading)
                bad += is_bad
                if has_changed:
                    changed += 1
                    self._note("stale", "1")
                if not read % _AT_ONCE:
                    self._database.commit()
            self._note("reading", str(reading))
            self._note("bad", str(bad))
        return Reading(read, tokens, self.count(State.TO_DO), changed, bad)

    def _enter(self, document: Document, work: bytes, reading: int) -> tuple[bool, bool]:
        """Enter one document; return whether one that was done or had failed has changed, and whether it is bad."""
        run = self._database.execute
        found = run("SELECT reading, line, digest, state FROM documents WHERE key = ?", (document.key,)).fetchone()
        if found and found[0] == reading and found[1] != document.line:
            document = document.as_duplicate(found[1])
            found = run("SELECT reading, line, digest, state FROM documents WHERE key = ?", (document.key,)).fetchone()
        digest = document.digest(work)
        is_bad = document.error is not None
        if not found:
            run(
                "INSERT INTO documents (key, line, digest, tokens, state, reading) VALUES (?, ?, ?, ?, ?, ?)",
                (document.key, document.line, digest, document.tokens, State.TO_DO, reading),
            )
            return False, is_bad
        if found[2] == digest:
            run(
                "UPDATE documents SET line = ?, reading = ? WHERE key = ?",
                (document.line, reading, document.key),
            )
            return False, is_bad
        run(
            "UPDATE documents SET line = ?, reading = ?, digest = ?, tokens = ?, state = ?, tries = 0, code = NULL, "
            "prediction = NULL WHERE key = ?",
            (document.line, reading, digest, document.tokens, State.TO_DO, document.key),
        )
        return found[3] != State.TO_DO, is_bad

    def find(self, key: Key) -> Known | None:
        """Return what is known of a document."""
        found = self._database.execute(
            "SELECT number, line, digest, state, tries, prediction FROM documents WHERE key = ?", (key,)
        ).fetchone()
        return Known._make((*found[:3], State(found[3]), *found[4:])) if found else None

    def count(self, state: State) -> int:
        """Return how many documents of the last reading are in a state."""
        query = "SELECT count(*) FROM documents WHERE state = ? AND reading = (SELECT max(reading) FROM documents)"
        return int(self._database.execute(query, (state,)).fetchone()[0])

    def begin(self, target: str, ticket: str | None, numbers: Sequence[int]) -> int:
        """Enter a prediction before it is begun, and return its number."""
        with self._database:
            made = self._database.execute(
                "INSERT INTO predictions (target, ticket, documents, began, is_open) VALUES (?, ?, ?, ?, 1)",
                (target, ticket, len(numbers), time.time()),
            ).lastrowid
            self._database.executemany(
                "UPDATE documents SET prediction = ? WHERE number = ?", ((made, number) for number in numbers)
            )
        return cast(int, made)

    def note_ticket(self, prediction: int, ticket: str) -> None:
        """Enter by what the target finds a prediction again, before it is waited for."""
        with self._database:
            self._database.execute("UPDATE predictions SET ticket = ? WHERE number = ?", (ticket, prediction))

    def end(self, prediction: int, seconds: float, tried: Sequence[int] = ()) -> None:
        """Enter that a prediction has ended, after so much predict time; those of its documents that it did not do."""
        with self._database:
            self._database.execute(
                "UPDATE predictions SET is_open = 0, seconds = ? WHERE number = ?", (seconds, prediction)
            )
            self._database.execute("UPDATE documents SET prediction = NULL WHERE prediction = ?", (prediction,))
            self._database.executemany(
                "UPDATE documents SET tries = tries + 1 WHERE number = ?", ((number,) for number in tried)
            )

    def record(self, ended: Sequence[Ended], sizes: dict[str, int]) -> None:
        """Enter what OUT has, and how long its files are with it."""
        with self._database:
            self._database.executemany(
                "UPDATE documents SET state = ?, code = ?, prediction = NULL WHERE key = ?",
                ((one.state, one.code, one.key) for one in ended),
            )
            self._note("sizes", json.dumps(sizes))

    @property
    def sizes(self) -> dict[str, int]:
        """How long OUT's files were when they were last entered."""
        found: dict[str, int] = json.loads(self["sizes"] or "{}")
        return found

    def seconds(self) -> float:
        """Return the predict time of all predictions that have ended."""
        return float(self._database.execute("SELECT total(seconds) FROM predictions").fetchone()[0])

    def open_predictions(self) -> list[OpenPrediction]:
        """Return those whose end nobody has seen."""
        return [
            OpenPrediction(*found)
            for found in self._database.execute(
                "SELECT number, target, ticket, (SELECT count(*) FROM documents WHERE prediction = predictions.number) "
                "FROM predictions WHERE is_open ORDER BY number"
            )
        ]

    def retry_failed(self) -> int:
        """Make what failed work to do again; return how many documents that are."""
        with self._database:
            changed = self._database.execute(
                "UPDATE documents SET state = ?, tries = 0, code = NULL WHERE state = ?", (State.TO_DO, State.FAILED)
            ).rowcount
            if changed:
                self._note("stale", "1")
        return changed


def status(path: Path) -> dict[str, Any]:
    """Return counts, codes of failures, predictions and seconds, also while another process runs the batch.

    Raises UserError E6002 when there is no ledger.
    """
    if not path.is_file():
        raise UserError("E6002", f"there is no ledger at {path}")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
            run = database.execute
            states = dict(run("SELECT state, count(*) FROM documents GROUP BY state").fetchall())
            codes = dict(run("SELECT code, count(*) FROM documents WHERE code NOT NULL GROUP BY code").fetchall())
            targets = {
                target: {"predictions": count, "open": still_open, "seconds": round(seconds, 3)}
                for target, count, still_open, seconds in run(
                    "SELECT target, count(*), sum(is_open), total(seconds) FROM predictions GROUP BY target"
                )
            }
    except sqlite3.DatabaseError as error:
        raise problem(error, path) from None
    counts = {state.name.lower(): states.get(state, 0) for state in State}
    return {"documents": sum(counts.values()), **counts, "codes": codes, "targets": targets, "running": _holder(path)}


def problem(error: sqlite3.DatabaseError, path: Path) -> UserError | Fault:
    """Return what SQLite says as an error of ours."""
    if isinstance(error, sqlite3.OperationalError) and "not a database" not in str(error):
        return Fault("E5006", f"the ledger {path} cannot be written: {error}")
    return UserError("E6002", f"{path} is no ledger, or a damaged one")


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False, timeout=30)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes from it, recover() reads from OUT
    return database


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}-lock")


def _lock(path: Path) -> Lock:
    """Return the lock of a ledger, taken. Raises UserError E6001 with who has it, Fault E5006."""
    try:
        lock = Lock(_lock_file(path))
    except OSError as error:
        raise Fault("E5006", f"the ledger {path} cannot be made: {(error.strerror or '').lower()}") from None
    if not lock.take():
        holder = lock.holder()
        lock.close()
        raise UserError("E6001", f"the ledger {path} is used by {holder or 'another process'}")
    lock.note(f"process {os.getpid()} on {socket.gethostname()}")
    return lock


def _holder(path: Path) -> str:
    """Return who has the ledger, or nothing when nobody has, or nobody here may know."""
    with suppress(OSError), closing(Lock(_lock_file(path))) as lock:
        return "" if lock.take() else lock.holder()
    return ""
