"""A dataset of Ray Data becomes its summaries, where the cluster reads and writes: `map_batches`, one engine an actor.

For pipelines of Ray Data, and for tables that lie where the cluster is and not this process: a bucket, a shared disk.
A batch is a block and a task of Ray's, and a file of results: what a lost worker had is Ray's to do again, and what is
done is known by Ray's own checkpoints. There is no ledger: that is `ray_target`.

Knows: Ray Data, and which columns a table has. Knows nothing of where datasets come from or go to.
"""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import ray
import ray.data

from batch.export import as_table
from batch.ray_target import room
from ray_engine import Ended, Engine

if TYPE_CHECKING:
    import pyarrow

BATCH_ROWS = 32  # of a task, and of a file of results
BATCHES_AT_ONCE = 4  # of an engine; they are what a lost one costs


def summarize(documents: ray.data.Dataset, **options: Any) -> ray.data.Dataset:
    """Return the summaries of a dataset whose columns are those of a table: `id`, `text`, `html` or `file`, options.

    `options`, of all documents, are inputs of the model. What comes has the columns of `precis batch`'s Parquet, with
    `line` empty; a document that failed has an `error_code`. When it is executed it raises, by way of Ray, UserError
    for options that the model refuses.
    """
    found = room(ray.nodes())
    cores = found.num_cpus if found.num_gpus else max(1, found.num_cpus - 1)  # a node reads and writes as well
    # Ray's blocks are of up to 128 MB: a whole one would go to one actor, be lost with it, and be written at its end.
    return documents.repartition(target_num_rows_per_block=BATCH_ROWS).map_batches(
        Summarizer,
        fn_constructor_kwargs={"options": options},
        batch_size=BATCH_ROWS,
        batch_format="pyarrow",
        # Ray adds engines: all of them from the start would leave no core of a small cluster to what reads.
        compute=ray.data.ActorPoolStrategy(
            min_size=1, max_size=max(1, found.engines), max_concurrent_calls_per_actor=BATCHES_AT_ONCE
        ),
        num_cpus=cores,
        num_gpus=found.num_gpus,
    )


class Summarizer:
    """What runs in each of Ray Data's actors: one engine."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._engine: Engine | None = None
        self._loading = asyncio.Lock()

    async def __call__(self, rows: "pyarrow.Table") -> AsyncIterator["pyarrow.Table"]:
        """Yield the summaries of some rows, in their order. Raises what the engine raises for all of them."""
        documents = rows.to_pylist()
        table = "".join(_written(number, document) for number, document in enumerate(documents))
        lines: dict[int, dict[str, Any]] = {}
        async for said in (await self._loaded()).run(table.encode(), self._options):
            if not isinstance(said, Ended):
                lines[int(said["id"])] = said
            elif said.error is not None:
                raise said.error
        named = [lines[number] | {"id": one.get("id"), "line": None} for number, one in enumerate(documents)]
        yield as_table(named)

    async def _loaded(self) -> Engine:
        """Return the engine. It belongs to the event loop that Ray Data runs this in, so it is loaded there."""
        async with self._loading:
            if self._engine is None:
                engine = Engine()
                if error := await engine.load():
                    raise error
                self._engine = engine
        return self._engine


def _written(number: int, document: dict[str, Any]) -> str:
    """Return a row as a line of JSON that the engine takes, called by its number; an empty cell is none."""
    cells = {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in document.items()
        if value is not None
    }
    return json.dumps({**cells, "id": str(number)}) + "\n"
