"""What an engine runs with: the device, and what of it the libraries really chose to use.

Knows: names and numbers, which travel from an engine's process to a log, a health check and metrics. Knows nothing of
torch, nor of how any of it is chosen.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EngineSetup:
    """What was chosen, as it is after the warm-up, not as it was asked for."""

    device: str  # "cpu" or "cuda"
    dtype: str  # of the weights and of the cache, such as "bfloat16"; with weights in "int8" the cache is in float32
    attention: str  # as transformers calls it
    graphs: bool  # whether steps are replayed from CUDA graphs
    asynchronous: bool  # whether the next batch is prepared while one is computed
    pages: int  # of the cache, that may be promised to requests
    page_size: int  # tokens
    block_tables: bool = False  # whether a decoding step reads the cache where it lies
    why_slow: str = ""  # on a GPU: what keeps it from all that makes it fast

    @property
    def on_gpu(self) -> bool:
        """Whether it computes on a GPU."""
        return self.device == "cuda"

    @property
    def missing(self) -> list[str]:
        """What makes a GPU fast and is not there; nothing is missed on a CPU."""
        flash = "flash" in self.attention
        return [name for name, is_on in (("flash attention", flash), *self._fast) if self.on_gpu and not is_on]

    @property
    def _fast(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("CUDA graphs", self.graphs),
            ("async batching", self.asynchronous),
            ("block tables", self.block_tables),
        )

    def facts(self) -> dict[str, Any]:
        """What a prediction's metrics say of it."""
        return {
            "device": self.device,
            "dtype": self.dtype,
            "attention": self.attention,
            "fast_paths": [name for name, is_on in self._fast if is_on],
        }

    def __str__(self) -> str:
        """What a person reads of it."""
        fast = [name for name, is_on in self._fast if is_on]
        how = ", ".join([f"{self.dtype} on {self.device}", f"{self.attention} attention", *fast])
        return f"{how}, a cache of {self.pages * self.page_size:,} tokens"
