"""A predictor that says what it is sent, word by word, with the inputs of a language model, or does as a word says."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from contract.request import SummaryRequest
from contract.results import Progress, Totals
from errors import UserError
from serving import files, streaming


async def say(request: SummaryRequest) -> AsyncGenerator[str | Progress | Totals]:
    """Yield the words of the request with their blanks."""
    text = request.text
    if request.document:
        content = await asyncio.to_thread(request.document.read_text, encoding="utf-8")
        text = f"{request.document.name} {content}"
    for word in text.split(" "):
        match word:
            case "sleep":
                await asyncio.sleep(600)
            case "wait":
                await asyncio.sleep(1)
            case "log":
                yield Progress(what="part", done=1, total=2)
            case "refuse":
                raise UserError("E1002", "document is 9,214 tokens; the model's context holds 8,192")
        yield word + " "
    yield Totals()


class Predictor(BasePredictor):
    async def setup(self) -> None:
        files.take_urls_as_text(type(self).predict)
        await streaming.enable_cancel()

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(
        self,
        text: str = Input(description="What to say.", default="", max_length=1000),
        document: Optional[Path] = Input(description="A file to say.", default=None),
        style: str = Input(description="Not heard.", default="general", choices=["general", "legal"]),
        max_tokens: int = Input(description="Not heard.", default=0, ge=0),
        temperature: float = Input(description="Not heard.", default=0.0),
        system_prompt: str = Input(description="Not heard.", default=""),
        stop_sequences: list[str] = Input(description="Not heard.", default=[]),
        prompt: str = Input(description="Another name of text.", default=""),
        max_new_tokens: int = Input(description="Another name of max_tokens.", default=0),
    ) -> ConcatenateIterator[str]:
        items = files.stream(say, text=text, prompt=prompt, document=document, style=style)
        return await streaming.start(items, self.scope)
