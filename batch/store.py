"""The ledger and OUT together: what is in the one is in the other, whatever was killed.

    a line is written into OUT  →  it is entered in the ledger
    a line that is not entered  →  it is, the next time that they are opened
    a line that is stale        →  OUT goes on without it, in one moment, before anything is sent

Knows: ledger and OUT. Knows nothing of targets.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from batch.documents import Document
from batch.journal import Line, given_back, result
from batch.ledger import Ended, Ledger, OpenPrediction, Reading, State
from batch.output import Lines, key_of
from batch.shards import Found, Shard
from errors import UserError


class Store:
    """What one batch has done so far. Not for several threads at once."""

    def __init__(self, out: Path) -> None:
        """Open it for this process, and make OUT and its ledger true to each other. Raises E6001, E6002, E5006."""
        self.lines_path, self.errors_path, ledger_path = paths(out)
        if self.lines_path.exists() and not ledger_path.exists() and self.lines_path.stat().st_size:
            raise UserError("E6002", f"{self.lines_path.name} is there, and no ledger beside it: no batch wrote it")
        self.ledger = Ledger(ledger_path)
        try:
            self._out, self._errors = Lines(self.lines_path), Lines(self.errors_path)
            self._recover()
        except BaseException:
            self.ledger.close()
            raise

    def close(self) -> None:
        """Let others have it."""
        self._out.close()
        self._errors.close()
        self.ledger.close()

    @property
    def seconds(self) -> float:
        """Predict time of all predictions that have ended."""
        return self.ledger.seconds()

    @property
    def to_do(self) -> int:
        """How many documents are neither done nor have failed."""
        return self.ledger.count(State.TO_DO)

    def read(self, documents: Iterable[Document], work: bytes) -> Reading:
        """Enter INPUT as it is now, and take what has changed out of OUT."""
        reading = self.ledger.read(documents, work)
        self.drop_stale()
        return reading

    def retry_failed(self) -> int:
        """Make what failed work to do again; return how many documents that are."""
        count = self.ledger.retry_failed()
        self.drop_stale()
        return count

    def find(self, work: bytes, document: Document) -> Found:
        """Return what is known of a document. Raises UserError E6004 when it is not what it was when INPUT was read."""
        known = self.ledger.find(document.key)
        if known is not None and known.line != document.line:
            document = document.as_duplicate(known.line)
            known = self.ledger.find(document.key)
        if known is None or known.digest != document.digest(work):
            raise UserError("E6004", f"line {document.line:,} is not what it was when INPUT was read")
        return Found(document, known.number, known.state, known.tries, known.prediction)

    def begin(self, target: str, shard: Shard) -> int:
        """Enter a prediction before it is begun, and return its number."""
        if shard.open is not None and shard.open.target == target:
            return shard.open.number
        number = self.ledger.begin(target, None, list(shard.rows))
        if shard.open is not None:
            self.ledger.end(shard.open.number, 0.0)
            shard.open = None
        return number

    def note_ticket(self, prediction: int, ticket: str) -> None:
        """Enter by what the target finds a prediction again, before it is waited for."""
        self.ledger.note_ticket(prediction, ticket)

    def end(self, prediction: int, seconds: float, tried: Sequence[int] = ()) -> None:
        """Enter that a prediction has ended, after so much predict time; those of its documents that it did not do."""
        self.ledger.end(prediction, seconds, tried)

    def write(self, results: Sequence[tuple[Document, Line]]) -> None:
        """Write what has become of documents, and enter it."""
        failed = [(document, line) for document, line in results if line["status"] != "succeeded"]
        self._errors.append([given_back(document, line["error"]) for document, line in failed])
        self._out.append([result(document, line) for document, line in results])
        self._enter([_ended(document, line) for document, line in results])

    def _enter(self, ended: Sequence[Ended]) -> None:
        size = self._out.size
        self.ledger.record(ended, {"out": size, "errors": self._errors.size, "checksum": self._out.checksum(size)})

    def _recover(self) -> None:
        """Enter what stands in OUT and was not entered, and forget of the errors what does not."""
        if self.ledger["stale"]:
            self.drop_stale()
            return
        sizes = self.ledger.sizes
        known = sizes.get("out", 0)
        if self._out.size < known or self._out.checksum(known) != sizes.get("checksum", 0):
            raise UserError(
                "E6002",
                f"{self.lines_path.name} has {self._out.size:,} bytes, and does not begin with the {known:,} that its "
                "ledger knows: it is of another batch, or was changed",
            )
        new = {key_of(line): line for line in self._out.since(known)}
        kept = [line for line in self._errors.since(sizes.get("errors", 0)) if _error_key(line) in new]
        self._errors.cut_off(sizes.get("errors", 0))
        self._errors.append([json.dumps(line, ensure_ascii=False) + "\n" for line in kept])
        self._enter([Ended(key, *_state(line)) for key, line in new.items()])

    def drop_stale(self) -> None:
        """Take out of OUT what has to be done again."""
        if not self.ledger["stale"]:
            return

        def is_true(line: Line) -> bool:
            known = self.ledger.find(key_of(line))
            return known is not None and known.state != State.TO_DO

        def is_failed(line: Line) -> bool:
            known = self.ledger.find(_error_key(line))
            return known is not None and known.state == State.FAILED

        self._out.keep(is_true)
        self._errors.keep(is_failed)
        self._enter([])
        self.ledger["stale"] = ""

    def in_order(self) -> Iterator[Line]:
        """Yield what OUT has in the order of INPUT. Of each line no more is held than where it begins."""
        places = array("Q")
        numbers = array("Q")
        with self.lines_path.open("rb") as file:
            while line := file.readline():
                numbers.append(int(json.loads(line)["line"]))
                places.append(file.tell() - len(line))
            for place in sorted(range(len(numbers)), key=numbers.__getitem__):
                file.seek(places[place])
                yield json.loads(file.readline())

    def open_predictions(self, targets: Iterable[str]) -> list[OpenPrediction]:
        """Return those that these targets may still have; of all others nothing more is expected."""
        found = self.ledger.open_predictions()
        names = set(targets)
        kept = [one for one in found if one.documents and one.ticket and one.target in names]
        for one in found:
            if one not in kept:
                self.ledger.end(one.number, 0.0)
        return kept


def paths(out: Path) -> tuple[Path, Path, Path]:
    """Return where the lines of OUT are written, those that failed, and the ledger. Parquet is made at the end."""
    lines = out.with_name(f"{out.name}.jsonl") if out.suffix == ".parquet" else out
    errors = out.with_name(f"{out.name.removesuffix(out.suffix)}.errors.jsonl")
    return lines, errors, out.with_name(f"{out.name}.ledger")


def _error_key(line: Line) -> str | int:
    is_duplicate = line["error"]["code"] == "E6003"
    return int(line["line"]) if line["id"] is None or is_duplicate else str(line["id"])


def _ended(document: Document, line: Line) -> Ended:
    return Ended(document.key, *_state(line))


def _state(line: Line) -> tuple[State, str | None]:
    if line["status"] == "succeeded":
        return State.DONE, None
    return State.FAILED, str(line["error"]["code"])
