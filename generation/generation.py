"""One request to the engine: what it asks for, and what became of it.

Knows: tokens in, text or the answer to a question out, counts and moments. Knows nothing of models, and needs no torch,
so that the process that answers requests and the one that computes can exchange it.
"""

import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Protocol

from contract.results import FinishReason, Round, Usage
from errors import UserError


@dataclass(frozen=True)
class Question:
    """What is asked in place of a text: by how much an answer of one of the tokens `yes` is likelier than one of `no`.

    The first `shared` tokens of its prompt begin other questions' prompts as well, and are computed once for all.
    """

    yes: tuple[int, ...]
    no: tuple[int, ...]
    shared: int


@dataclass(frozen=True)
class Sampling:
    """How one request is generated. Without a seed one is drawn."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 50
    seed: int = field(default_factory=lambda: secrets.randbelow(2**31))
    stop_sequences: tuple[str, ...] = ()
    openings: tuple[tuple[int, int], ...] = ()  # pairs of tokens that the text may not begin with
    question: Question | None = None  # then there is no text


def require_room(tokens: list[int], sampling: Sampling, context_length: int) -> None:
    """Raise UserError E1002 unless prompt and answer fit the context."""
    if len(tokens) + sampling.max_new_tokens > context_length:
        raise UserError(
            "E1002",
            f"document makes a prompt of {len(tokens):,} tokens, and the answer may take "
            f"{sampling.max_new_tokens:,}; the model's context holds {context_length:,}",
        )


class Generator(Protocol):
    """What generates: an engine, or several."""

    context_length: int

    def stream(self, tokens: list[int], sampling: Sampling, *, bulk: bool = False) -> "Generation":
        """A request for text from the prompt `tokens`, under way as soon as its `text()` is iterated."""

    def run(self, generation: "Generation") -> AsyncGenerator[str, None]:
        """Yield its text as it is generated, and fill in its fields."""


class Generation:
    """One request: iterate `text()`; the fields are final when that is over."""

    def __init__(self, generator: Generator, tokens: list[int], sampling: Sampling, *, bulk: bool) -> None:
        self._generator = generator
        self.tokens = tokens
        self.sampling = sampling
        self.bulk = bulk
        self.usage = Usage(input_token_count=len(tokens), output_token_count=0)
        self.cached_token_count = 0  # of the prompt's, which the engine had computed for another
        self.log_odds: float | None = None  # of a question: log p(yes) - log p(no)
        self.finish_reason: FinishReason = "stop"
        # Moments on time.perf_counter's clock.
        self.arrived = self.started = self.first_token = self.finished = time.perf_counter()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The one round that this is."""
        return (Round(prompts=1, **self.usage.model_dump()),)

    def text(self) -> AsyncGenerator[str, None]:
        """Run the request and yield its text as it is generated. Close it early to cancel."""
        return self._generator.run(self)
