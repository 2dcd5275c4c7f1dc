"""Answers that may be asked for again: of requests with an `Idempotency-Key`, for a day.

    a new key        →  it is taken; the answer is kept under it, or it is free again when there is none
    the same again   →  the answer that there was; E7010 as long as there is none yet
    another request  →  E7009

Knows: keys, digests of requests, and where answers lie. A key and a request are known by their SHA-256 alone.
"""

import asyncio
import hashlib
import json
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import UserError
from gateway.files import Files
from gateway.problems import LaterError
from gateway.tables import answers
from gateway.upstreams.upstream import Ended, Events

HEADER = "Idempotency-Key"
KEEP_SECONDS = 86_400.0
MAX_KEY = 255  # characters
_FOLDER = "answers"
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Claim:
    """A key that is this request's, until there is an answer."""

    token: str
    key: bytes
    created_at: float


class Answers:
    """The answers of a day. Of one event loop."""

    def __init__(self, engine: AsyncEngine, files: Files, longest: float) -> None:
        """`longest` is how many seconds a request may take: after that a claim was left by a gateway that died."""
        self._engine = engine
        self._files = files
        self._longest = longest

    async def claim(self, token: str, key: str, inputs: dict[str, Any]) -> Claim | Ended:
        """Take a key for a request, or return the answer that there is.

        Raises UserError E7006 for what is no key, E7009, LaterError E7010.
        """
        if not 0 < len(key) <= MAX_KEY:
            raise UserError("E7006", f"Idempotency-Key has {len(key):,} characters; it must have 1 to {MAX_KEY}")
        claim = Claim(token, _digest(key), time.time())
        request = _digest(json.dumps(inputs, sort_keys=True))
        values = {"token": token, "key": claim.key, "request": request, "created_at": claim.created_at}
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(answers).values(values))
        except IntegrityError:
            return await self._known(claim, request)
        return claim

    async def keep(self, claim: Claim, ended: Ended) -> None:
        """Keep an answer under its key."""
        name = uuid4().hex
        content = json.dumps([ended.summary, ended.metrics]).encode("ascii")
        await asyncio.to_thread(self._files.write, f"{_FOLDER}/{name}", content)
        async with self._engine.begin() as connection:
            await connection.execute(update(answers).where(_is(claim)).values(file=name))

    async def let_go(self, claim: Claim) -> None:
        """Give up a key without an answer: the request may be sent again."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(answers).where(_is(claim), answers.c.file.is_(None)))

    async def sweep(self) -> None:
        """Forget what is older than a day."""
        is_old = answers.c.created_at < time.time() - KEEP_SECONDS
        async with self._engine.begin() as connection:
            names = (await connection.execute(select(answers.c.file).where(is_old))).scalars().all()
            await connection.execute(delete(answers).where(is_old))
        for name in filter(None, names):
            await asyncio.to_thread(self._files.remove, f"{_FOLDER}/{name}")

    async def _known(self, claim: Claim, request: bytes) -> Claim | Ended:
        """Return what is there under a key, or take it over when it is left or too old."""
        async with self._engine.begin() as connection:
            mine = (answers.c.token == claim.token) & (answers.c.key == claim.key)
            found = (await connection.execute(select(answers).where(mine))).mappings().one_or_none()
            if found is None:  # it was let go just now
                raise LaterError("E7010", "the request with this key has just ended", _RETRY_SECONDS)
            age = claim.created_at - found["created_at"]
            if age < (KEEP_SECONDS if found["file"] else self._longest):
                if found["request"] != request:
                    raise UserError("E7009", "the key was used for another request within a day")
                if found["file"] is None:
                    raise LaterError("E7010", f"the request with this key is under way for {age:.0f} s", _RETRY_SECONDS)
            else:
                is_same = mine & (answers.c.created_at == found["created_at"])
                values = {"request": request, "created_at": claim.created_at, "file": None}
                taken = await connection.execute(update(answers).where(is_same).values(values))
                if not taken.rowcount:
                    raise LaterError("E7010", "another request has just taken this key", _RETRY_SECONDS)
                return claim
        try:
            content = await asyncio.to_thread(self._files.read, f"{_FOLDER}/{found['file']}")
        except FileNotFoundError:
            async with self._engine.begin() as connection:
                await connection.execute(delete(answers).where(mine, answers.c.file == found["file"]))
            raise LaterError("E7010", "the answer under this key is gone; send it again", _RETRY_SECONDS) from None
        return Ended(*json.loads(content))


async def kept(events: Events, answers: Answers, claim: Claim) -> Events:
    """Pass events on; keep the answer at their end, before anybody sees it, or let the key go."""
    is_kept = False
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Ended):
                    await answers.keep(claim, event)
                    is_kept = True
                yield event
    finally:
        if not is_kept:
            await asyncio.shield(answers.let_go(claim))


async def again(ended: Ended) -> Events:
    """Yield an answer that there was, as events."""
    yield ended


def _is(claim: Claim) -> Any:
    return (answers.c.token == claim.token) & (answers.c.key == claim.key) & (answers.c.created_at == claim.created_at)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
