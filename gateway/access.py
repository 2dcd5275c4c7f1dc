"""Who calls, and whether that is allowed: the only way to a route that does anything.

Knows: the headers that carry a token, and that without any token only this machine is served. Knows nothing of what is
asked.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from errors import UserError
from gateway.policy import SCOPES, Policy, Scope
from gateway.tokens import Tokens

KEY, SECRET = "precis-key", "precis-secret"  # a header each, in place of Authorization
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Caller:
    """Who calls: a token, or anybody on this machine as long as there are none."""

    token_id: str
    policy: Policy


BEARER = HTTPBearer(auto_error=False, description="ID.SECRET")  # as the documentation shows it
LOCAL = Caller("local", Policy(scopes=SCOPES))


def may(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return the dependency of a route that needs `scope`: it gives the Caller, and raises UserError E7001, E7002."""

    async def check(request: Request, _shown: Annotated[object, Depends(BEARER)]) -> Caller:
        caller = await _caller(request, request.app.state.gateway.tokens)
        request.state.caller = caller
        caller.policy.check_scope(scope)
        return caller

    return check


async def _caller(request: Request, tokens: Tokens) -> Caller:
    if not await tokens.are_any():
        if _is_local(request):
            return LOCAL
        raise UserError("E7001", "there are no tokens, and without one only this machine itself is served")
    token = await tokens.find(*_credentials(request))
    if token is None:
        raise UserError("E7001")
    return Caller(token.id, token.policy)


def _credentials(request: Request) -> tuple[str, str]:
    """Return an id and a secret, empty where there are none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        token_id, _, secret = value.strip().partition(".")
        return token_id, secret
    return request.headers.get(KEY, ""), request.headers.get(SECRET, "")


def _is_local(request: Request) -> bool:
    """Whether this machine calls, and no page of another site by way of its browser."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    host, origin = request.headers.get("host", ""), request.headers.get("origin")
    try:
        is_by_name = urlsplit(f"//{host}").hostname in _LOCAL_NAMES  # and by no other that leads here
        return is_by_name and (origin is None or urlsplit(origin).netloc == host)
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_open(host: str) -> bool:
    """Whether others than this machine reach what is bound to `host`."""
    return not (host == "localhost" or _is_loopback(host))
