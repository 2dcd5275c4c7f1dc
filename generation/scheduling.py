"""Which prompts a step computes: those that somebody waits for before those of bulk work.

A step computes a token for every request that is under way, and prompts with what is left of its budget. Bulk work has
prompts without end, and a request that comes alone would find every step full of them. So bulk prompts wait while there
are others, and never fill a step: the one that a new request has to wait out stays short.

Knows: transformers' scheduler. Knows requests by their ids only.
"""

from typing import Any

from transformers.generation.continuous_batching.requests import RequestStatus
from transformers.generation.continuous_batching.scheduler import SCHEDULER_MAPPING, FIFOScheduler

NAME = "bulk_last"
BULK = "bulk-"  # what the ids of bulk requests begin with
_BULK_SHARE = 2  # bulk prompts get this part of a step's tokens


class BulkLastScheduler(FIFOScheduler):
    """First come, first served, but bulk prompts last and a few at a time."""

    def _process_candidates(
        self, candidates: list[Any], token_budget: int, cache_budget: int, request_ids_to_remove_from_waiting: set[str]
    ) -> Any:
        bulk = [state for state in candidates if is_bulk_prompt(state)]
        if bulk:
            others = [state for state in candidates if not is_bulk_prompt(state)]
            if any(state.status != RequestStatus.DECODING for state in others):
                candidates = others
            else:
                token_budget = min(token_budget, len(others) + token_budget // _BULK_SHARE)
        return super()._process_candidates(candidates, token_budget, cache_budget, request_ids_to_remove_from_waiting)


def is_bulk_prompt(state: Any) -> bool:
    """Whether the request is bulk work whose prompt is not computed yet."""
    return bool(state.request_id.startswith(BULK) and state.status != RequestStatus.DECODING)


def register() -> str:
    """Make this scheduler known to transformers; returns the name to configure."""
    SCHEDULER_MAPPING[NAME] = BulkLastScheduler
    return NAME
