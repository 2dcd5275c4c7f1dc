"""Whatever becomes of predictions, and whoever takes a job over when: one result for each document, and never two."""

import asyncio
import json
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from batch import documents
from batch.driver import Driver, End, Limits
from batch.lane import Lane
from batch.shards import Cutter, Shard
from batch.target import Items, Note
from errors import Fault, UserError
from gateway.database import open_for_threads
from gateway.files import Files
from gateway.jobs import ledger as job_ledger
from gateway.jobs import results as job_results
from gateway.jobs import table
from gateway.jobs.ledger import ERRORS, RESULTS, JobLedger
from gateway.jobs.table import Job, Jobs, new_id
from gateway.tables import metadata, predictions
from rows import tables as rows
from tests.batch.test_driver import Wild, impatient, written

__all__ = ["impatient"]  # a fixture


@pytest.fixture(autouse=True)
def anybody_s(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job can be taken over at any moment."""
    monkeypatch.setattr(table, "LEASE_SECONDS", -1.0)


@pytest.fixture
def files() -> Files:
    return Files(f"memory://{uuid4().hex}")


def jobs_in(folder: Path) -> Jobs:
    engine = open_for_threads(f"sqlite:///{folder / 'gateway.db'}")
    metadata.create_all(engine)
    return Jobs(engine)


def new_job(jobs: Jobs) -> str:
    job_id = new_id()
    jobs.create(job_id, "mine", {})
    return job_id


def taken(jobs: Jobs, owner: str) -> Job:
    job = jobs.take(owner)
    assert job is not None
    return job


async def run(ledger: JobLedger, source: Path, targets: list[Wild]) -> None:
    """Do a job to its end. Raises UserError E6001 when it is lost."""
    if not ledger.is_counted:
        ledger.count(rows.records(source, None))
    open_ones = ledger.open_predictions([target.name for target in targets])
    cutter = Cutter(documents.read(source), ledger.find, open_ones)
    driver = Driver(ledger, cutter, [Lane(target, rows=4) for target in targets], {}, Limits())
    assert await asyncio.wait_for(driver.run(), 60) == End.ALL_DONE
    ledger.finish()


def lines(jobs: Jobs, files: Files, job_id: str, kind: str = RESULTS) -> list[dict[str, Any]]:
    found = job_results.find(jobs, files, jobs.get(job_id, "mine"), kind, None)
    content = b"".join(found.blocks(0, found.size))
    assert len(content) == found.size
    assert content.endswith(b"\n") or not content
    return [json.loads(line) for line in content.splitlines()]


class Owners:
    """Processes that have a job one after the other, of which none knows yet that it has lost it."""

    def __init__(self, jobs: Jobs, files: Files, job_id: str, source: Path, chance: random.Random) -> None:
        self.jobs, self.files, self.job_id, self.source, self.chance = jobs, files, job_id, source, chance
        self.answers: dict[str, dict[str, list[dict[str, Any]]]] = {"a": {}, "b": {}}  # of targets that go on
        self.seen = b""
        self.tasks: list[asyncio.Task[None]] = []

    def take(self, wildness: float) -> None:
        """Have another one take the job over."""
        owner = f"owner-{len(self.tasks)}"
        ledger = JobLedger(self.jobs, self.files, taken(self.jobs, owner), owner)
        targets = [Wild(name, self.chance, wildness) for name in self.answers]
        for target in targets:
            target.answers = self.answers[target.name]
            target.moments.append(partial(self.look, ledger, wildness))
        self.tasks.append(asyncio.create_task(run(ledger, self.source, targets)))

    async def look(self, ledger: JobLedger, wildness: float) -> None:
        """Have results written now and then, read them, and have the job taken over while it goes on."""
        if self.chance.random() < 0.3:
            await asyncio.to_thread(ledger.flush)
        found = job_results.find(self.jobs, self.files, self.jobs.get(self.job_id, "mine"), RESULTS, None)
        content = b"".join(found.blocks(0, found.size))
        assert content.startswith(self.seen)  # what was read once stays where it is
        self.seen = content
        keys = [line["line"] for line in map(json.loads, content.splitlines())]
        assert len(keys) == len(set(keys))
        if self.chance.random() < 0.1 and len(self.tasks) < 5 and self.jobs.is_waiting():
            self.take(wildness)

    async def work(self, wildness: float) -> None:
        """Work until all have come to their ends, and one to the job's."""
        while self.jobs.is_waiting():
            self.take(wildness)
            for task in iter(lambda: next((task for task in self.tasks if not task.done()), None), None):
                await asyncio.wait([task])
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert ends.count(None) == 1
        assert {getattr(end, "code", None) for end in ends} <= {None, "E6001"}, ends


@settings(max_examples=settings().max_examples // 4)  # each is several runs
@given(seed=st.integers(0, 2**32), count=st.integers(0, 20), wildness=st.sampled_from([0.0, 0.1, 0.3]))
def test_every_document_has_one_result_whoever_takes_the_job_over_and_when(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, wildness: float
) -> None:
    folder, chance = tmp_path_factory.mktemp("jobs"), random.Random(seed)
    files = Files(f"memory://{uuid4().hex}")
    source, jobs = written(folder, count), jobs_in(folder)
    job_id = new_job(jobs)
    asyncio.run(Owners(jobs, files, job_id, source, chance).work(wildness))
    job = jobs.get(job_id, "mine")
    expected = count + 2
    assert sorted(line["line"] for line in lines(jobs, files, job_id)) == list(range(1, expected + 1))
    assert (job.status, job.documents, job.done + job.failed) == ("done", expected, expected)
    errors = lines(jobs, files, job_id, ERRORS)
    assert sum(job.codes.values()) == job.failed == len(errors)
    with jobs.engine.connect() as connection:
        assert connection.execute(select(predictions)).all() == []
    jobs.engine.dispose()


@pytest.fixture
def ledger(tmp_path: Path, files: Files) -> Iterator[JobLedger]:
    jobs = jobs_in(tmp_path)
    new_job(jobs)
    yield JobLedger(jobs, files, taken(jobs, "a"), "a")
    jobs.engine.dispose()


class Recording(Wild):
    """A target that knows which predictions were asked for again."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.resumed: set[str | None] = set()

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        if shard.open:
            self.resumed.add(shard.open.ticket)
        async for item in super().run(shard, options, note):
            yield item


def test_a_prediction_that_was_under_way_is_asked_for_again_by_its_ticket(tmp_path: Path, files: Files) -> None:
    source, jobs = written(tmp_path, 9), jobs_in(tmp_path)
    new_job(jobs)
    target = Wild("a", random.Random(1), 0.0)
    lost = JobLedger(jobs, files, taken(jobs, "a"), "a")

    async def take() -> None:
        if target.answers:
            jobs.take("b")

    target.moments.append(take)
    with pytest.raises(UserError, match=r"^E6001 "):
        asyncio.run(run(lost, source, [target]))
    again = Recording("a", random.Random(2), 0.0)
    again.answers = dict(target.answers)
    asyncio.run(run(JobLedger(jobs, files, taken(jobs, "c"), "c"), source, [again]))
    assert again.resumed >= set(target.answers)


def test_a_job_of_which_a_document_has_no_result_is_not_done(ledger: JobLedger, tmp_path: Path) -> None:
    ledger.count(rows.records(written(tmp_path, 3), None))
    with pytest.raises(Fault, match=r"^E5010 the job ended too soon: 0 of 5 documents have a result"):
        ledger.finish()


def test_results_are_seen_when_they_are_old_enough(
    ledger: JobLedger, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = next(documents.read(written(tmp_path, 3)))
    ledger.write([(first, {"status": "succeeded", "summary": "short"})])
    ledger.flush_if_old()
    assert files.names("jobs") == []
    monkeypatch.setattr(job_ledger, "PART_SECONDS", 0.0)
    ledger.flush_if_old()
    assert len(files.names("jobs")) == 1


def test_who_has_lost_a_job_changes_nothing_of_what_the_next_one_wrote(
    ledger: JobLedger, files: Files, tmp_path: Path
) -> None:
    first, second = list(documents.read(written(tmp_path, 3)))[:2]
    jobs = ledger._table
    ledger.write([(first, {"status": "succeeded", "summary": "of the one before"})])
    following = JobLedger(jobs, files, taken(jobs, "b"), "b")
    following.write([(second, {"status": "succeeded", "summary": "short"})])
    following.flush()
    with pytest.raises(UserError, match=r"^E6001 "):
        ledger.flush()
    [job] = jobs.page("mine", None)[0]
    assert len(files.names(f"{job.folder}/{RESULTS}")) == 2
    assert [line["summary"] for line in lines(jobs, files, job.id)] == ["short"]


def test_a_job_of_nothing_but_bad_documents_is_done(tmp_path: Path, files: Files) -> None:
    source, jobs = tmp_path / "in.jsonl", jobs_in(tmp_path)
    source.write_text('{"id": 1}\n{"id": 2}\n')
    job_id = new_job(jobs)
    asyncio.run(run(JobLedger(jobs, files, taken(jobs, "a"), "a"), source, [Wild("a", random.Random(1), 0.0)]))
    assert jobs.get(job_id, "mine").codes == {"E1013": 2}
