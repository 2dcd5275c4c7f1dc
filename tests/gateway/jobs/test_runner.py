"""A job goes on whatever is killed, is told of when it ends, and is not tried for ever."""

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from batch.webhooks import Verifier
from errors import UserError
from gateway.files import Files
from gateway.jobs import asked as job_asked
from gateway.jobs import runner as job_runner
from gateway.jobs import table
from gateway.jobs.asked import Asked
from gateway.jobs.runner import Runner
from gateway.jobs.table import Job, Jobs, folder_of, new_id
from gateway.policy import Policy
from gateway.settings import Settings
from gateway.sweeping import sweep_jobs
from serving import public_http
from serving.server import free_port
from tests.gateway import databases
from tests.gateway.answers import comes_true
from tests.gateway.running import Running, gateway

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def kill(running: Running) -> None:
    """Kill a gateway and its process of jobs, so that neither has time for anything."""
    gateway_pid = running.process.pid
    os.kill(gateway_pid, signal.SIGSTOP)  # or it would begin another one
    children = subprocess.run(["pgrep", "-P", str(gateway_pid)], capture_output=True, text=True, check=True)  # noqa: S607
    for pid in (*map(int, children.stdout.split()), gateway_pid):
        os.kill(pid, signal.SIGKILL)
    running.process.wait()


def test_of_two_gateways_with_one_postgresql_the_other_goes_on_when_one_is_killed(
    postgresql: str, tables_url: str, tmp_path: Path
) -> None:
    shared = {"database": databases.new_database(postgresql), "files": (tmp_path / "files").as_uri()}
    rows = [{"id": f"doc-{n}", "text": f"{'slow' if n % 4 else 'bad'} {n}"} for n in range(400)]
    with ExitStack() as stack:
        both = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            both.append(stack.enter_context(gateway(tmp_path / name, tables_url, **shared)))
        job = httpx.post(f"{both[0].url}/batch-summarize", content="\n".join(map(json.dumps, rows))).json()

        def read(running: Running, cursor: str = "0") -> httpx.Response:
            return httpx.get(f"{running.url}{job['results']}", params={"cursor": cursor})

        assert comes_true(lambda: len(read(both[0]).text.splitlines()) > 40, 60)
        works = next(running for running in both if f"job {job['id']} is taken" in running.log.read_text())
        [other] = [running for running in both if running is not works]
        before = read(works)
        kill(works)
        seen = before.text
        assert len(seen.splitlines()) < 400
        assert f"job {job['id']}" not in other.log.read_text()
        assert comes_true(
            lambda: httpx.get(f"{other.url}/jobs/{job['id']}").json()["status"] not in ("queued", "running"), 120
        )
        found = httpx.get(f"{other.url}/jobs/{job['id']}").json()
        assert (found["status"], found["done"], found["failed"]) == ("done", 300, 100)
        seen += read(other, before.headers["precis-next-cursor"]).text
        assert sorted(json.loads(line)["id"] for line in seen.splitlines()) == sorted(str(row["id"]) for row in rows)
        assert read(other).text == seen


def test_documents_are_summarized_by_the_real_model(server_url: str, tmp_path: Path) -> None:
    rows = "\n".join(
        json.dumps({"id": n, "text": f"The council met on day {n} and closed the bridge."}) for n in (1, 2)
    )
    with gateway(tmp_path, server_url) as running, httpx.Client(base_url=running.url) as client:
        job = client.post("/batch-summarize", content=rows, headers={"X-Summary-Max-Tokens": "16"}).json()
        assert comes_true(lambda: client.get(f"/jobs/{job['id']}").json()["status"] == "done", 120)
        lines = [json.loads(line) for line in client.get(job["results"]).text.splitlines()]
        assert sorted(line["id"] for line in lines) == [1, 2]
        assert all(line["summary"] for line in lines)


@pytest.fixture
def files() -> Files:
    return Files(f"memory://{uuid4().hex}")


def settings(*upstreams: str, **more: Any) -> Settings:
    return Settings(upstreams=list(upstreams), **more)


def made(jobs: Jobs, files: Files, tmp_path: Path, rows: str = '{"id": 1, "text": "a"}', **asked: Any) -> str:
    job_id = new_id()
    (tmp_path / "upload").write_text(rows)
    said = Asked(asked.get("options", {}), Policy(), asked.get("webhook", ""))
    job_asked.write(files, folder_of(job_id), said, tmp_path / "upload")
    jobs.create(job_id, "mine", {}, webhook=bool(said.webhook))
    return job_id


def work(jobs: Jobs, files: Files, given: Settings, is_enough: Any) -> None:
    """Run until something is so."""

    async def run() -> None:
        running = asyncio.create_task(Runner(jobs, files, given).run())
        assert await asyncio.to_thread(comes_true, is_enough, 60)
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(run())


def get(jobs: Jobs, job_id: str) -> Job:
    return jobs.get(job_id, "mine")


def test_a_runner_that_ends_leaves_its_jobs_to_the_next_at_once(
    jobs: Jobs, files: Files, tmp_path: Path, tables_url: str
) -> None:
    rows = "\n".join(json.dumps({"id": n, "text": "slow one"}) for n in range(150))
    job_id, given = made(jobs, files, tmp_path, rows), settings(tables_url, job_places=1)
    work(jobs, files, given, lambda: get(jobs, job_id).done > 0)
    assert (get(jobs, job_id).status, jobs.is_waiting()) == ("queued", True)
    work(jobs, files, given, lambda: get(jobs, job_id).status == "done")
    assert get(jobs, job_id).done == 150


def test_a_job_that_nothing_comes_of_is_tried_again_and_then_fails(
    jobs: Jobs, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(job_runner, "MOST_STARTS", 3)
    monkeypatch.setattr("batch.driver.PATIENCE", 0.0)
    job_id = made(jobs, files, tmp_path)
    silent = settings(f"http://127.0.0.1:{free_port()}")
    work(jobs, files, silent, lambda: get(jobs, job_id).status == "failed")
    job = get(jobs, job_id)
    assert (job.starts, job.error and job.error["code"]) == (3, "E3001")


def test_a_job_whose_files_are_gone_fails_and_the_others_are_done(
    jobs: Jobs, files: Files, tmp_path: Path, tables_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_runner, "AGAIN_SECONDS", 0.0)
    lost, other = made(jobs, files, tmp_path), made(jobs, files, tmp_path)
    files.remove(folder_of(lost))
    work(jobs, files, settings(tables_url), lambda: get(jobs, lost).status == "failed")
    assert (get(jobs, lost).error or {})["code"] == "E5000"
    assert get(jobs, other).status == "done"


@contextmanager
def receiver(*statuses: int) -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A server that answers with these statuses, the last for ever, and what was posted to it."""
    got: list[tuple[dict[str, str], bytes]] = []
    left = list(statuses)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook?secret=1", got
        finally:
            server.shutdown()
            thread.join()


def test_an_end_is_told_signed_and_again_until_it_was_heard(
    jobs: Jobs, files: Files, tmp_path: Path, tables_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(public_http.ALLOW_PRIVATE, "1")
    monkeypatch.setattr(table, "FIRST_TELL_SECONDS", 0.1)
    given = settings(tables_url, webhook_secret=SECRET)
    with receiver(500, 302, 204) as (url, got):
        job_id = made(jobs, files, tmp_path, webhook=url)
        work(jobs, files, given, lambda: len(got) == 3 and not jobs.is_waiting())
    verifier = Verifier(SECRET)
    for headers, body in got:
        verifier._seen.clear()  # it is one message each time
        verifier.check(headers, body, time.time())
    assert {headers["webhook-id"] for headers, _ in got} == {f"msg_{job_id}"}
    said = json.loads(got[-1][1])
    assert (said["type"], said["data"]["id"], said["data"]["status"], said["data"]["done"]) == (
        *("job.ended", job_id, "done", 1),
    )


def test_a_webhook_goes_to_public_addresses_only(
    jobs: Jobs, files: Files, tmp_path: Path, tables_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(public_http.ALLOW_PRIVATE, raising=False)
    monkeypatch.setattr(table, "FIRST_TELL_SECONDS", 0.0)
    given = settings(tables_url, webhook_secret=SECRET)
    with receiver(204) as (url, got):
        job_id = made(jobs, files, tmp_path, webhook=url)
        work(jobs, files, given, lambda: get(jobs, job_id).tells == table.MOST_TELLS)
    assert got == []
    assert not jobs.is_waiting()


def test_what_ended_long_ago_goes_with_its_files_and_so_do_files_of_no_job(
    jobs: Jobs, files: Files, tmp_path: Path, tables_url: str
) -> None:
    ended, queued = made(jobs, files, tmp_path), made(jobs, files, tmp_path)
    assert jobs.take("a")
    jobs.finish(ended, "a")
    old, new = new_id().replace("20", "19", 1), new_id()
    for name in (old, new):
        files.write(f"{folder_of(name)}/upload", b"x")
    sweep_jobs(jobs, files, keep=1_000)
    assert files.names("jobs") == sorted([ended, queued, new])
    time.sleep(0.01)
    sweep_jobs(jobs, files, keep=0.001)
    assert files.names("jobs") == [queued]
    with pytest.raises(UserError, match=r"^E7011 "):
        get(jobs, ended)
