"""Replicate's HTTP API: where it is, whose token, what may be asked again, and what an answer means.

Knows: addresses, the environment's REPLICATE_API_TOKEN and REPLICATE_BASE_URL, statuses. Knows nothing of what is
asked for.
"""

import asyncio
import os
import random
from typing import Any

import httpx

from batch.answers import retry_after
from batch.target import BrokenError, BusyError, DownError, StopError
from errors import UserError

BASE_URL = "https://api.replicate.com"
ENDS = ("succeeded", "failed", "canceled", "aborted")  # statuses of a prediction that is over
_TRIES = 5  # of a request that changes nothing


class Replicate:
    """The API, for who has the token. It is to be closed."""

    def __init__(self) -> None:
        """Raises UserError E6005 when there is no REPLICATE_API_TOKEN."""
        token = os.environ.get("REPLICATE_API_TOKEN", "")
        if not token:
            raise UserError("E6005", "REPLICATE_API_TOKEN is not set")
        base = os.environ.get("REPLICATE_BASE_URL", BASE_URL).rstrip("/").removesuffix("/v1")
        self.client = httpx.AsyncClient(
            base_url=f"{base}/v1", headers={"Authorization": f"Bearer {token}"}, timeout=60, follow_redirects=True
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def read(self, path: str) -> dict[str, Any]:
        """Return what a GET answers. Raises as request() does."""
        answer: dict[str, Any] = (await self.request("GET", path)).json()
        return answer

    async def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Send what may be sent twice, until it is answered.

        Raises DownError, BrokenError when a prediction is gone, and StopError for what no other try will mend.
        """
        reason, wait = "", 0.5
        for _ in range(_TRIES):
            try:
                answer = await self.client.request(method, path, **content)
            except httpx.HTTPError as error:
                reason = type(error).__name__
            else:
                if answer.status_code == httpx.codes.NOT_FOUND and path.startswith("/predictions/"):
                    raise BrokenError("the prediction is gone")
                if answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR and answer.status_code != _TOO_MANY:
                    raise_for(answer)
                    return answer
                reason, wait = f"it answered {answer.status_code}", max(wait, seconds_to_wait(answer))
            await asyncio.sleep(wait * random.uniform(1.0, 1.5))
            wait *= 2
        raise DownError(reason)


_TOO_MANY = httpx.codes.TOO_MANY_REQUESTS


def seconds_to_wait(answer: httpx.Response) -> float:
    """Return the seconds that a 429 says to wait for: in its header, or in its body."""
    if seconds := retry_after(answer.headers):
        return seconds
    try:
        return max(0.0, float(answer.json()["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return 0.0


def raise_for(answer: httpx.Response) -> None:
    """Raise what an answer that is no success means: BusyError, BrokenError or StopError."""
    if answer.is_success:
        return
    match answer.status_code:
        case httpx.codes.TOO_MANY_REQUESTS:
            raise BusyError("it answered 429", seconds_to_wait(answer))
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN | httpx.codes.PAYMENT_REQUIRED:
            raise StopError(UserError("E6005", f"Replicate answered {answer.status_code}; nothing was tried again"))
        case httpx.codes.NOT_FOUND:
            raise StopError(UserError("E6006", "Replicate answered 404: no such model, version or deployment"))
        case httpx.codes.UNPROCESSABLE_ENTITY | httpx.codes.BAD_REQUEST:
            raise StopError(UserError("E6007", f"Replicate refuses what is asked: {_detail(answer)}"))
        case _:
            raise BrokenError(f"it answered {answer.status_code}")


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"
