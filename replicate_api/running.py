"""A prediction on its way through the Cog servers, from its creation to its end, whatever ends it.

Knows: which event of Cog changes a prediction in which way; deadlines; cancelling, which is to stop listening. Knows
nothing of HTTP.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import Any

from errors import Fault, PrecisError, public
from replicate_api.answers import Refused
from replicate_api.faults import Faults
from replicate_api.prediction import Prediction
from replicate_api.upstream import Upstream

RUN_SECONDS = 1800.0  # Replicate ends a run then
ADMIT_SECONDS = 5.0  # how long a create waits for Cog's first word on the inputs


class Runner:
    """Runs predictions, each in a task of its own."""

    def __init__(self, upstream: Upstream, faults: Faults) -> None:
        self._upstream = upstream
        self._faults = faults
        self._tasks: dict[str, asyncio.Task[None]] = {}  # by id

    async def start(
        self, prediction: Prediction, inputs: dict[str, Any], warm_up: float, seconds: float | None
    ) -> None:
        """Start a prediction with what stands for its inputs; return when its inputs are known to be good, or soon.

        It begins after `warm_up` seconds and is over `seconds` after now. Raises Refused, 422.
        """
        admitted: asyncio.Future[Refused | None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(prediction, inputs, warm_up, seconds, admitted))
        self._tasks[prediction.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(prediction.id, None))
        with suppress(TimeoutError):
            refused = await asyncio.wait_for(asyncio.shield(admitted), 0.0 if warm_up else ADMIT_SECONDS)
            if refused is not None:
                raise refused

    def cancel(self, prediction: Prediction) -> None:
        """End a prediction that is not over."""
        task = self._tasks.get(prediction.id)
        if task:
            task.cancel()
        prediction.end("canceled")

    async def close(self) -> None:
        """End all."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(
        self,
        prediction: Prediction,
        inputs: dict[str, Any],
        warm_up: float,
        seconds: float | None,
        admitted: "asyncio.Future[Refused | None]",
    ) -> None:
        try:
            async with asyncio.timeout(seconds) as deadline:
                await asyncio.sleep(warm_up)
                async with aclosing(self._upstream.events(prediction.id, inputs)) as events:
                    async for name, data in events:
                        if not admitted.done():
                            admitted.set_result(None)
                        self._tell(prediction, name, data, deadline)
        except TimeoutError:
            is_asked_for = seconds is not None and seconds < RUN_SECONDS
            limit = f"{seconds:g} s of Cancel-After" if is_asked_for else f"{RUN_SECONDS:g} s that a run may take"
            prediction.end("failed", str(Fault("E5002", f"the prediction was not done within the {limit}")))
        except asyncio.CancelledError:
            prediction.end("canceled")
            raise
        except Refused as refused:
            if not admitted.done():
                admitted.set_result(refused)
            prediction.end("failed", refused.detail)
        except PrecisError as error:
            prediction.end("failed", str(error))
        except Exception as error:
            prediction.end("failed", str(public(error)))
        finally:
            if not admitted.done():
                admitted.set_result(None)

    def _tell(self, prediction: Prediction, name: str, data: dict[str, Any], deadline: asyncio.Timeout) -> None:
        """Change a prediction as an event of Cog's says."""
        if name == "start":
            prediction.begin()
            limit = asyncio.get_running_loop().time() + RUN_SECONDS
            deadline.reschedule(min(deadline.when() or limit, limit))
        elif name == "output":
            prediction.add("output", str(data["chunk"]))
        elif name == "log":
            prediction.add("logs", str(data["data"]))
        elif name == "completed":
            status, error = data["status"], data.get("error")
            if self._faults.hit("aborted"):
                status, error = "aborted", None
            prediction.is_expired = self._faults.hit("expired") is not None
            prediction.end(status, error, data.get("metrics"))
