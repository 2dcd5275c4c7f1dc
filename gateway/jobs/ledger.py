"""What a job has done so far, as several gateways can go on with it: its states in the database, its results in parts.

    results are buffered  →  written as one new object, under a name that nobody else writes
                          →  one transaction enters the part, the lines that it has, the counts

A part that is in no row never happened: so each document has one line at most, whatever is killed when, and bytes that
were once read stay where they are. Each transaction begins with the lease, and a process that has lost it writes
nothing.

Knows: one job, whose upload never changes. A document's number is its line; of 1,000,000 the lines of the ids that were
met are held, and no more. How often each was tried is not kept: who takes a job over tries each as often again.
"""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from uuid import uuid4

from sqlalchemy import delete, insert, select, update

from batch.documents import Document
from batch.journal import Line, given_back, result
from batch.ledger import OpenPrediction, State
from batch.shards import Found, Shard
from errors import Fault
from gateway.files import Files
from gateway.jobs.table import Job, Jobs
from gateway.tables import jobs, parts, predictions

RESULTS, ERRORS = "results", "errors"  # folders of parts
PART_SECONDS = 1.0
_PART_LINES = 256
_PART_BYTES = 4_000_000


class JobLedger:
    """The ledger of a job that this process has the lease of. Its results may be flushed from any thread."""

    def __init__(self, table: Jobs, files: Files, job: Job, owner: str) -> None:
        self._table = table
        self._files = files
        self._job = job
        self._owner = owner
        self._lock = threading.RLock()
        self._documents = job.documents
        self._done, self._failed, self._codes = job.done, job.failed, Counter(job.codes)
        self._first_lines: dict[bytes, int] = {}  # of ids
        self._begun: dict[int, tuple[str, list[int]]] = {}  # predictions: to whom, and which lines
        self._buffer = _Buffer()
        with table.engine.connect() as connection:
            found = connection.execute(select(parts.c.lines).where(parts.c.job == job.id)).scalars().all()
            self._parts = len(found)
            self._ended = {line for lines in found for line in lines}
            opened = connection.execute(select(predictions).where(predictions.c.job == job.id)).mappings().all()
        self._open = {row["number"]: OpenPrediction(row["number"], row["target"], row["ticket"], 0) for row in opened}
        self._has = {line: row["number"] for row in opened for line in row["lines"] if line not in self._ended}
        self._last = max(self._open, default=0)

    @property
    def seconds(self) -> float:
        """Predict time of all predictions that have ended."""
        return self._job.seconds

    @property
    def to_do(self) -> int:
        """How many documents are neither done nor have failed; 0 where nobody has counted them."""
        return max(0, (self._documents or 0) - self._done - self._failed)

    @property
    def is_counted(self) -> bool:
        """Whether it is known how many documents there are."""
        return self._documents is not None

    def count(self, rows: Iterable[object]) -> None:
        """Enter how many documents there are. Raises what reading them does."""
        count = sum(1 for _ in rows)
        with self._table.holding(self._job.id, self._owner) as connection:
            connection.execute(update(jobs).where(jobs.c.id == self._job.id).values(documents=count))
        self._documents = count

    def renew(self) -> None:
        """Keep the job for a while longer. Raises UserError E6001 when it is lost."""
        with self._table.holding(self._job.id, self._owner):
            pass

    def finish(self) -> None:
        """Enter that the job has come to its end. Raises Fault E5010 unless each document has come to its own."""
        self.flush()
        if self._done + self._failed != self._documents:
            missing = f"{self._done + self._failed:,} of {self._documents or 0:,} documents have a result"
            raise Fault("E5010", f"the job ended too soon: {missing}")
        self._table.finish(self._job.id, self._owner)

    def find(self, document: Document) -> Found:
        """Return what is known of a document, each of which is asked for in its turn."""
        if document.id is not None:
            key = hashlib.blake2b(str(document.key).encode("utf-8", "surrogatepass"), digest_size=16).digest()
            first = self._first_lines.setdefault(key, document.line)
            document = document if first == document.line else document.as_duplicate(first)
        state = State.DONE if document.line in self._ended else State.TO_DO
        return Found(document, document.line, state, 0, self._has.get(document.line))

    def open_predictions(self, targets: Iterable[str]) -> list[OpenPrediction]:
        """Return those that these targets may still have; of all others nothing more is expected."""
        names, counts = set(targets), Counter(self._has.values())
        kept = [one._replace(documents=counts[one.number]) for one in self._open.values() if one.target in names]
        kept = [one for one in kept if one.documents]
        for number in self._open.keys() - {one.number for one in kept}:
            self.end(number, 0.0)
        return kept

    def begin(self, target: str, shard: Shard) -> int:
        """Number a prediction. It is entered with its ticket, without which nobody could find it again."""
        if shard.open is not None and shard.open.target == target:
            return shard.open.number
        if shard.open is not None:
            self.end(shard.open.number, 0.0)
            shard.open = None
        self._last += 1
        self._begun[self._last] = (target, list(shard.rows))
        return self._last

    def note_ticket(self, prediction: int, ticket: str) -> None:
        """Enter by what the target finds a prediction again, before it is waited for."""
        target, lines = self._begun.pop(prediction, ("", []))
        key = {"job": self._job.id, "number": prediction}
        with self._table.holding(self._job.id, self._owner) as connection:
            if target:
                row = {**key, "target": target, "ticket": ticket, "lines": lines}
                connection.execute(insert(predictions).values(row))
                self._open[prediction] = OpenPrediction(prediction, target, ticket, len(lines))
            else:
                connection.execute(update(predictions).filter_by(**key).values(ticket=ticket))

    def end(self, prediction: int, seconds: float, tried: Sequence[int] = ()) -> None:
        """Enter that a prediction has ended, after so much predict time, and what has come of it."""
        self._begun.pop(prediction, None)
        with self._lock:
            self.flush()
            if self._open.pop(prediction, None) is None and not seconds:
                return
            with self._table.holding(self._job.id, self._owner) as connection:
                connection.execute(delete(predictions).filter_by(job=self._job.id, number=prediction))
                spent = {"seconds": jobs.c.seconds + seconds}
                connection.execute(update(jobs).where(jobs.c.id == self._job.id).values(spent))

    def write(self, results: Sequence[tuple[Document, Line]]) -> None:
        """Put what has become of documents into the next part, and end that when it is large or old enough."""
        with self._lock:
            for document, line in results:
                self._buffer.add(document, line)
            if self._buffer.is_full:
                self.flush()

    def flush(self) -> None:
        """Write the part, if there is anything in it. Raises UserError E6001 when the job is lost, Fault E5006."""
        with self._lock:
            if self._buffer.lines:
                self._write_part(self._buffer)
                self._buffer = _Buffer()

    def flush_if_old(self) -> None:
        """Write a part to which nothing was added for a while."""
        with self._lock:
            if self._buffer.is_full:
                self.flush()

    def _write_part(self, part: "_Buffer") -> None:
        name = f"{self._parts:06}-{uuid4().hex[:16]}.jsonl"  # whoever had the job before may write still
        sizes = [self._put(folder, name, lines) for folder, lines in ((RESULTS, part.results), (ERRORS, part.errors))]
        done, failed, codes = self._done + part.done, self._failed + len(part.errors), self._codes + part.codes
        with self._table.holding(self._job.id, self._owner) as connection:
            row = {"job": self._job.id, "number": self._parts, "name": name, "lines": part.lines}
            connection.execute(insert(parts).values(**row, size=sizes[0], errors_size=sizes[1]))
            counts = {"done": done, "failed": failed, "codes": dict(codes), "starts": 0}
            connection.execute(update(jobs).where(jobs.c.id == self._job.id).values(counts))
        self._parts += 1
        self._done, self._failed, self._codes = done, failed, codes

    def _put(self, folder: str, name: str, lines: list[str]) -> int:
        content = "".join(lines).encode()
        if content:
            self._files.write(f"{self._job.folder}/{folder}/{name}", content)
        return len(content)


class _Buffer:
    """A part in the making."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.results: list[str] = []
        self.errors: list[str] = []
        self.codes: Counter[str] = Counter()
        self.done = 0
        self._size = 0
        self._since = 0.0

    @property
    def is_full(self) -> bool:
        """Whether it is to be written."""
        is_old = bool(self.lines) and time.monotonic() - self._since > PART_SECONDS
        return is_old or len(self.lines) >= _PART_LINES or self._size >= _PART_BYTES

    def add(self, document: Document, line: Line) -> None:
        """Take one result."""
        self._since = self._since or time.monotonic()
        self.lines.append(document.line)
        self.results.append(result(document, line))
        self._size += len(self.results[-1])
        if line["status"] == "succeeded":
            self.done += 1
            return
        self.codes[str(line["error"]["code"])] += 1
        self.errors.append(given_back(document, line["error"]))
        self._size += len(self.errors[-1])
