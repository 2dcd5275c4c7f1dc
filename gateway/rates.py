"""Requests and model tokens a minute, for each token.

Knows: the counters of `limits`, in this process or in a store that gateways share. Tokens are counted when a request
has ended: one may so use more than is left of a minute, and the next waits. Knows nothing of what was asked.
"""

import time

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import ConfigurationError
from limits.storage import storage_from_string

from errors import UserError
from gateway.policy import Policy
from gateway.problems import LaterError


class Rates:
    """What was used of this minute."""

    def __init__(self, uri: str) -> None:
        """`uri` is a store as `limits` names it, such as async+memory://. Raises UserError E7101."""
        try:
            storage = storage_from_string(uri)
        except (ConfigurationError, ValueError) as error:
            raise UserError("E7101", f"rate_storage is no store of limits ({type(error).__name__})") from None
        if not isinstance(storage, Storage):
            raise UserError("E7101", "rate_storage must begin with async+, such as async+memory://")
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def admit(self, token_id: str, policy: Policy) -> None:
        """Count a request. Raises LaterError E7007 when the minute is used up."""
        if policy.requests_per_minute is not None:
            limit = RateLimitItemPerMinute(policy.requests_per_minute)
            if not await self._limiter.hit(limit, "requests", token_id):
                await self._refuse(limit, "requests", token_id)
        if policy.tokens_per_minute is not None:
            limit = RateLimitItemPerMinute(policy.tokens_per_minute)
            if not await self._limiter.test(limit, "tokens", token_id):
                await self._refuse(limit, "tokens", token_id)

    async def used(self, token_id: str, policy: Policy, tokens: int) -> None:
        """Count the model's tokens that a request took, up to all that are left."""
        if policy.tokens_per_minute is None or not tokens:
            return
        limit = RateLimitItemPerMinute(policy.tokens_per_minute)
        if not await self._limiter.hit(limit, "tokens", token_id, cost=tokens):
            left = (await self._limiter.get_window_stats(limit, "tokens", token_id)).remaining
            if left > 0:
                await self._limiter.hit(limit, "tokens", token_id, cost=left)

    async def _refuse(self, limit: RateLimitItem, what: str, token_id: str) -> None:
        stats = await self._limiter.get_window_stats(limit, what, token_id)
        wait = max(1.0, stats.reset_time - time.time())
        raise LaterError("E7007", f"the token's {limit.amount:,} {what} a minute are used up", wait)
