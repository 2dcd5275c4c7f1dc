"""Replicate as a target: `replicate:owner/name`, `replicate:owner/name:version`, `replicate:deployments/owner/name`.

The HTTP is our own, since the official clients lose work: one does not repeat a create that met 429, the other repeats
one that may have been made, and so pays twice. A table is uploaded first, and its URL, which no other prediction has,
tells whether a create whose answer never came was made.

Knows: predictions and files of Replicate. One list of predictions in POLL_SECONDS serves all that are under way; with
webhooks it is rarely asked for, and tells of what never came.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Any

import httpx

from batch.answers import failure
from batch.replicate_http import ENDS, Replicate, raise_for
from batch.shards import Shard
from batch.target import BrokenError, DownError, Items, LineReader, Note, Seconds, StopError
from batch.webhooks import Webhooks
from errors import UserError

POLL_SECONDS = 2.0
WEBHOOK_POLL_SECONDS = 30.0  # with webhooks
LOOK_SECONDS = 10.0  # between two looks at what a prediction has said so far
_SHORTEST_CANCEL_AFTER = 5.0  # seconds, that Replicate takes
_CREATES_A_SECOND = 10.0  # 600 a minute, that Replicate takes
_PAGES = 5  # of a hundred predictions each, which are looked through for one


class ReplicateTarget:
    """A model, one version of it, or a deployment."""

    places = 8
    sure_places = 2
    most_bytes = 95_000_000  # Replicate takes 100 MB

    def __init__(self, reference: str, deadline: float | None = None, webhooks: Webhooks | None = None) -> None:
        """`reference` is what comes after `replicate:`; predictions end at `deadline`, a time.time().

        With `webhooks` their ends are told there.

        Raises UserError E6006 when it names nothing, E6005 when there is no REPLICATE_API_TOKEN.
        """
        self.name = f"replicate:{reference}"
        kind, _, rest = reference.partition("/")
        self._is_deployment = kind == "deployments"
        self._model, _, self._version = (rest if self._is_deployment else reference).partition(":")
        if self._model.count("/") != 1 or not all(self._model.split("/")):
            raise UserError("E6006", f"{self.name[:80]!r} must be replicate:[deployments/]OWNER/NAME[:VERSION]")
        self._replicate = Replicate()
        self._deadline = deadline
        self._webhooks = webhooks
        self._told: dict[str, asyncio.Queue[str]] = {}  # statuses, by prediction
        self._polling: asyncio.Task[None] | None = None
        self._next_create = 0.0  # of the event loop's clock

    async def identity(self) -> str:
        """The version's id."""
        if self._version:
            return self._version
        if self._is_deployment:
            found = await self._replicate.read(f"/deployments/{self._model}")
            return str((found.get("current_release") or {}).get("version"))
        found = await self._replicate.read(f"/models/{self._model}")
        return str((found.get("latest_version") or {}).get("id"))

    async def run(self, shard: Shard, options: dict[str, Any], note: Note) -> Items:
        """Upload a shard, make a prediction of it, and yield its lines as they are seen."""
        if self._webhooks:
            await self._webhooks.open(self._secret)
        ticket: dict[str, str] = json.loads((shard.open and shard.open.ticket) or "{}")
        if not ticket:
            ticket["file"] = await self._upload(shard)
            await note(json.dumps(ticket))
        elif "id" not in ticket and (made := await self._find(ticket["file"])):
            ticket["id"] = made
        if "id" not in ticket:
            ticket["id"] = await self._create({**options, "documents": ticket["file"]})
        await note(json.dumps(ticket))
        reader, seen = LineReader(), 0
        async with aclosing(self._follow(ticket["id"])) as news:
            async for prediction in news:
                output = prediction.get("output") or []
                if lines := reader.feed("".join(output[seen:])):
                    yield lines
                seen = max(seen, len(output))
        yield _ended(prediction)

    async def cancel(self, ticket: str) -> None:
        """End a prediction."""
        with suppress(httpx.HTTPError, ValueError, KeyError):
            await self._replicate.client.post(f"/predictions/{json.loads(ticket)['id']}/cancel")

    async def is_up(self) -> bool:
        """Ask for the account."""
        try:
            return (await self._replicate.client.get("/account")).is_success
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        """Stop polling and listening, and close the connections."""
        if self._webhooks:
            await self._webhooks.close()
        if self._polling is not None:
            self._polling.cancel()
        await self._replicate.aclose()

    async def _secret(self) -> str:
        return str((await self._replicate.read("/webhooks/default/secret")).get("key"))

    async def _upload(self, shard: Shard) -> str:
        """Return the URL of a file with the shard's table."""
        table = await asyncio.to_thread(shard.table)
        files = {"content": ("documents.jsonl", table, "application/jsonl")}
        answer = await self._replicate.request("POST", "/files", files=files)
        return str(answer.json()["urls"]["get"])

    async def _create(self, inputs: dict[str, Any]) -> str:
        """Make a prediction and return its id, also when its answer never came."""
        body: dict[str, Any] = {"input": inputs}
        if self._is_deployment:
            path = f"/deployments/{self._model}/predictions"
        elif self._version:
            path, body["version"] = "/predictions", self._version
        else:
            path = f"/models/{self._model}/predictions"
        if self._webhooks:
            body |= {"webhook": self._webhooks.url, "webhook_events_filter": ["completed"]}
        headers = {}
        if self._deadline is not None:
            headers["Cancel-After"] = f"{max(_SHORTEST_CANCEL_AFTER, self._deadline - time.time()):.0f}s"
        await self._my_turn()
        try:
            answer = await self._replicate.client.post(path, json=body, headers=headers)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise DownError(type(error).__name__) from None
        except httpx.HTTPError as error:
            return await self._found_or_broken(inputs["documents"], type(error).__name__)
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return await self._found_or_broken(inputs["documents"], f"it answered {answer.status_code}")
        raise_for(answer)
        return str(answer.json()["id"])

    async def _my_turn(self) -> None:
        """Return when a prediction may be made: not more of them in a second than Replicate takes, and in a row."""
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next_create)
        self._next_create = turn + 1 / _CREATES_A_SECOND
        await asyncio.sleep(turn - now)

    async def _found_or_broken(self, url: str, reason: str) -> str:
        if found := await self._find(url):
            return found
        raise DownError(reason)

    async def _find(self, url: str) -> str | None:
        """Return the id of the prediction that has this file, if there is one."""
        async for page in self._pages():
            for prediction in page:
                if (prediction.get("input") or {}).get("documents") == url:
                    return str(prediction["id"])
        return None

    async def _pages(self) -> AsyncGenerator[list[dict[str, Any]], None]:
        """Yield the predictions by pages, the newest first, as many as are looked through."""
        path = "/predictions"
        for _ in range(_PAGES):
            page = await self._replicate.read(path)
            yield page.get("results") or []
            if not page.get("next"):
                return
            path = page["next"]

    async def _follow(self, prediction_id: str) -> AsyncGenerator[dict[str, Any], None]:
        """Yield a prediction whenever there is news of it, to its end."""
        told = self._told[prediction_id] = asyncio.Queue()
        if self._webhooks:
            self._webhooks.listen(prediction_id, told.put_nowait)
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        looked = time.monotonic()
        try:
            while True:
                status = await told.get()
                if status not in ENDS and time.monotonic() - looked < LOOK_SECONDS:
                    continue
                looked = time.monotonic()
                prediction = await self._replicate.read(f"/predictions/{prediction_id}")
                yield prediction
                if prediction["status"] in ENDS:
                    return
        finally:
            del self._told[prediction_id]
            if self._webhooks:
                self._webhooks.forget(prediction_id)

    async def _poll(self) -> None:
        """Say what the list of predictions says to those that wait for one, as long as there are any."""
        while self._told:
            seconds = WEBHOOK_POLL_SECONDS if self._webhooks else POLL_SECONDS
            await asyncio.sleep(seconds * random.uniform(0.8, 1.2))
            missing = set(self._told)
            with suppress(DownError, BrokenError, StopError):
                async for page in self._pages():
                    for prediction in page:
                        if (queue := self._told.get(prediction["id"])) is not None:
                            queue.put_nowait(prediction["status"])
                            missing.discard(prediction["id"])
                    if not missing:
                        break
            for prediction_id in missing:  # older than what was looked through: it is asked for itself
                if (queue := self._told.get(prediction_id)) is not None:
                    queue.put_nowait("")


def _ended(prediction: dict[str, Any]) -> Seconds:
    """Return the predict time of a prediction that succeeded. Raises what any other means."""
    seconds = float((prediction.get("metrics") or {}).get("predict_time") or 0.0)
    if prediction["status"] != "succeeded":
        raise failure(prediction["status"], prediction.get("error"), seconds)
    if prediction.get("output") is None:
        raise BrokenError("its output is gone", seconds)
    return Seconds(seconds)
