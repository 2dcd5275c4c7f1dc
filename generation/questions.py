"""Questions about a document that are answered with yes or no: how sure the model is, without a word of its own.

A document that fits the context is computed once, and every question costs its own tokens: they share the beginning of
their prompts, which the engine's prefix cache keeps. Of a longer one, a question brings the parts that it is about.

Knows: an engine, a tokenizer, prompts. Knows nothing of what is asked, or what for.
"""

import asyncio
from contextlib import aclosing
from itertools import takewhile
from typing import TYPE_CHECKING

from generation import prompts
from generation.generation import Generation, Generator, Question, Sampling

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


ROOM = 1_024  # tokens that are left to a question, and to the parts that it brings


class Questions:
    """Questions about `document`, and what they took."""

    def __init__(self, engine: Generator, tokenizer: "PreTrainedTokenizerBase", document: str, *, bulk: bool) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._document = document
        self._bulk = bulk
        self._reading = asyncio.Lock()
        self._is_read = False
        self._yes, self._no = (prompts.spellings(tokenizer, word) for word in ("yes", "no"))
        self.prompt_count = self.input_token_count = self.cached_token_count = 0

    def fit(self) -> bool:
        """Whether the context holds the document and a question. Blocks as long as the tokenizer does."""
        room = self._engine.context_length - ROOM
        if prompts.estimate_if_too_long(self._tokenizer, self._document, room):
            return False
        return len(prompts.question(self._tokenizer, self._document, "")) <= room

    async def ask(self, question: str, parts: str | None = None) -> float:
        """Return log p(yes) - log p(no) of a question about the document, or about `parts` of it in its place.

        Raises UserError E1002, and Fault E5001 to E5003.
        """
        if parts is not None:
            return await self._ask(question, parts)
        async with self._reading:  # the first goes ahead: what it has computed, the others find
            if not self._is_read:
                odds = await self._ask(question, self._document)
                self._is_read = True
                return odds
        return await self._ask(question, self._document)

    async def _ask(self, question: str, text: str) -> float:
        tokens, shared = await asyncio.to_thread(self._prompt, question, text)
        sampling = Sampling(max_new_tokens=1, question=Question(self._yes, self._no, shared))
        generation = self._engine.stream(tokens, sampling, bulk=self._bulk)
        async with aclosing(generation.text()) as answer:
            async for _ in answer:
                pass
        self._count(generation)
        assert generation.log_odds is not None
        return generation.log_odds

    def _prompt(self, question: str, text: str) -> tuple[list[int], int]:
        """The prompt's tokens, and how many of them are those of every question about the text."""
        tokens, other = (prompts.question(self._tokenizer, text, asked) for asked in (question, ""))
        shared = takewhile(lambda both: both[0] == both[1], zip(tokens, other, strict=False))
        return tokens, sum(1 for _ in shared)

    def _count(self, generation: Generation) -> None:
        self.prompt_count += 1
        self.input_token_count += generation.usage.input_token_count
        self.cached_token_count += generation.cached_token_count
