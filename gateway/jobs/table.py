"""Jobs as the database has them: who may see one, who works on it, and how it came out.

    queued  →  running, under a lease that its owner renews  →  done, failed
       └───────────────┴─ canceled: nobody's from that moment, and a lease that is lost writes nothing more

Knows: the table of jobs, and leases. A job whose lease has run out is anybody's. Knows nothing of documents; of options
only those that are no texts. All of it blocks.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Update, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Engine, RowMapping

from errors import FAULTS, USER_ERRORS, PrecisError, UserError
from gateway.database import now
from gateway.tables import jobs, parts, predictions, tokens

LEASE_SECONDS = 15.0
MOST_TELLS = 8  # tries to tell of an end
FIRST_TELL_SECONDS = 30.0  # until the second; the time grows with the square of the tries
UNDER_WAY = ("queued", "running")
_ID_TIME = "%Y%m%dT%H%M%S%f"
_ID = re.compile(r"\d{8}T\d{12}-[0-9a-f]{16}")
_PAGE = 100


@dataclass(frozen=True)
class Job:
    """One job, as it was when it was read."""

    id: str
    token: str
    status: str
    options: dict[str, Any]
    created_at: float
    started_at: float | None
    ended_at: float | None
    documents: int | None
    done: int
    failed: int
    codes: dict[str, int]
    seconds: float
    error: dict[str, str] | None
    starts: int
    webhook: bool
    tells: int

    @property
    def folder(self) -> str:
        """Where its files lie."""
        return folder_of(self.id)

    def as_json(self, at: float) -> dict[str, Any]:
        """Return it as its token's callers see it, at a time."""
        began = self.started_at if self.started_at is not None else at
        minutes = max((self.ended_at or at) - began, 1.0) / 60
        return {
            "id": self.id,
            "status": self.status,
            "created_at": _written(self.created_at),
            "ended_at": _written(self.ended_at),
            "documents": self.documents,
            "done": self.done,
            "failed": self.failed,
            "codes": self.codes,
            "rate_per_minute": round((self.done + self.failed) / minutes, 1),
            "predict_time": round(self.seconds, 3),
            "options": self.options,
            "error": self.error,
            "results": f"/jobs/{self.id}/results",
            "errors": f"/jobs/{self.id}/errors",
        }


class Jobs:
    """The jobs of all gateways that share a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def now(self) -> float:
        """Return the time by which all of them go."""
        with self.engine.connect() as connection:
            return float(connection.execute(select(now())).scalar_one())

    def check_room(self, token: str, most: int | None) -> None:
        """Raise UserError E7013 when the token has `most` jobs under way."""
        with self.engine.connect() as connection:
            _check_room(connection, token, most)

    def create(
        self, job_id: str, token: str, options: dict[str, Any], *, most: int | None = None, webhook: bool = False
    ) -> None:
        """Enter a job whose files are there. Raises UserError E7013."""
        with self.engine.begin() as connection:
            # Holds the token, so that of two that come at once the second sees the first.
            connection.execute(update(tokens).where(tokens.c.id == token).values(name=tokens.c.name))
            _check_room(connection, token, most)
            connection.execute(
                insert(jobs).values(
                    id=job_id,
                    token=token,
                    status="queued",
                    options=options,
                    created_at=now(),
                    done=0,
                    failed=0,
                    codes={},
                    seconds=0.0,
                    lease_until=0.0,
                    starts=0,
                    webhook=webhook,
                    tells=0,
                )
            )

    def get(self, job_id: str, token: str) -> Job:
        """Return a job of a token. Raises UserError E7011."""
        with self.engine.connect() as connection:
            return _job_of(connection, job_id, token)

    def page(self, token: str, before: str | None) -> tuple[list[Job], str | None]:
        """Return a token's jobs, the newest first, and where the next page begins. Raises UserError E7012."""
        query = select(jobs).where(jobs.c.token == token).order_by(jobs.c.id.desc()).limit(_PAGE + 1)
        if before is not None:
            if not _ID.fullmatch(before):
                raise UserError("E7012", "the cursor is no place in the list of jobs")
            query = query.where(jobs.c.id < before)
        with self.engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        shown = [_job(row) for row in rows[:_PAGE]]
        return shown, shown[-1].id if len(rows) > _PAGE else None

    def cancel(self, job_id: str, token: str) -> None:
        """End a job that is under way, and forget one that is not. Its files are the caller's to remove.

        Raises UserError E7011.
        """
        with self.engine.begin() as connection:
            _job_of(connection, job_id, token)  # or it is not there
            mine = and_(jobs.c.id == job_id, jobs.c.token == token)
            was_under_way = bool(connection.execute(canceled(mine)).rowcount)
            _forget(connection, [job_id], with_jobs=not was_under_way)

    def totals(self) -> dict[str, tuple[int, int, int]]:
        """Return of each status how many jobs there are, and how many of their documents are done and have failed."""
        counts = func.count(), func.coalesce(func.sum(jobs.c.done), 0), func.coalesce(func.sum(jobs.c.failed), 0)
        with self.engine.connect() as connection:
            rows = connection.execute(select(jobs.c.status, *counts).group_by(jobs.c.status)).all()
        return {status: (int(number), int(done), int(failed)) for status, number, done, failed in rows}

    def is_waiting(self) -> bool:
        """Whether there is anything that take() or take_telling() would give."""
        with self.engine.connect() as connection:
            return (
                connection.execute(select(jobs.c.id).where(or_(_is_free(), _is_to_tell())).limit(1)).first() is not None
            )

    def take(self, owner: str) -> Job | None:
        """Take the oldest job that nobody has a lease of."""
        values = {
            "owner": owner,
            "status": "running",
            "lease_until": now() + LEASE_SECONDS,
            "starts": jobs.c.starts + 1,
            "started_at": func.coalesce(jobs.c.started_at, now()),
        }
        return self._take(_is_free(), values)

    def leave(self, job_id: str, owner: str, *, wait: float = 0.0, is_no_try: bool = False) -> None:
        """Let others have a job, after so many seconds; one that is no try of it counts as none."""
        values = {
            "owner": None,
            "status": "queued",
            "lease_until": now() + wait,
            "starts": jobs.c.starts - int(is_no_try),
        }
        with self.engine.begin() as connection:
            _change(connection, _is_held(job_id, owner), values)

    def finish(self, job_id: str, owner: str, error: PrecisError | None = None) -> None:
        """End a job, well or with what stopped it. Raises UserError E6001 when it is not the owner's any more."""
        with self.holding(job_id, owner) as connection:
            values = {
                "status": "failed" if error else "done",
                "error": _shown(error) if error else None,
                "owner": None,
                "ended_at": now(),
            }
            connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))
            connection.execute(update(jobs).where(jobs.c.id == job_id, jobs.c.webhook).values(tell_at=now()))
            connection.execute(delete(predictions).where(predictions.c.job == job_id))

    @contextmanager
    def holding(self, job_id: str, owner: str) -> Iterator[Connection]:
        """Write of a job what only its owner may, and renew the lease, all at once or nothing.

        Raises UserError E6001 when somebody else has it, or nobody any more.
        """
        with self.engine.begin() as connection:
            if not _change(connection, _is_held(job_id, owner), {"lease_until": now() + LEASE_SECONDS}):
                raise UserError("E6001", f"the job {job_id} is no longer this process's")
            yield connection

    def is_kept(self, job_id: str) -> bool:
        """Whether a job's files are wanted still."""
        query = select(jobs.c.id).where(jobs.c.id == job_id, jobs.c.status != "canceled")
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def take_telling(self) -> Job | None:
        """Take an ended job whose end is to be told; it is given again later, unless told() says that it was."""
        wait = FIRST_TELL_SECONDS * (jobs.c.tells + 1) * (jobs.c.tells + 1)
        return self._take(_is_to_tell(), {"tell_at": now() + wait, "tells": jobs.c.tells + 1})

    def told(self, job_id: str) -> None:
        """Tell of a job no more."""
        with self.engine.begin() as connection:
            _change(connection, jobs.c.id == job_id, {"tell_at": None})

    def sweep(self, keep: float) -> None:
        """Forget the jobs that ended over `keep` seconds ago."""
        with self.engine.begin() as connection:
            old = connection.execute(select(jobs.c.id).where(jobs.c.ended_at < now() - keep)).scalars().all()
            _forget(connection, old)

    def _take(self, condition: ColumnElement[bool], values: dict[str, Any]) -> Job | None:
        oldest = select(jobs.c.id).where(condition).order_by(jobs.c.id).limit(1).with_for_update(skip_locked=True)
        one = update(jobs).where(jobs.c.id == oldest.scalar_subquery(), condition).values(values).returning(jobs)
        with self.engine.begin() as connection:
            row = connection.execute(one).mappings().first()
        return _job(row) if row is not None else None


def canceled(which: ColumnElement[bool]) -> Update:
    """Return what ends those of some jobs that are under way."""
    ended = {"status": "canceled", "owner": None, "ended_at": now()}
    return update(jobs).where(which, jobs.c.status.in_(UNDER_WAY)).values(ended)


def new_id() -> str:
    """Return an id for a job that is made now."""
    return f"{datetime.now(UTC):{_ID_TIME}}-{uuid4().hex[:16]}"


def age_of(job_id: str) -> float:
    """Return how many seconds ago an id was made; 0 for what is none."""
    try:
        made = datetime.strptime(job_id.partition("-")[0], _ID_TIME).replace(tzinfo=UTC)
    except ValueError:
        return 0.0
    return (datetime.now(UTC) - made).total_seconds()


def folder_of(job_id: str) -> str:
    """Return where a job's files lie."""
    return f"jobs/{job_id}"


def _is_free() -> ColumnElement[bool]:
    return and_(jobs.c.status.in_(UNDER_WAY), jobs.c.lease_until <= now())


def _is_to_tell() -> ColumnElement[bool]:
    return and_(jobs.c.tell_at <= now(), jobs.c.tells < MOST_TELLS)


def _is_held(job_id: str, owner: str) -> ColumnElement[bool]:
    return and_(jobs.c.id == job_id, jobs.c.owner == owner)


def _change(connection: Connection, condition: ColumnElement[bool], values: dict[str, Any]) -> bool:
    """Change a job; return whether there was one."""
    return bool(connection.execute(update(jobs).where(condition).values(values)).rowcount)


def _forget(connection: Connection, job_ids: Sequence[str], *, with_jobs: bool = True) -> None:
    connection.execute(delete(parts).where(parts.c.job.in_(job_ids)))
    connection.execute(delete(predictions).where(predictions.c.job.in_(job_ids)))
    if with_jobs:
        connection.execute(delete(jobs).where(jobs.c.id.in_(job_ids)))


def _check_room(connection: Connection, token: str, most: int | None) -> None:
    if most is None:
        return
    query = select(func.count()).where(jobs.c.token == token, jobs.c.status.in_(UNDER_WAY))
    count = connection.execute(query).scalar_one()
    if count >= most:
        raise UserError("E7013", f"{count:,} jobs of this token are under way; it may have {most:,}")


def _job_of(connection: Connection, job_id: str, token: str) -> Job:
    query = select(jobs).where(jobs.c.id == job_id, jobs.c.token == token)
    row = connection.execute(query).mappings().first() if _ID.fullmatch(job_id) else None
    if row is None:
        raise UserError("E7011", "the token has no job of this id")
    return _job(row)


def _job(row: RowMapping) -> Job:
    return Job(**{name: row[name] for name in Job.__dataclass_fields__})


def _shown(error: PrecisError) -> dict[str, str]:
    title, _ = (USER_ERRORS | FAULTS)[error.code]
    return {"title": title, "code": error.code, "detail": str(error)}


def _written(at: float | None) -> str | None:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds") if at is not None else None
