"""A small predictor that takes its inputs and streams its output as predict.py does: the words that it was sent."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from contract.request import SummaryRequest
from contract.results import Totals
from serving import files, streaming


async def echo(request: SummaryRequest) -> AsyncGenerator[str | Totals]:
    """Yield the words of the request; after "sleep" nothing more, and "wait" takes a second."""
    text = request.text
    for name in ("document", "documents", "knowledge"):
        path = getattr(request, name)
        if path is not None:
            content = await asyncio.to_thread(path.read_text, encoding="utf-8")
            text += f" {path.name} {len(content)} {content[:100]}"
    for word in text.split():
        yield word + " "
        if word == "sleep":
            await asyncio.sleep(600)
        if word == "wait":
            await asyncio.sleep(1)
        if word == "fail":
            raise ValueError("no document is in this")
    yield Totals()


class Predictor(BasePredictor):
    async def setup(self) -> None:
        files.take_urls_as_text(type(self).predict)
        await streaming.enable_cancel()

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(
        self,
        text: str = Input(description="What to say.", default=""),
        document: Optional[Path] = Input(description="A file to say.", default=None),
        documents: Optional[Path] = Input(description="Another.", default=None),
        knowledge: Optional[Path] = Input(description="One beside the text.", default=None),
        style: str = Input(description="Not heard.", default="general", choices=["general", "legal"]),
        seed: Optional[int] = Input(description="Not heard.", default=None, ge=0),
    ) -> ConcatenateIterator[str]:
        inputs = {"text": text, "document": document, "documents": documents, "knowledge": knowledge}
        items = files.stream(echo, **inputs, style=style, seed=seed)
        return await streaming.start(items, self.scope, in_blocks=documents is not None)
