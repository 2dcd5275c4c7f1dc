"""What a step computes: for a request that somebody waits for before bulk work.

A step computes a token for every request that is under way, and prompts with what is left of its budget. Bulk work has
prompts without end, and a request that comes alone would find every step full. So bulk prompts wait while there are
others and never fill a step; and of two steps with a prompt that somebody waits for, one leaves out bulk work whole.

Knows: transformers' scheduler. Knows requests by their ids only.
"""

from typing import Any

from transformers.generation.continuous_batching.requests import RequestStatus
from transformers.generation.continuous_batching.scheduler import SCHEDULER_MAPPING, FIFOScheduler

NAME = "bulk_last"
BULK = "bulk-"  # what the ids of bulk requests begin with
_BULK_SHARE = 4  # bulk prompts get this part of a step's tokens


class BulkLastScheduler(FIFOScheduler):
    """First come, first served, but bulk work last and its prompts a few tokens at a time."""

    _left_out_bulk = False  # in the step before

    def _process_candidates(
        self, candidates: list[Any], token_budget: int, cache_budget: int, request_ids_to_remove_from_waiting: set[str]
    ) -> Any:
        if any(not is_bulk(state) and is_prompt(state) for state in candidates):
            # The next step takes bulk work along, or a stream of single requests would bring it to a halt.
            self._left_out_bulk = not self._left_out_bulk
            candidates = [s for s in candidates if not is_bulk(s) or not (self._left_out_bulk or is_prompt(s))]
        else:
            self._left_out_bulk = False
            decoding = sum(not is_prompt(state) for state in candidates)
            token_budget = min(token_budget, decoding + token_budget // _BULK_SHARE)
        return super()._process_candidates(candidates, token_budget, cache_budget, request_ids_to_remove_from_waiting)


def is_bulk(state: Any) -> bool:
    """Whether a request is bulk work."""
    return bool(state.request_id.startswith(BULK))


def is_prompt(state: Any) -> bool:
    """Whether a request's prompt is not computed yet."""
    return bool(state.status != RequestStatus.DECODING)


def register() -> str:
    """Make this scheduler known to transformers; returns the name to configure."""
    SCHEDULER_MAPPING[NAME] = BulkLastScheduler
    return NAME
