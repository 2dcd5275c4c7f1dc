"""vLLM chooses tokens as the other engine does: by one seed the same ones, and no verbatim loops.

Knows: vLLM's interface for logits processors. vLLM imports this module in the process that computes. Knows nothing of
how a token is chosen, which is `sampling.py`'s.
"""

from typing import Any

import torch
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor
from vllm.v1.sample.logits_processor.builtin import process_dict_updates

from generation.generation import Question, Sampling
from generation.sampling import RequestArguments, edit, needs

ARGUMENTS = "precis"  # under which a request's sampling travels

_Row = tuple[RequestArguments, list[int]]  # what a request asks for, and its tokens so far, which vLLM appends to


class Choice(LogitsProcessor):
    """Edits the scores so that vLLM's argmax lands on the chosen token."""

    def __init__(self, vllm_config: Any, device: torch.device, is_pin_memory: bool) -> None:
        self._device = device
        self._rows: dict[int, _Row] = {}

    def is_argmax_invariant(self) -> bool:
        """To move the argmax is all it does."""
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """Follow the batch: who came, left or moved to another row."""
        process_dict_updates(self._rows, batch_update, _row)

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Edit logits [requests, vocabulary]; of one whose prompt is not read to its end, the token is thrown away."""
        rows = [self._rows[number] for number in range(logits.shape[0])]
        columns = [arguments.column_at(len(generated), generated) for arguments, generated in rows]
        arguments = torch.tensor(columns, dtype=torch.int32).T
        last = torch.tensor([generated[-1] if generated else -1 for _, generated in rows], dtype=torch.int32)
        return edit(logits, last.to(self._device), arguments.to(self._device), **needs(arguments))


def _row(params: Any, _: list[int] | None, generated: list[int]) -> _Row:
    asked = dict(params.extra_args[ARGUMENTS])
    question = asked.pop("question")
    return RequestArguments(0, Sampling(**asked, question=question and Question(**question))), generated
