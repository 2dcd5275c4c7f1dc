"""What a step computes: for a request that somebody waits for before bulk work.

A step computes a token for every request that is under way, and prompts with what is left of its budget. Bulk work has
prompts without end, and a single request beside it would find every step full and many times as long. So bulk work
pays for its time: after a step with some of it, the requests that somebody waits for have steps to themselves until
these have taken _PAY times as long. Where nobody waits, bulk work has every step, and still never fills one with
prompts: who comes next waits for the end of it.

Knows: transformers' scheduler, and a clock. Knows requests by their ids only.
"""

from time import perf_counter
from typing import Any

from transformers.generation.continuous_batching.requests import RequestStatus
from transformers.generation.continuous_batching.scheduler import SCHEDULER_MAPPING, FIFOScheduler

NAME = "bulk_last"
BULK = "bulk-"  # what the ids of bulk requests begin with
_PAY = 4.0  # a single request takes a quarter longer beside bulk work than alone
_PROMPT_SHARE = 4  # bulk prompts get this part of a step's tokens, and
_PROMPT_SHARE_BESIDE = 16  # this where somebody waits for the step's other tokens


class BulkLastScheduler(FIFOScheduler):
    """First come, first served, but bulk work only as it has paid for, and its prompts a few tokens at a time."""

    _debt = 0.0  # seconds that the others have to themselves before bulk work's next step
    _began: float | None = None  # when the last step did, None where there was none just before
    _had_bulk = False  # in that step

    def has_pending_requests(self) -> bool:
        """Whether there is work: asked before every step, and again and again while there is none."""
        pending: bool = super().has_pending_requests()
        if not pending:
            self._began = None
        return pending

    def _process_candidates(
        self, candidates: list[Any], token_budget: int, cache_budget: int, request_ids_to_remove_from_waiting: set[str]
    ) -> Any:
        self._settle(perf_counter())
        others = [state for state in candidates if not is_bulk(state)]
        if others and self._debt > 0:
            candidates = others
        elif any(is_prompt(state) for state in others):
            candidates = [state for state in candidates if not (is_bulk(state) and is_prompt(state))]
        else:
            decoding = sum(not is_prompt(state) for state in candidates)
            share = _PROMPT_SHARE_BESIDE if others else _PROMPT_SHARE
            token_budget = min(token_budget, decoding + token_budget // share)
        scheduled = super()._process_candidates(
            candidates, token_budget, cache_budget, request_ids_to_remove_from_waiting
        )
        self._had_bulk = any(is_bulk(future.state) for future in scheduled[0])
        return scheduled

    def _infer_request_tokens(self, state: Any, request_ids_to_remove_from_waiting: set[str]) -> list[int]:
        """Note what of a prompt the cache has."""
        is_new = state.status == RequestStatus.PENDING
        tokens: list[int] = super()._infer_request_tokens(state, request_ids_to_remove_from_waiting)
        if is_new and (arguments := state.logit_processor_kwargs.get("arguments")) is not None:
            arguments.cached = state.position_offset
        return tokens

    def finish_request(self, request_id: str) -> None:
        """Keep the pages of a prompt whose only token is made: the library keeps those of requests that go on."""
        state = self.active_requests.get(request_id)
        if state is not None and len(state.generated_tokens) == 1:
            for allocator in self.cache.cache_allocators.values():
                if self.cache.use_prefix_sharing and request_id in allocator.block_table:
                    complete = len(state.initial_tokens) // allocator.tokens_per_page
                    allocator.mark_complete_blocks(request_id, state.initial_tokens, complete)
        super().finish_request(request_id)

    def _settle(self, now: float) -> None:
        """Book the step that ends now, which is when the next begins."""
        if self._began is not None:
            seconds = now - self._began
            self._debt = _PAY * seconds if self._had_bulk else max(self._debt - seconds, 0.0)
        self._began = now


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
