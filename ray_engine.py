"""The model on a worker of Ray: an actor with one pipeline, as `predict.py` has one in Cog's server.

Knows: how a table goes through the pipeline, and that whoever asks hears of an error as a value: what Ray makes of an
exception quotes it. Knows nothing of who asks, nor which rows those are. Needs no Cog.
"""

import asyncio
import json
import resource
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contract.request import MAX_KNOWLEDGE_BYTES, SummaryRequest
from errors import Fault, PrecisError, public
from serving import fetch
from storage import temporary
from styles import catalog

if TYPE_CHECKING:
    from pipeline import Pipeline

Line = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """The end of a table: its predict time, and what ended it before its end."""

    seconds: float
    error: PrecisError | None = None


def model() -> str | PrecisError:
    """Return the source and revision of the model that an engine here would load, or what keeps it from that."""
    from weights import load

    try:
        _, spec = load.find_for_setup(None)
    except Exception as error:
        return public(error)
    return f"{spec.source}@{spec.revision}"


class Engine:
    """One loaded model. Every method is a coroutine, so that Ray has several tables under way in one actor."""

    _pipeline: "Pipeline"

    async def load(self) -> PrecisError | None:
        """Load the model that the node's own environment names; return what keeps it from that."""
        from pipeline import Pipeline

        resource.setrlimit(resource.RLIMIT_CORE, (1, 1))  # as `serving.core_dumps` says
        try:
            self._pipeline = await Pipeline.load()
        except Exception as error:
            return public(error)
        return None

    async def run(self, table: bytes, options: dict[str, Any]) -> AsyncGenerator[Line | Ended, None]:
        """Yield what becomes of each row of a table of JSON Lines as it is done, then Ended."""
        began = time.perf_counter()
        try:
            if not self._pipeline.is_healthy():
                raise Fault("E5003")
            async with aclosing(self._lines(table, options)) as lines:
                async for line in lines:
                    yield line
        except Exception as error:
            yield Ended(time.perf_counter() - began, public(error))
        else:
            yield Ended(time.perf_counter() - began)

    async def _lines(self, table: bytes, options: dict[str, Any]) -> AsyncGenerator[Line, None]:
        with temporary.folder() as folder:
            file = folder / "documents.jsonl"
            await asyncio.to_thread(file.write_bytes, table)
            files = {"documents": file}
            if options.get("knowledge"):
                files["knowledge"] = await fetch.fetch(options["knowledge"], folder, "knowledge", MAX_KNOWLEDGE_BYTES)
            request = SummaryRequest(**{**options, **files})
            catalog.get(request.style)  # one that there is not would fail every row
            async with aclosing(self._pipeline.stream(request)) as items:  # type: ignore[type-var]  # a generator
                async for item in items:
                    if isinstance(item, str):
                        yield json.loads(item)
