import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from contract.request import SummaryRequest
from errors import UserError
from normalizers import steps
from normalizers.pii.detectors import load_detectors
from normalizers.pii.stream_guard import StreamGuard
from normalizers.workers import Workers
from serving.server import ROOT
from tests.serving.processes import eventually, group, needs_proc
from weights import load

TEXT = "Write to Ann Lee, ann.lee@example.com, and tell John Miller that the bridge is open. John Miller knows."


@pytest.fixture(scope="module")
def names_model() -> Path:
    return load.find_names_model()


def run(names_model: Path, test: Callable[[Workers], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        workers = Workers(names_model, load_detectors(names_model))
        try:
            return await asyncio.wait_for(test(workers), 60)
        finally:
            workers.close()

    return asyncio.run(whole())


def test_a_request_comes_back_as_it_would_from_this_process_and_its_redactor_goes_on(names_model: Path) -> None:
    request = SummaryRequest(
        text=TEXT, focus="What does Ann Lee know?", redact_pii="pseudonym", redact_terms=("bridge",)
    )
    prepared = run(names_model, lambda workers: workers.prepare(request))
    here = steps.prepare(request, load_detectors(names_model))
    assert prepared.document == here.document
    assert prepared.request == here.request
    guard = StreamGuard(prepared.redactor)
    checked = guard.feed("Ann Lee and John Miller wrote to bob@example.com of the bridge. ") + guard.finish()
    assert not any(value in checked for value in ("Ann", "Miller", "bob@", "bridge"))
    assert guard.counts["leaked"] == 4


def test_an_error_comes_back_with_its_code(names_model: Path) -> None:
    with pytest.raises(UserError, match=r"^E1007 "):
        run(names_model, lambda workers: workers.prepare(SummaryRequest(text="...")))


@needs_proc
def test_a_killed_process_costs_no_request(names_model: Path) -> None:
    async def kill(workers: Workers) -> Any:
        await workers.prepare(SummaryRequest(text=TEXT))
        assert workers._pool is not None
        for process in list(workers._pool._processes.values()):
            os.kill(process.pid or 0, signal.SIGKILL)
        return await asyncio.gather(*(workers.prepare(SummaryRequest(text=f"{n} {TEXT}")) for n in range(3)))

    prepared = run(names_model, kill)
    assert [one.document.text.split()[0] for one in prepared] == ["0", "1", "2"]


@needs_proc
def test_the_processes_end_with_one_that_is_killed() -> None:
    script = """
        import asyncio, sys, time
        from pathlib import Path
        from contract.request import SummaryRequest
        from normalizers import workers

        async def two() -> None:
            some = workers.Workers(Path("."), ())
            await asyncio.gather(*(some.prepare(SummaryRequest(text="A bridge.")) for _ in range(2)))

        if __name__ == "__main__":
            workers._count = lambda: 2  # one alone ends by itself when its pipe does
            asyncio.run(two())
            print("ready", flush=True)
            time.sleep(60)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    assert len(group(process.pid)) > 2
    process.kill()
    process.wait(timeout=10)
    assert eventually(lambda: not group(process.pid), seconds=10)
    process.stdout.close()
