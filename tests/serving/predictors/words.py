"""A small Cog predictor that streams the words it is sent, or fails in the way that the first word says."""

import asyncio
import os
from collections.abc import Iterator
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path


class Predictor(BasePredictor):
    async def setup(self) -> None:
        pass

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(
        self,
        text: str = Input(description="What to say.", default="one two three", max_length=50),
        document: Optional[Path] = Input(description="A file to say instead.", default=None),
        style: str = Input(description="In which voice.", default="plain", choices=["plain", "loud"]),
    ) -> ConcatenateIterator[str]:
        if document is not None:
            text = f"{document.name} {document.read_text(encoding='utf-8')}"
        match text.split():
            case ["sleep", *_]:
                await asyncio.sleep(60)
            case ["refuse", *_]:
                raise ValueError("E1002 document is 9,214 tokens; the model's context holds 8,192")
            case ["stumble", *_]:
                raise ValueError("no code here")
            case ["crash", *_]:
                os._exit(9)
        scope = self.scope

        def words() -> Iterator[str]:
            for word in text.split():
                if word == "break":
                    raise ValueError("E5001 the engine stopped")
                yield (word.upper() if style == "loud" else word) + " "
            scope.record_metric("output_token_count", len(text.split()))

        return words()
