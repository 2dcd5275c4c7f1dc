"""A Cog predictor that answers each row of a table at once: what drives it is tested, and not a model.

The first word of a row's text says how it goes: "poison" ends the worker, "fault" fails as the server's doing, "slow"
takes a second, "bad" is the document's own fault.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from contract.request import SummaryRequest
from contract.results import Round, Summary, Timings, Totals
from errors import Fault, UserError
from rows import prediction
from serving import files, streaming


async def summarize(request: SummaryRequest) -> Summary:
    """Answer with the last word."""
    first, last = request.text.partition(" ")[0], request.text.rstrip(" ").rpartition(" ")[2]
    match first:
        case "poison":
            os._exit(9)
        case "fault":
            raise Fault("E5001")
        case "slow":
            await asyncio.sleep(1)
        case "bad":
            raise UserError("E1007")
    one = Round(prompts=1, input_token_count=len(request.text) // 4, output_token_count=1)
    timings = Timings(queue=0, time_to_first_token=0, generation=0, total=0)
    return Summary(
        summary=last, style=request.style, model="instant", finish_reason="stop", rounds=(one,), timings=timings
    )


async def table(request: SummaryRequest) -> AsyncGenerator[str | Totals]:
    """Answer each row of a table, or the one text."""
    if request.documents is None:
        yield (await summarize(request)).summary
        yield Totals()
        return
    async for item in prediction.stream(request.documents, request, summarize):
        yield item


class Predictor(BasePredictor):
    async def setup(self) -> None:
        files.take_urls_as_text(type(self).predict)
        await streaming.enable_cancel()

    @cog.streaming
    @cog.concurrent(max=32)
    async def predict(
        self,
        text: str = Input(description="Nothing.", default=""),
        document: Optional[Path] = Input(description="Nothing.", default=None),
        documents: Optional[Path] = Input(description="The table.", default=None),
        style: str = Input(description="In which style.", default="general", choices=["general", "legal"]),
        max_tokens: int = Input(description="At most.", default=0, ge=0, le=4096),
    ) -> ConcatenateIterator[str]:
        inputs = {"text": text, "document": document, "documents": documents, "style": style, "max_tokens": max_tokens}
        return await streaming.start(files.stream(table, **inputs), self.scope, in_blocks=True)
