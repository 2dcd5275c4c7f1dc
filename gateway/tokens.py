"""Tokens of internal services: an id that may be shown, a secret that is shown once, a policy.

Knows: how secrets are made, kept (SHA-256) and compared. All tokens are held in memory, read anew every few seconds:
so a look-up takes as long for an id that there is as for one that there is not, and what another gateway or `precis
tokens` ends is known here soon. What they make is known at once: nobody is refused by what was read before he came.
Knows nothing of requests.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Insert, Update, insert, select, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from errors import UserError
from gateway import tables
from gateway.jobs import table as jobs
from gateway.policy import Policy

REFRESH_SECONDS = 2.0  # for which it may be unknown that a token has ended
_BETWEEN_SECONDS = 0.25  # two readings, however many guess
_NOBODY = bytes(32)


@dataclass(frozen=True)
class Token:
    """One token, as everybody may see it."""

    id: str
    name: str
    policy: Policy
    created_at: float
    expires_at: float | None
    revoked_at: float | None
    digests: tuple[bytes, bytes]  # of its secret and of the one before, while that is valid
    old_until: float

    def __repr__(self) -> str:
        return f"Token({self.id})"

    def is_active(self, now: float) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Issued(NamedTuple):
    """A token's id with a secret that nobody can show again."""

    id: str
    secret: str


class Tokens:
    """The tokens in a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._known: dict[str, Token] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, token_id: str, secret: str) -> Token | None:
        """Return the active token of this id and secret, in the same time whether the id is known or not."""
        came = time.monotonic()
        await self._refresh()
        token = self._match(token_id, secret)
        if token is None and self._read_at < came:
            await self._refresh(since=came)
            token = self._match(token_id, secret)
        return token

    def _match(self, token_id: str, secret: str) -> Token | None:
        now = time.time()
        token = self._known.get(token_id)
        current, old = token.digests if token else (_NOBODY, _NOBODY)
        digest = _digest(secret)
        is_current = hmac.compare_digest(digest, current)
        is_old = hmac.compare_digest(digest, old)
        if token is None or not token.is_active(now):
            return None
        return token if is_current or (is_old and now < token.old_until) else None

    async def are_any(self) -> bool:
        """Whether a token was ever made, so that from then on one is needed."""
        await self._refresh()
        return bool(self._known)

    async def all(self) -> list[Token]:
        """Return all, the oldest first."""
        await self._refresh(since=time.monotonic())
        return sorted(self._known.values(), key=lambda token: token.created_at)

    async def create(self, name: str, policy: Policy, expires_at: float | None = None) -> Issued:
        """Make a token."""
        issued = Issued(secrets.token_hex(8), secrets.token_urlsafe(32))
        await self._run(
            insert(tables.tokens).values(
                id=issued.id,
                name=name,
                digest=_digest(issued.secret),
                policy=policy.model_dump(mode="json"),
                created_at=time.time(),
                expires_at=expires_at,
            )
        )
        return issued

    async def rotate(self, token_id: str, overlap: float) -> Issued:
        """Give a token a new secret; the one before works for `overlap` seconds more. Raises UserError E7103."""
        token = await self._get(token_id)
        issued = Issued(token_id, secrets.token_urlsafe(32))
        await self._run(
            update(tables.tokens)
            .where(tables.tokens.c.id == token_id)
            .values(digest=_digest(issued.secret), old_digest=token.digests[0], old_until=time.time() + overlap)
        )
        return issued

    async def revoke(self, token_id: str) -> None:
        """End a token, and its jobs, of which nobody could read the results. Raises UserError E7103."""
        await self._get(token_id)
        await self._run(
            update(tables.tokens).where(tables.tokens.c.id == token_id).values(revoked_at=time.time()),
            jobs.canceled(tables.jobs.c.token == token_id),
        )

    async def _get(self, token_id: str) -> Token:
        await self._refresh(since=time.monotonic())
        token = self._known.get(token_id)
        if token is None or token.revoked_at is not None:
            raise UserError("E7103", f"there is no token {token_id[:40]!r} that is not revoked")
        return token

    async def _run(self, *statements: Insert | Update) -> None:
        async with self._engine.begin() as connection:
            for statement in statements:
                await connection.execute(statement)
        self._read_at = float("-inf")

    async def _refresh(self, since: float | None = None) -> None:
        """Read all anew unless that was done since then, or in the last seconds. Who comes meanwhile waits."""
        if self._is_read(since):
            return
        async with self._reading:
            if self._is_read(since):
                return
            await asyncio.sleep(self._read_at + _BETWEEN_SECONDS - time.monotonic())
            read_at = time.monotonic()
            async with self._engine.connect() as connection:
                rows = (await connection.execute(select(tables.tokens))).mappings().all()
            self._known = {row["id"]: _token(row) for row in rows}
            self._read_at = read_at

    def _is_read(self, since: float | None) -> bool:
        return self._read_at >= (time.monotonic() - REFRESH_SECONDS if since is None else since)


def _token(row: RowMapping) -> Token:
    digests = (row["digest"], row["old_digest"] or _NOBODY)
    times = (row["created_at"], row["expires_at"], row["revoked_at"])
    return Token(row["id"], row["name"], Policy(**row["policy"]), *times, digests, row["old_until"] or 0.0)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
