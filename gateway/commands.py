"""`precis gateway` and `precis tokens`: from what a person typed to a server, or to a change of the table of tokens.

Knows: arguments, and how tokens are shown. Everything else is done elsewhere.
"""

import argparse
import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from errors import UserError

if TYPE_CHECKING:
    from gateway.policy import Policy
    from gateway.settings import Settings
    from gateway.tokens import Token, Tokens

log = logging.getLogger("precis.gateway")

Result = TypeVar("Result")

_DAY = 86_400
_LAST_SECONDS = 30  # for what is being answered when it ends
_SCOPES = ("summarize", "batch", "admin")


def add_gateway(commands: Any) -> None:
    """Add `precis gateway` to the commands."""
    command = commands.add_parser("gateway", help="serve routes, tokens and jobs in front of models that are served")
    command.add_argument("--upstream", nargs="+", metavar="URL", help="http://HOST:PORT, or replicate:OWNER/NAME")
    command.add_argument("--host", help="127.0.0.1; another needs a token")
    command.add_argument("--port", type=int, help="8000")
    command.add_argument("--config", type=Path, metavar="FILE", help="settings in TOML; see docs/gateway.md")
    command.add_argument("--reload", action="store_true", help="start again when settings, styles or code change")
    command.set_defaults(run=serve)


def add_tokens(commands: Any) -> None:
    """Add `precis tokens …` to the commands."""
    command = commands.add_parser("tokens", help="make, list, rotate and revoke the gateway's tokens")
    command.add_argument("--config", type=Path, metavar="FILE", help="the gateway's settings")
    actions = command.add_subparsers(required=True, metavar="create|list|rotate|revoke")
    action = actions.add_parser("create", help="make a token; its secret is shown once")
    action.add_argument("name", help="whose it is")
    action.add_argument("--scope", action="append", choices=_SCOPES, help="summarize when none is given")
    action.add_argument("--style", action="append", metavar="NAME", help="that it may use; again for more; else all")
    action.add_argument("--option", action="append", metavar="NAME", help="that it may set; again for more; else all")
    action.add_argument("--require", action="append", default=[], metavar="NAME=VALUE", help="so, whatever it asks")
    action.add_argument("--default", action="append", default=[], metavar="NAME=VALUE", help="so, where it asks not")
    action.add_argument("--requests-per-minute", type=int, metavar="N")
    action.add_argument("--tokens-per-minute", type=int, metavar="N", help="of the model's, in and out")
    action.add_argument("--jobs", type=int, metavar="N", help="at once")
    action.add_argument("--days", type=float, help="until it expires; else never")
    action.set_defaults(run=create)
    action = actions.add_parser("list", help="show all tokens, without their secrets")
    action.set_defaults(run=list_all)
    action = actions.add_parser("rotate", help="give a token a new secret; the old one works for a while")
    action.add_argument("id")
    action.add_argument("--hours", type=float, default=24.0, help="that the old secret works; default: %(default)g")
    action.set_defaults(run=rotate)
    action = actions.add_parser("revoke", help="end a token and its jobs, within two seconds on every gateway")
    action.add_argument("id")
    action.set_defaults(run=revoke)


def serve(options: argparse.Namespace) -> int:
    """Serve until a signal ends it. Raises UserError E3003, E7101, E7102, E7104 and E7105."""
    if options.reload:
        from gateway import reload

        return reload.serve(options.config)
    settings = _settings(options, upstreams=options.upstream, host=options.host, port=options.port)
    from gateway import access, server

    if access.is_open(settings.host) and not _with_tokens(settings, lambda tokens: tokens.are_any()):
        raise UserError("E7102", f"{settings.host} is reached from elsewhere, and there are 0 tokens")
    return server.run(settings)


def create(options: argparse.Namespace) -> None:
    """Make a token and print it."""
    settings = _settings(options)
    policy = _policy(options)
    expires_at = time.time() + options.days * _DAY if options.days is not None else None
    issued = _with_tokens(settings, lambda tokens: tokens.create(options.name, policy, expires_at))
    print(f"{issued.id}.{issued.secret}")


def list_all(options: argparse.Namespace) -> None:
    """Print each token as a line of JSON."""
    for token in _with_tokens(_settings(options), lambda tokens: tokens.all()):
        print(json.dumps(_shown(token)))


def rotate(options: argparse.Namespace) -> None:
    """Print a token with its new secret."""
    issued = _with_tokens(_settings(options), lambda tokens: tokens.rotate(options.id, options.hours * 3_600))
    print(f"{issued.id}.{issued.secret}")


def revoke(options: argparse.Namespace) -> None:
    """End a token."""
    _with_tokens(_settings(options), lambda tokens: tokens.revoke(options.id))


def _settings(options: argparse.Namespace, **given: Any) -> "Settings":
    try:
        from gateway import settings
    except ModuleNotFoundError as error:
        raise UserError("E7104", f"the gateway needs {error.name}: pip install .[gateway]") from None
    if options.config is not None:
        os.environ[settings.CONFIG] = str(options.config)
    return settings.read(**given)


def _with_tokens(settings: "Settings", use: "Callable[[Tokens], Awaitable[Result]]") -> Result:
    """Open the table of tokens for one use."""
    from gateway.database import open_database
    from gateway.tokens import Tokens

    engine = open_database(settings.database.get_secret_value())

    async def run() -> Result:
        try:
            return await use(Tokens(engine))
        finally:
            await engine.dispose()

    return asyncio.run(run())


def _policy(options: argparse.Namespace) -> "Policy":
    """Return the policy that is asked for. Raises UserError E1008 and E1009."""
    from pydantic import ValidationError

    from gateway import options as inputs
    from gateway.policy import Policy

    styles = inputs.fields()["style"].keywords["choices"]
    _check("style", "E1008", options.style or (), styles)
    _check("option", "E1009", options.option or (), inputs.names())
    try:
        return Policy(
            scopes=tuple(options.scope or ("summarize",)),
            styles=tuple(options.style) if options.style else None,
            options=tuple(options.option) if options.option else None,
            required=inputs.from_pairs(options.require),
            defaults=inputs.from_pairs(options.default),
            requests_per_minute=options.requests_per_minute,
            tokens_per_minute=options.tokens_per_minute,
            jobs_at_once=options.jobs,
        )
    except ValidationError as error:
        said = "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
        raise UserError("E1009", said) from None


def _check(what: str, code: str, given: Iterable[str], known: Iterable[str]) -> None:
    for name in given:
        if name not in known:
            raise UserError(code, f"{what} is {name[:40]!r}; it must be one of {', '.join(known)}")


def _shown(token: "Token") -> dict[str, Any]:
    """A token as a person reads it: no secret, no digest, and nothing of its policy that is not set."""
    policy = token.policy.model_dump(mode="json", exclude_defaults=True)
    times = {"created": token.created_at, "expires": token.expires_at, "revoked": token.revoked_at}
    written = {name: datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") for name, at in times.items() if at}
    is_rotating = time.time() < token.old_until
    scopes = {"scopes": list(token.policy.scopes)}
    return {"id": token.id, "name": token.name, **written, **scopes, **policy, "rotating": is_rotating}
