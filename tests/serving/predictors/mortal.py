"""The real pipeline on a model that breaks when it is asked to, as a fault of the hardware would break it."""

from typing import Any

import cog
from cog import BasePredictor, ConcatenateIterator, Input

from contract import SummaryRequest
from pipeline import Pipeline
from serving import streaming


class Predictor(BasePredictor):
    async def setup(self) -> None:
        await streaming.enable_cancel()
        self.pipeline = await Pipeline.load()
        self.broken = False
        model = self.pipeline._engine._manager.model
        forward = model.forward

        def mortal_forward(*arguments: Any, **options: Any) -> Any:
            if self.broken:
                self.broken = False
                raise RuntimeError("a fault of the hardware")
            return forward(*arguments, **options)

        model.forward = mortal_forward

    def healthcheck(self) -> bool:
        return self.pipeline.is_healthy()

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(
        self,
        text: str = Input(description="What to summarize.", default=""),
        fatal: bool = Input(description="Break the model.", default=False),
    ) -> ConcatenateIterator[str]:
        self.broken = fatal
        return await streaming.start(self.pipeline.stream(SummaryRequest(text=text, max_tokens=8)), self.scope)
