"""Faults on purpose, so that clients can be tried on them: which, how often, and the same ones with the same seed.

Knows: the file of `--faults`, requests by what they ask for, how a connection is dropped. Each rule draws from a
sequence of its own, so that what a rule does to its hundredth case does not depend on the other rules.

    seed = 7

    [[fault]]
    kind = "throttled"    # 429, which says to come again after `seconds`
    on = "create"         # which requests: create, get, stream, upload, other or any
    rate = 0.02           # of them, one in fifty; all without
    times = 10            # at most; for ever without

Of requests: throttled; error (500); slow (`seconds` before it is answered); dropped (the connection ends before
anything was done, that of a stream after its first event); unanswered (it was done, and the connection ends). Of
predictions: aborted; expired (input and output are gone at once); lost_webhook; cold (a deployment without instances
takes `seconds` to have one).
"""

import asyncio
import random
import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errors import UserError
from replicate_api.answers import Refused, throttled

OF_REQUESTS = ("throttled", "error", "slow", "dropped", "unanswered")
OF_PREDICTIONS = ("aborted", "expired", "lost_webhook", "cold")
REQUESTS = ("create", "get", "stream", "upload", "other")
_STREAMED_BEFORE_CUT = 2  # messages: a comment, and the first events


@dataclass(frozen=True)
class Rule:
    """One `[[fault]]` of the file."""

    kind: str
    on: str = "create"
    rate: float = 1.0
    times: int | None = None
    seconds: float = 1.0


class Faults:
    """What is to go wrong."""

    def __init__(self, rules: list[Rule] | None = None, seed: int = 0) -> None:
        self._rules = [(rule, random.Random(f"{seed} {number}")) for number, rule in enumerate(rules or [])]
        self._hits = [0] * len(self._rules)

    def hit(self, kind: str, request: str | None = None) -> Rule | None:
        """The rule of this kind, if there is one, that makes this case go wrong."""
        for number, (rule, chance) in enumerate(self._rules):
            if rule.kind != kind or (request is not None and rule.on not in (request, "any")):
                continue
            is_hit = chance.random() < rule.rate
            if is_hit and (rule.times is None or self._hits[number] < rule.times):
                self._hits[number] += 1
                return rule
        return None


def read(path: Path) -> Faults:
    """Read the file of `--faults`. Raises UserError E3101."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError("E3101", f"{path} cannot be read ({type(error).__name__})") from None
    seed, entries = content.pop("seed", 0), content.pop("fault", [])
    if content or not isinstance(entries, list):
        raise UserError("E3101", f"{path} has {', '.join(content) or 'fault'}; it may have seed and [[fault]]")
    return Faults([_rule(path, number, entry) for number, entry in enumerate(entries, start=1)], seed)


def _rule(path: Path, number: int, entry: dict[str, Any]) -> Rule:
    known = [field.name for field in fields(Rule)]
    wrong = [name for name in entry if name not in known]
    if wrong or "kind" not in entry:
        raise UserError("E3101", f"{path}, fault {number}: it has {', '.join(wrong) or 'no kind'}, of {known}")
    rule = Rule(**entry)
    for name, choices in (("kind", OF_REQUESTS + OF_PREDICTIONS), ("on", (*REQUESTS, "any"))):
        if getattr(rule, name) not in choices:
            raise UserError("E3101", f"{path}, fault {number}: {name} must be one of {', '.join(choices)}")
    if not all(isinstance(value, int | float) for value in (rule.rate, rule.seconds, rule.times or 0)):
        raise UserError("E3101", f"{path}, fault {number}: rate, seconds and times are numbers")
    return rule


class FaultyApp:
    """An application whose requests may go wrong."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = classify(scope["method"], scope["path"])
        if slow := self._faults.hit("slow", request):
            await asyncio.sleep(slow.seconds)
        if rule := self._faults.hit("throttled", request):
            await throttled(max(1, round(rule.seconds))).answer()(scope, receive, send)
        elif self._faults.hit("error", request):
            await Refused(500, "Internal server error.").answer()(scope, receive, send)
        elif self._faults.hit("unanswered", request):
            await self._app(scope, receive, _send_nothing)
            await drop(receive)
        elif self._faults.hit("dropped", request):
            if request == "stream":
                await self._cut(scope, receive, send)
            else:
                await _read(receive)
            await drop(receive)
        else:
            await self._app(scope, receive, send)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the beginning of a stream."""
        is_enough = asyncio.Event()
        sent = 0

        async def send_some(message: Message) -> None:
            nonlocal sent
            if sent <= _STREAMED_BEFORE_CUT:
                await send(message)
                sent += 1
            else:
                is_enough.set()

        answering = asyncio.ensure_future(self._app(scope, receive, send_some))
        waiting = asyncio.ensure_future(is_enough.wait())
        await asyncio.wait((answering, waiting), return_when=asyncio.FIRST_COMPLETED)
        answering.cancel()
        waiting.cancel()


def classify(method: str, path: str) -> str:
    """What a request asks for, as rules name it."""
    path = path.removeprefix("/v1")
    if method == "POST" and path.endswith("/predictions"):
        return "create"
    if method == "GET" and re.fullmatch(r"/predictions/[^/]+", path):
        return "get"
    if path.startswith("/streams/"):
        return "stream"
    return "upload" if (method, path) == ("POST", "/files") else "other"


async def drop(receive: Receive) -> None:
    """End a request's connection without another word, as a network does."""
    # ASGI has no word for it; uvicorn's `receive` belongs to the object that holds the connection.
    receive.__self__.transport.abort()  # type: ignore[attr-defined]
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read(receive: Receive) -> None:
    """Take a request's body: a connection that ends with some of it unread is reset, which looks otherwise."""
    while (await receive()).get("more_body"):
        pass


async def _send_nothing(_message: Message) -> None:
    pass
