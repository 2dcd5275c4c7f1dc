"""A token is an id that may be shown and a secret that is shown once."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.event import listen

from errors import UserError
from gateway import tokens as tokens_module
from gateway.database import open_database
from gateway.jobs.table import new_id
from gateway.policy import Policy
from gateway.tokens import Tokens
from tests.gateway import databases

Result = TypeVar("Result")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "gateway.db"


def using(database: Path, use: Callable[[Tokens], Awaitable[Result]]) -> Result:
    engine = open_database(f"sqlite:///{database}")

    async def run() -> Result:
        try:
            return await use(Tokens(engine))
        finally:
            await engine.dispose()

    return asyncio.run(run())


def test_a_token_is_found_by_its_id_and_secret_and_by_no_other(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        policy = Policy(scopes=("batch",), required={"redact_pii": "mask"})
        made = await tokens.create("mail", policy)
        found = await tokens.find(*made)
        assert found is not None
        assert (found.id, found.name, found.policy) == (made.id, "mail", policy)
        for token_id, secret in ((made.id, ""), (made.id, made.secret[:-1]), ("other", made.secret), ("", "")):
            assert await tokens.find(token_id, secret) is None

    using(database, use)


def test_no_secret_is_in_the_database(database: Path) -> None:
    async def use(tokens: Tokens) -> str:
        made = await tokens.create("mail", Policy())
        return (await tokens.rotate(made.id, 60)).secret + made.secret

    secrets = using(database, use)
    written = b"".join(file.read_bytes() for file in database.parent.iterdir())
    assert secrets[:20].encode() not in written
    assert secrets[-20:].encode() not in written


def test_both_secrets_work_while_a_rotation_lasts_and_the_new_one_after_it(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(tokens: Tokens) -> None:
        made = await tokens.create("mail", Policy())
        new = await tokens.rotate(made.id, overlap=3_600)
        assert await tokens.find(*made)
        assert await tokens.find(*new)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 3_601)
        assert not await tokens.find(*made)
        assert await tokens.find(*new)

    using(database, use)


def test_a_token_ends_when_it_expires_or_is_revoked(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        expired = await tokens.create("old", Policy(), expires_at=1.0)
        revoked = await tokens.create("gone", Policy())
        await tokens.revoke(revoked.id)
        assert not await tokens.find(*expired)
        assert not await tokens.find(*revoked)
        assert await tokens.are_any()  # one was made: from then on one is needed
        with pytest.raises(UserError, match="E7103"):
            await tokens.rotate(revoked.id, 0)

    using(database, use)


def test_the_jobs_of_a_token_end_with_it(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        kept, revoked = await tokens.create("kept", Policy()), await tokens.create("gone", Policy())
        jobs = databases.jobs_in(f"sqlite:///{database}")
        ids = [new_id() for _ in range(4)]
        for job_id, token in zip(ids, (revoked, revoked, revoked, kept), strict=True):
            jobs.create(job_id, token.id, {})
        for _ in range(2):
            assert jobs.take("runner")
        jobs.finish(ids[0], "runner")
        await tokens.revoke(revoked.id)
        assert [jobs.get(job_id, revoked.id).status for job_id in ids[:3]] == ["done", "canceled", "canceled"]
        assert jobs.get(ids[3], kept.id).status == "queued"
        with pytest.raises(UserError, match="E6001"):
            jobs.finish(ids[1], "runner")  # who works on it writes nothing more
        jobs.engine.dispose()

    using(database, use)


def test_what_another_process_makes_or_rotates_is_known_at_once(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        assert not await tokens.find("nobody", "")
        made = await asyncio.to_thread(using, database, lambda others: others.create("mail", Policy()))
        assert await tokens.find(*made)
        new = await asyncio.to_thread(using, database, lambda others: others.rotate(made.id, 0))
        assert await tokens.find(*new)

    using(database, use)


def test_what_another_process_ends_is_known_soon(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "REFRESH_SECONDS", 0.0)

    async def use(tokens: Tokens) -> None:
        made = await tokens.create("mail", Policy())
        assert await tokens.find(*made)
        await asyncio.to_thread(using, database, lambda others: others.revoke(made.id))
        assert not await tokens.find(*made)

    using(database, use)


def test_many_guesses_are_judged_by_few_readings(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        readings: list[str] = []
        listen(tokens._engine.sync_engine, "before_cursor_execute", lambda *sent: readings.append(sent[2]))
        assert not any(await asyncio.gather(*(tokens.find("nobody", str(guess)) for guess in range(200))))
        assert len([statement for statement in readings if "FROM tokens" in statement]) <= 2

    using(database, use)


def test_of_many_that_come_after_a_long_time_none_is_judged_by_what_was_then(database: Path) -> None:
    async def use(tokens: Tokens) -> None:
        assert not await tokens.are_any()
        await asyncio.to_thread(using, database, lambda others: others.create("mail", Policy()))
        tokens._read_at = float("-inf")  # as it is after a quiet night
        assert all(await asyncio.gather(*(tokens.are_any() for _ in range(50))))

    using(database, use)


def test_a_database_that_cannot_be_used_says_so_without_its_password() -> None:
    with pytest.raises(UserError, match="E7105") as raised:
        open_database("postgresql://me:hush@127.0.0.1:1/precis")
    assert "hush" not in str(raised.value)
    with pytest.raises(UserError, match="E7105 the database is to be"):
        open_database("mysql://me:hush@127.0.0.1/precis")
