"""A small Cog predictor of many documents: the real rows, and of each document its first word."""

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from contract.request import SummaryRequest
from contract.results import Summary, Timings
from rows import prediction
from serving import streaming


async def first_word(request: SummaryRequest) -> Summary:
    return Summary(
        summary=request.text.split()[0],
        style=request.style,
        model="test",
        finish_reason="stop",
        rounds=(),
        timings=Timings(queue=0, time_to_first_token=0, generation=0, total=0),
    )


class Predictor(BasePredictor):
    async def setup(self) -> None:
        await streaming.enable_cancel()

    @cog.streaming
    @cog.concurrent(max=2)
    async def predict(self, documents: Path = Input(description="A table.")) -> ConcatenateIterator[str]:
        request = SummaryRequest(documents=documents)
        return await streaming.start(prediction.stream(documents, request, first_word), self.scope)
