"""What a large document takes is taken in another process, and ended with its request. No engine is needed for that."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.parser_fuzz import docx_file, paragraph
from contract.request import SummaryRequest
from errors import Fault
from generation.replicas import Replicas
from normalizers import steps
from normalizers.pii.stream_guard import StreamGuard
from pipeline import Pipeline
from serving.server import ROOT
from tests.serving.processes import children, eventually, needs_proc
from verification.verify import verify
from weights import load, registry

SENTENCES = "".join(f"Sentence {number} of the report names a cost of {number * 7} euros. " for number in range(40))
PROSE = (ROOT / "examples/documents/steam_arbitration.txt").read_text("utf-8")


def run(test: Callable[[Pipeline], Awaitable[Any]]) -> Any:
    """Run a test with a pipeline whose engine was never started: a request ends in a fault when it is planned."""

    async def whole() -> Any:
        spec = registry.resolve(registry.FALLBACK)
        pipeline = Pipeline._around(Replicas(lambda: (None, None), 2_048, 1), load.find(spec), spec)
        try:
            return await asyncio.wait_for(test(pipeline), 280)
        finally:
            await pipeline.close()

    return asyncio.run(whole())


async def planned(pipeline: Pipeline, request: SummaryRequest) -> None:
    with pytest.raises(Fault, match=r"^E5003 |E5005 .*E5003"):
        async for _ in pipeline.stream(request):
            pass


def packed(tmp_path: Path, paragraphs: int) -> SummaryRequest:
    """A DOCX that unpacks to a hundred times its size."""
    file = tmp_path / f"{paragraphs}.docx"
    file.write_bytes(docx_file(paragraph(SENTENCES) * paragraphs))
    assert file.stat().st_size < 30_000
    return SummaryRequest(document=file, file_name=file.name)


@needs_proc
def test_a_small_file_of_a_large_document_costs_the_server_next_to_nothing(tmp_path: Path) -> None:
    """Measured in processor time, which does not depend on what else the machine does."""
    request = packed(tmp_path, 260)

    async def measured(pipeline: Pipeline) -> tuple[int, float, float]:
        await planned(pipeline, packed(tmp_path, 100))  # what is imported and loaded once
        text = (await pipeline._run("short", steps.prepare, request, ())).document.text
        here, elsewhere = time.process_time(), of_children()
        await planned(pipeline, request)
        await pipeline._run("long", verify, "The report names a cost of 7 euros, says Jonas Lie.", text, [])
        return len(text), time.process_time() - here, of_children() - elsewhere

    characters, here, elsewhere = run(measured)
    assert characters > 500_000
    assert here < elsewhere / 4


def of_children() -> float:
    return sum(map(seconds_of, children(os.getpid())))


def seconds_of(pid: int) -> float:
    """Processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@needs_proc
def test_a_cancelled_redaction_ends_and_the_next_document_has_its_place() -> None:
    long = SummaryRequest(text=PROSE * 1_000, redact_pii="mask")  # many minutes
    next_one = SummaryRequest(text=PROSE * 100)

    async def cancelled(pipeline: Pipeline) -> None:
        before = set(children(os.getpid()))
        task = asyncio.create_task(planned(pipeline, long))

        def redacting() -> set[int]:
            return {pid for pid in set(children(os.getpid())) - before if seconds_of(pid) > 4}

        assert await asyncio.to_thread(eventually, redacting, 120)
        (worker,) = redacting()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await planned(pipeline, next_one)
        assert worker not in children(os.getpid())

    assert len(next_one.text) > steps.LARGE
    run(cancelled)


def test_a_request_comes_back_as_it_would_from_this_process_and_its_redactor_goes_on() -> None:
    request = SummaryRequest(
        text="Write to Ann Lee, ann.lee@example.com, and tell John Miller that the bridge is open. John Miller knows.",
        focus="What does Ann Lee know?",
        redact_pii="pseudonym",
        redact_terms=("bridge",),
    )

    async def both(pipeline: Pipeline) -> tuple[steps.Prepared, steps.Prepared]:
        there = await pipeline._run("short", steps.prepare, request, pipeline._detectors)
        return there, steps.prepare(request, pipeline._detectors)

    there, here = run(both)
    assert there.document == here.document
    assert there.request == here.request
    assert not there.request.text
    guard = StreamGuard(there.redactor)
    checked = guard.feed("Ann Lee and John Miller wrote to bob@example.com of the bridge. ") + guard.finish()
    assert not any(value in checked for value in ("Ann", "Miller", "bob@", "bridge"))
    assert guard.counts["leaked"] == 4
