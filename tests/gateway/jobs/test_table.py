"""Whose a job is, and who works on it: one at a time, whatever became of the one before."""

import threading

import pytest

from errors import Fault, PrecisError, UserError
from gateway.jobs import table
from gateway.jobs.table import Jobs, new_id

MINE = "mine"


@pytest.fixture
def run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease has run out as soon as it is given."""
    monkeypatch.setattr(table, "LEASE_SECONDS", -1.0)


def made(jobs: Jobs, token: str = MINE, **more: object) -> str:
    job_id = new_id()
    jobs.create(job_id, token, {"style": "legal"}, **more)  # type: ignore[arg-type]  # each test gives what there is
    return job_id


def held(jobs: Jobs, job_id: str, owner: str) -> bool:
    try:
        with jobs.holding(job_id, owner):
            return True
    except UserError as error:
        assert error.code == "E6001"
        return False


def test_a_job_is_its_token_s_alone(jobs: Jobs) -> None:
    job_id = made(jobs)
    assert jobs.get(job_id, "mine").status == "queued"
    for do in (jobs.get, jobs.cancel):
        for other in ((job_id, "other"), (new_id(), "mine"), ("\x00", "mine")):
            with pytest.raises(UserError, match=r"^E7011 the token has no job of this id"):
                do(*other)
    assert jobs.page("other", None) == ([], None)


def test_a_job_that_is_taken_is_nobody_else_s_until_its_lease_runs_out(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = made(jobs)
    assert jobs.is_waiting()
    assert (taken := jobs.take("a")) is not None
    assert (taken.id, taken.status, taken.starts) == (job_id, "running", 1)
    assert not jobs.is_waiting()
    assert jobs.take("b") is None
    monkeypatch.setattr(table, "LEASE_SECONDS", -1.0)
    assert held(jobs, job_id, "a")  # which renews it, until a moment ago
    assert (taken := jobs.take("b")) is not None
    assert taken.starts == 2


def test_who_has_lost_a_lease_writes_nothing(jobs: Jobs, run_out: None) -> None:
    job_id = made(jobs)
    assert jobs.take("a")
    assert jobs.take("b")
    assert not held(jobs, job_id, "a")
    with pytest.raises(UserError, match=r"^E6001 "):
        jobs.finish(job_id, "a")
    jobs.leave(job_id, "a")
    assert held(jobs, job_id, "b")
    assert jobs.get(job_id, "mine").status == "running"


def test_of_many_that_take_at_once_each_job_goes_to_one(jobs: Jobs) -> None:
    made_ones = sorted(made(jobs) for _ in range(20))
    taken: list[str] = []

    def take(owner: str) -> None:
        while job := jobs.take(owner):
            taken.append(job.id)

    threads = [threading.Thread(target=take, args=(f"owner-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One that finds others' hands on all jobs goes away; what it left, the next takes.
    take("last")
    assert sorted(taken) == made_ones


def test_a_job_that_is_left_is_anybody_s_after_its_wait(jobs: Jobs) -> None:
    job_id = made(jobs)
    assert jobs.take("a")
    jobs.leave(job_id, "a", wait=100)
    assert jobs.take("b") is None
    assert jobs.get(job_id, "mine").status == "queued"


def test_a_process_that_ends_leaves_a_job_as_if_it_had_not_taken_it(jobs: Jobs) -> None:
    job_id = made(jobs)
    assert jobs.take("a")
    jobs.leave(job_id, "a", is_no_try=True)
    assert (taken := jobs.take("b")) is not None
    assert taken.starts == 1


@pytest.mark.parametrize(("error", "status"), [(None, "done"), (Fault("E5006", "a disk"), "failed")])
def test_an_ended_job_says_how_and_is_taken_no_more(
    jobs: Jobs, run_out: None, error: PrecisError | None, status: str
) -> None:
    job_id = made(jobs)
    jobs.take("a")
    jobs.finish(job_id, "a", error)
    job = jobs.get(job_id, "mine")
    assert (job.status, job.error and job.error["detail"]) == (status, str(error) if error else None)
    assert jobs.take("b") is None
    assert not jobs.is_waiting()


def test_a_canceled_job_is_nobody_s_at_once_and_gone_when_it_is_canceled_again(jobs: Jobs) -> None:
    job_id = made(jobs)
    jobs.take("a")
    jobs.cancel(job_id, "mine")
    assert not held(jobs, job_id, "a")
    assert jobs.get(job_id, "mine").status == "canceled"
    assert not jobs.is_kept(job_id)
    jobs.cancel(job_id, "mine")
    with pytest.raises(UserError, match=r"^E7011 "):
        jobs.get(job_id, "mine")


def test_a_token_has_as_many_jobs_under_way_as_it_may(jobs: Jobs) -> None:
    first = made(jobs, most=2)
    made(jobs, most=2)
    made(jobs, "other")
    for refused in (lambda: made(jobs, most=2), lambda: jobs.check_room("mine", 2)):
        with pytest.raises(UserError, match=r"^E7013 2 jobs of this token are under way; it may have 2$"):
            refused()
    jobs.cancel(first, "mine")
    made(jobs, most=2)


def test_jobs_are_listed_page_by_page_the_newest_first(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_PAGE", 2)
    made_ones = sorted((made(jobs) for _ in range(5)), reverse=True)
    seen, cursor = [], None
    while True:
        page, cursor = jobs.page("mine", cursor)
        seen.append([job.id for job in page])
        if cursor is None:
            break
    assert seen == [made_ones[:2], made_ones[2:4], made_ones[4:]]
    with pytest.raises(UserError, match=r"^E7012 "):
        jobs.page("mine", "\x00")


def test_an_end_is_told_until_it_was_heard_and_not_for_ever(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "FIRST_TELL_SECONDS", -1.0)
    monkeypatch.setattr(table, "MOST_TELLS", 3)
    silent, heard, deaf = made(jobs), made(jobs, webhook=True), made(jobs, webhook=True)
    for job_id in (silent, heard, deaf):
        assert jobs.take("a")
        jobs.finish(job_id, "a")
    first = jobs.take_telling()
    assert first is not None
    jobs.told(first.id)
    others = [job.id for job in iter(jobs.take_telling, None)]
    assert first.id in (heard, deaf)
    assert others == [(deaf if first.id == heard else heard)] * 3
    assert not jobs.is_waiting()


def test_what_ended_long_ago_is_forgotten(jobs: Jobs) -> None:
    ended, _under_way = made(jobs), made(jobs)
    jobs.take("a")
    jobs.finish(ended, "a")
    jobs.sweep(1_000)
    assert len(jobs.page("mine", None)[0]) == 2
    jobs.sweep(-1)
    assert [job.status for job in jobs.page("mine", None)[0]] == ["queued"]


def test_totals_are_of_all_tokens_jobs_by_status(jobs: Jobs) -> None:
    made(jobs)
    job_id = made(jobs, "other")
    made(jobs, "other")
    jobs.cancel(job_id, "other")
    assert jobs.totals() == {"queued": (2, 0, 0), "canceled": (1, 0, 0)}
