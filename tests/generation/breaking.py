"""A logits processor of vLLM's that fails at one seed. vLLM imports it by name, so it stands in a module of its own."""

import torch

from generation.vllm_choice import Choice


class Breaking(Choice):
    """Ours, but it does not survive a request with seed 4711."""

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        for arguments, _ in self._rows.values():
            if arguments.sampling.seed == 4711:
                raise RuntimeError(f"token {arguments.sampling.seed} is out of range")
        return super().apply(logits)
