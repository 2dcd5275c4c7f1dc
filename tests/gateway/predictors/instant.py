"""A Cog predictor that answers at once in the model's formats: what stands before it is tested, and not a model.

The first word of a text says how it goes: "poison" ends the worker, "fault" fails as the server's doing, "bad" is the
document's own fault, "nonsense" answers what no model of ours does, "slow 0.5 …" takes so many seconds between its
words. The summary is the rest of the text, word by word.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from contract.request import SummaryRequest
from contract.results import Round, Summary, Timings
from errors import Fault, UserError
from serving import files, streaming


async def summarize(request: SummaryRequest) -> AsyncGenerator[str | Summary]:
    """Answer with the words of the text."""
    text = request.text or (request.document.read_bytes().decode(errors="replace") if request.document else "")
    first, *words = text.split(" ")
    seconds = 0.0
    match first:
        case "poison":
            os._exit(9)
        case "fault":
            raise Fault("E5004")
        case "bad":
            raise UserError("E1007")
        case "nonsense":
            words = ["[1, 2]"]
        case "slow":
            seconds, words = float(words[0]), words[1:]
    is_streamed = request.output_format == "json_stream"
    for word in words:
        await asyncio.sleep(seconds)
        if first == "nonsense":
            yield word
        elif is_streamed:
            yield json.dumps({"text": f"{word} "}) + "\n"
    one = Round(prompts=1, input_token_count=len(words), output_token_count=len(words))
    summary = Summary(
        summary=" ".join(words),
        style=request.style,
        model="instant",
        finish_reason="stop",
        rounds=(one,),
        timings=Timings(queue=0, time_to_first_token=0, generation=0, total=0),
    )
    if first != "nonsense":
        yield summary.model_dump_json() + "\n"
    yield summary


class Predictor(BasePredictor):
    async def setup(self) -> None:
        files.take_urls_as_text(type(self).predict)
        await streaming.enable_cancel()

    @cog.streaming
    @cog.concurrent(max=32)
    async def predict(
        self,
        text: str = Input(description="What to answer.", default=""),
        document: Optional[Path] = Input(description="Or a file.", default=None),
        style: str = Input(description="In which style.", default="general", choices=["general", "legal", "news"]),
        length: str = Input(description="How much.", default="standard", choices=["brief", "standard", "detailed"]),
        redact_pii: str = Input(description="Nothing.", default="off", choices=["off", "mask", "pseudonym"]),
        focus: str = Input(description="Nothing.", default=""),
        max_tokens: int = Input(description="Nothing.", default=0, ge=0, le=4096),
        output_format: str = Input(description="How.", default="text", choices=["text", "json", "json_stream"]),
    ) -> ConcatenateIterator[str]:
        inputs = {"text": text, "document": document, "style": style, "length": length, "redact_pii": redact_pii}
        items = files.stream(summarize, **inputs, focus=focus, max_tokens=max_tokens, output_format=output_format)
        return await streaming.start(items, self.scope)
