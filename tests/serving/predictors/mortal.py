"""The real pipeline on a model that breaks when it is asked to, as a fault of the hardware would break it."""

import os
import tempfile
from pathlib import Path
from typing import Any

import cog
from cog import BasePredictor, ConcatenateIterator, Input

from contract.request import SummaryRequest
from pipeline import Pipeline
from serving import streaming
from tests.serving import mortal_model


class Predictor(BasePredictor):
    async def setup(self) -> None:
        await streaming.enable_cancel()
        folder: Any = tempfile.mkdtemp()
        os.environ[mortal_model.FLAG] = str(Path(folder) / "break")
        mortal_model.install()
        self.pipeline = await Pipeline.load()

    def healthcheck(self) -> bool:
        return self.pipeline.is_healthy()

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(
        self,
        text: str = Input(description="What to summarize.", default=""),
        fatal: bool = Input(description="Break the model.", default=False),
    ) -> ConcatenateIterator[str]:
        if fatal:
            mortal_model.break_once()
        return await streaming.start(self.pipeline.stream(SummaryRequest(text=text, max_tokens=8)), self.scope)
