"""A deployment on Replicate becomes what it is to be: made, or changed where it differs.

Knows: what a deployment has. Nothing is sent where nothing differs, so that the same command may run again and again.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from batch.replicate_http import ENDS, Replicate, raise_for
from batch.target import DownError, StopError, TargetError
from errors import UserError
from serving.client import error_from

LONGEST_WAIT = 900.0  # seconds; Replicate gives a setup ten minutes, and a machine is looked for before
_LOOK_SECONDS = 2.0
_SENTENCE = "The ferry over the river was an hour late on Tuesday because of fog."

Facts = dict[str, Any]  # hardware, min_instances, max_instances, version


@dataclass(frozen=True)
class Wanted:
    """What a deployment is to be. None is as it was; of a new one see `_create`; of the version the newest."""

    name: str  # OWNER/NAME
    model: str | None = None  # OWNER/NAME
    version: str | None = None
    hardware: str | None = None
    min_instances: int | None = None
    max_instances: int | None = None

    def facts(self) -> Facts:
        """What is said of it."""
        names = ("hardware", "min_instances", "max_instances", "version")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def deploy(wanted: Wanted, tell: Callable[[str], None], *, is_waited_for: bool = False) -> None:
    """Make or change a deployment, tell what changed, and wait until it answers a prediction if that is asked for.

    Raises UserError E1009 for what cannot be changed or is missing, E3001 when nobody answers, E6005 to E6007, and what
    the prediction failed with.
    """
    if wanted.name.count("/") != 1 or not all(wanted.name.split("/")):
        raise UserError("E6006", f"{wanted.name[:80]!r} must be OWNER/NAME")
    try:
        asyncio.run(_deploy(wanted, tell, is_waited_for))
    except StopError as stop:
        raise stop.error from None
    except TargetError as error:
        raise UserError("E3001", f"Replicate: {error.reason}; the same command may be given again") from None


async def _deploy(wanted: Wanted, tell: Callable[[str], None], is_waited_for: bool) -> None:
    async with aclosing(Replicate()) as replicate:
        found = await _find(replicate, wanted.name)
        tell(await (_update(replicate, wanted, found) if found else _create(replicate, wanted)))
        if is_waited_for:
            began = time.monotonic()
            await _answered(replicate, wanted.name)
            tell(f"{wanted.name} answered after {time.monotonic() - began:,.0f} s")


async def _find(replicate: Replicate, name: str) -> dict[str, Any] | None:
    """Return a deployment's release, None when there is no such deployment."""
    try:
        release: dict[str, Any] = (await replicate.read(f"/deployments/{name}"))["current_release"]
    except StopError as stop:
        if stop.error.code == "E6006":
            return None
        raise
    return release


async def _create(replicate: Replicate, wanted: Wanted) -> str:
    """Make it, of the model of the same name and with no or one instance where nothing else is said."""
    if wanted.hardware is None:
        raise UserError("E1009", f"{wanted.name} is new, and hardware is not said")
    model = wanted.model or wanted.name
    facts = {"min_instances": 0, "max_instances": 1, "version": await _newest(replicate, model, wanted)}
    facts |= wanted.facts()
    asked = {"name": wanted.name.partition("/")[2], "model": model, **facts}
    # Sent once: a create that was made, and whose answer was lost, would be refused the second time.
    try:
        answer = await replicate.client.post("/deployments", json=asked)
    except httpx.HTTPError as error:
        raise DownError(type(error).__name__) from None
    raise_for(answer)
    made = answer.json()  # under the account whose token it is, whatever was asked for
    return f"created {made['owner']}/{made['name']} of {model}: {_said(facts)}"


async def _update(replicate: Replicate, wanted: Wanted, found: dict[str, Any]) -> str:
    """Change what differs."""
    if wanted.model not in (None, found["model"]):
        raise UserError("E1009", f"{wanted.name} has the model {found['model']}, and a deployment keeps its model")
    before = found["configuration"] | {"version": found["version"]}
    facts = {"version": await _newest(replicate, found["model"], wanted)} | wanted.facts()
    changes = {name: value for name, value in facts.items() if before.get(name) != value}
    if not changes:
        return f"nothing changed: {wanted.name} has {_said(before)}"
    await replicate.request("PATCH", f"/deployments/{wanted.name}", json=changes)
    said = ", ".join(f"{name} {_short(before.get(name))} → {_short(value)}" for name, value in changes.items())
    return f"updated {wanted.name}: {said}"


async def _newest(replicate: Replicate, model: str, wanted: Wanted) -> str:
    """Return the version that is wanted, or else the model's newest. Raises StopError E6006 when it has none."""
    if wanted.version:
        return wanted.version
    newest = (await replicate.read(f"/models/{model}")).get("latest_version")
    if not newest:
        raise UserError("E6006", f"{model} has no version: push one first")
    return str(newest["id"])


async def _answered(replicate: Replicate, name: str) -> None:
    """Return when the deployment has answered a prediction of one sentence."""
    headers = {"Cancel-After": f"{LONGEST_WAIT:.0f}s"}
    asked = {"input": {"text": _SENTENCE}}
    # What is sent again after a lost answer is one sentence more, which costs less than to look for the first.
    made = (await replicate.request("POST", f"/deployments/{name}/predictions", json=asked, headers=headers)).json()
    deadline = time.monotonic() + LONGEST_WAIT
    while made["status"] not in ENDS:
        if time.monotonic() > deadline:
            raise UserError("E3001", f"{name} did not answer within {LONGEST_WAIT:,.0f} s")
        await asyncio.sleep(_LOOK_SECONDS)
        made = await replicate.read(f"/predictions/{made['id']}")
    if made["status"] != "succeeded":
        raise error_from(str(made.get("error") or f"the prediction ended as {made['status']}"))


def _said(facts: Facts) -> str:
    return ", ".join(f"{name} {_short(value)}" for name, value in facts.items())


def _short(value: object) -> str:
    """Return a value as it is shown: of a version's id the beginning."""
    return str(value)[:12] if isinstance(value, str) and len(value) == 64 else str(value)
