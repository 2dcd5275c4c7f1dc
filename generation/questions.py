"""Questions about a document that are answered with yes or no: how sure the model is, without a word of its own.

A document that fits the context is computed once, and every question costs its own tokens: they share the beginning of
their prompts, which the engine's prefix cache keeps. Of a longer one, a question brings the parts that it is about.

Knows: an engine, a tokenizer, prompts. Knows nothing of what is asked, or what for.
"""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from generation import prompts
from generation.generation import Generation, Generator, Question, Sampling

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

ROOM = 2_560  # tokens that are left to a question, and to what it brings: some 3,500 characters of any script


@dataclass
class _Text:
    """What questions are about: the document, or parts of it."""

    text: str
    bare: list[int]  # tokens of a prompt without a question
    is_computed: bool = False
    computing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Questions:
    """Questions about `document`, and what they took."""

    def __init__(self, engine: Generator, tokenizer: "PreTrainedTokenizerBase", document: str, *, bulk: bool) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._document = document
        self._bulk = bulk
        self._texts: dict[str, _Text] = {}
        self._yes, self._no = (prompts.spellings(tokenizer, word) for word in ("yes", "no"))
        self.prompt_count = self.input_token_count = self.cached_token_count = 0

    @cached_property
    def fits(self) -> bool:
        """Whether the context holds the document and a question. Blocks as long as the tokenizer does."""
        context = self._engine.context_length
        room = context - min(ROOM, context // 2)
        if prompts.estimate_if_too_long(self._tokenizer, self._document, room):
            return False
        return len(self._text(self._document).bare) <= room

    async def ask(self, question: str, parts: str | None = None) -> float:
        """Return log p(yes) - log p(no) of a question about the document, or about `parts` of it in its place.

        Raises UserError E1002, and Fault E5001 to E5003.
        """
        text = await asyncio.to_thread(self._text, self._document if parts is None else parts)
        async with text.computing:  # the first goes ahead: what it has computed, the others find
            if not text.is_computed:
                odds = await self._ask(question, text)
                text.is_computed = True
                return odds
        return await self._ask(question, text)

    async def _ask(self, question: str, text: _Text) -> float:
        tokens = await asyncio.to_thread(prompts.question, self._tokenizer, text.text, question)
        shared = takewhile(lambda both: both[0] == both[1], zip(tokens, text.bare, strict=False))
        asked = Question(self._yes, self._no, shared=sum(1 for _ in shared))
        generation = self._engine.stream(tokens, Sampling(max_new_tokens=1, question=asked), bulk=self._bulk)
        async with aclosing(generation.text()) as answer:
            async for _ in answer:
                pass
        self._count(generation)
        assert generation.log_odds is not None
        return generation.log_odds

    def _text(self, text: str) -> _Text:
        if text not in self._texts:
            bare = prompts.question(self._tokenizer, text, "")
            self._texts.setdefault(text, _Text(text, bare))  # another thread may have been faster
        return self._texts[text]

    def _count(self, generation: Generation) -> None:
        self.prompt_count += 1
        self.input_token_count += generation.usage.input_token_count
        self.cached_token_count += generation.cached_token_count
