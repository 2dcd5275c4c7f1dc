"""A long document's pieces through the engine, and their notes merged until the summary streams.

Knows: the engine and a planner. Knows nothing of how a text is cut or what a prompt says.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Literal

from contract.results import FinishReason, Progress, Round
from errors import Fault
from generation.generation import Generation, Generator, Sampling
from generation.guarded import Generate, Guarded, guarded
from generation.long_documents import Note, Plan, Planner, joined
from splitting.pieces import Piece

log = logging.getLogger("precis.long_documents")

WINDOW = 16  # prompts of one document in the batch at once
TICK = 2.0  # seconds between two words of how far a round is
_PAUSE = 1.0  # seconds before a piece is tried again: what failed it may be an engine that is being restarted


@dataclass(frozen=True)
class _Job:
    """Notes to be made when their turn comes, by what generates, and the pieces they are about."""

    first: Piece
    last: Piece
    start: Callable[[Generate], Generation | Guarded]


class MapReduce:
    """One long document's generation: iterate `text()`; the fields are final when that is over."""

    def __init__(
        self, engine: Generator, planner: Planner, plan: Plan, text: str, sampling: Sampling, *, bulk: bool
    ) -> None:
        self._engine = engine
        self._planner = planner
        self._plan = plan
        self._text = text
        self._sampling = sampling  # of the summary; notes are greedy
        self._bulk = bulk  # the summary, too: notes are in any case
        self.finish_reason: FinishReason = "stop"
        self.rounds: tuple[Round, ...] = ()
        self.arrived = self.started = self.first_token = self.finished = 0.0

    async def text(self) -> AsyncGenerator[str | Progress, None]:
        """Make notes of all pieces, merge them, and yield the summary's text as it is generated.

        Until then say every TICK seconds how far they are. Raises Fault E5005 naming the part that failed twice, and
        what the engine raises of the last prompt.
        """
        pieces = [_piece_job(self._planner, self._text, piece) for piece in self._plan.pieces]
        notes: list[Note] = []
        async with aclosing(self._round("part", pieces, notes)) as round_:
            async for progress in round_:
                yield progress
        while len(groups := self._planner.groups(notes)) > 1:
            notes = []
            merges = [_merge_job(self._planner, group) for group in groups if len(group) > 1]
            async with aclosing(self._round("merge", merges, notes)) as round_:
                async for progress in round_:
                    yield progress
            notes += (group[0] for group in groups if len(group) == 1)
        generate = partial(self._engine.stream, sampling=self._sampling, bulk=self._bulk)
        # Guarded, for a note may repeat an order.
        final = await asyncio.to_thread(lambda: guarded(generate, self._planner.final_prompt(joined(groups[0]))))
        async with aclosing(final.text()) as text:
            async for piece in text:
                yield piece
        self._count([final])
        self.finish_reason = final.finish_reason
        self.first_token, self.finished = final.first_token, final.finished

    async def _round(
        self, what: Literal["part", "merge"], jobs: Sequence[_Job], notes: list[Note]
    ) -> AsyncGenerator[Progress, None]:
        """Run the jobs, `WINDOW` at once, and append their notes to `notes` in order."""
        done: list[tuple[Note, Generation | Guarded] | None] = [None] * len(jobs)
        remaining = iter(enumerate(jobs))

        async def work() -> None:
            for index, job in remaining:
                done[index] = await self._note(job)

        async def work_through() -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(WINDOW, len(jobs))):
                    group.create_task(work())

        working = asyncio.create_task(work_through())
        try:
            while not (await asyncio.wait({working}, timeout=TICK))[0]:
                yield Progress(what=what, done=sum(result is not None for result in done), total=len(jobs))
            await working
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)  # nothing of it is left in the engine
        finished = [result for result in done if result is not None]
        if not self.rounds:
            first = finished[0][1]
            self.arrived, self.started = first.arrived, first.started
        self._count([generation for _, generation in finished])
        notes += (note for note, _ in finished)

    async def _note(self, job: _Job) -> tuple[Note, Generation | Guarded]:
        """Run one job, twice if need be."""
        try:
            return await self._try(job)
        except Fault as fault:
            log.warning("parts %d to %d are tried again (%s)", job.first.number, job.last.number, fault.code)
        await asyncio.sleep(_PAUSE)
        try:
            return await self._try(job)
        except Fault as fault:
            raise _failed(job, len(self._plan.pieces), fault) from None

    async def _try(self, job: _Job) -> tuple[Note, Generation | Guarded]:
        sampling = Sampling(max_new_tokens=self._planner.notes_tokens)
        generation = await asyncio.to_thread(job.start, partial(self._engine.stream, sampling=sampling, bulk=True))
        async with aclosing(generation.text()) as text:
            return Note(job.first, job.last, "".join([piece async for piece in text])), generation

    def _count(self, generations: Sequence[Generation | Guarded]) -> None:
        usages = [generation.rounds[0] for generation in generations]
        self.rounds += (
            Round(
                prompts=sum(usage.prompts for usage in usages),
                input_token_count=sum(usage.input_token_count for usage in usages),
                output_token_count=sum(usage.output_token_count for usage in usages),
            ),
        )


def _piece_job(planner: Planner, text: str, piece: Piece) -> _Job:
    return _Job(piece, piece, lambda generate: guarded(generate, planner.piece_prompt(text, piece)))


def _merge_job(planner: Planner, notes: Sequence[Note]) -> _Job:
    return _Job(notes[0].first, notes[-1].last, lambda generate: generate(planner.notes_prompt(joined(notes)).tokens))


def _failed(job: _Job, count: int, fault: Fault) -> Fault:
    parts = f"part {job.first.number:,}"
    if job.first != job.last:
        parts = f"the merge of parts {job.first.number:,} to {job.last.number:,}"
    place = f"characters {job.first.start:,} to {job.last.end:,}"
    return Fault("E5005", f"{parts} of {count:,} ({place}) failed twice, last with {fault.code}")
