"""A summary's sentences by rules, and by what a model answers when it is asked whether the sources say all of one.

Knows: which sentences are asked about, how, and how an answer becomes a number from 0 to 1. Knows nothing of engines
and prompts: what asks a model, and what runs the rules, is given.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any, NamedTuple, Protocol, TypeVar

from contract.results import Asked, Evidence, Verification, VerifiedSentence
from splitting.words import WORD
from verification.grounding import without_additions

Result = TypeVar("Result")
Rules = Callable[[str, str, Sequence[str]], Awaitable[Verification]]  # `verify`, wherever it runs
Parts = Callable[[Sequence[str], Sequence[str]], Awaitable[list[str]]]  # `support.parts`, wherever it runs

_NOTES = 'Notes beside the document:\n"""\n{notes}\n"""\n\n'
_CLOSEST = "The document says: {closest}\n\n"
_QUESTION = "Sentence: {sentence}\nDoes the document support every detail of the sentence? Answer yes or no."
# What is right in words but not in who did what is what small models overlook.
_EXAMPLES = """Document: "Maria Lopez opened a bakery in Leeds on Monday. Her brother Juan paid for the oven."
Sentence: Maria Lopez opened a bakery in Leeds. Supported: yes
Sentence: Juan opened a bakery on Monday. Supported: no
Document: "Police said two men were hurt when a bus left the road near Hull. The driver was not hurt."
Sentence: The driver and two men were hurt. Supported: no
Sentence: Two men were hurt near Hull. Supported: yes

Now the document above.
"""
_AS_IN_EXAMPLES = "Sentence: {sentence} Supported (yes or no):"
_COPIED = 2.0  # log odds that a sentence gains which is copied as a whole
_SHOWN = 2  # sentences of the document beside one of the summary,
_CHARACTERS = 800  # unless they are longer together
_LEAST = 3  # words of a sentence that says something


def log_odds(answer: float, copied: float) -> float:
    """Return the log odds of a sentence being right, by a model's answer and by how much of it is copied, 0 to 1.

    A small model doubts what it reads word for word almost as often as anything else.
    """
    return answer + _COPIED * copied**2


def questions(sentence: str, closest: str = "", notes: str = "") -> tuple[str, str]:
    """Return what is asked about a sentence: once as it is, and once behind examples and what is `closest` to it.

    `notes` stand beside the document. Either question overlooks what the other one sees: together they tell more.
    """
    beside = _NOTES.format(notes=notes) if notes else ""
    said = _CLOSEST.format(closest=closest) if closest else ""
    return (
        beside + _QUESTION.format(sentence=sentence),
        _EXAMPLES + beside + said + _AS_IN_EXAMPLES.format(sentence=sentence),
    )


def closest(evidence: Sequence[Evidence], document: str) -> str:
    """Return the document's sentences that share most with one of the summary, in their order.

    A small model overlooks less of what stands right before the question than of what it must find in the document.
    """
    best = [one for one in evidence if one.passage == 0][:_SHOWN]
    while sum(one.end - one.start for one in best) > _CHARACTERS:
        best.pop()
    return " […] ".join(document[one.start : one.end] for one in sorted(best, key=lambda one: one.start))


class Asks(Protocol):
    """Who asks a model about the document, and counts what that takes."""

    prompt_count: int
    input_token_count: int
    cached_token_count: int

    @property
    def fits(self) -> bool:
        """Whether the document can be asked about as a whole. Takes as long as a tokenizer does."""

    async def ask(self, question: str, parts: str | None = None) -> float:
        """Return log p(yes) - log p(no), of the document or of `parts` of it."""


async def answer(asks: Asks, asked: Sequence[str], parts: str | None = None) -> float:
    """Return the mean of what a model answers to questions. Raises what asking raises."""
    return fmean(await _together(asks.ask(question, parts) for question in asked))


async def _together(work: Iterable[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Return what all of it gives. The first that fails ends the others, and is what is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


class Scale(Protocol):
    """What a model's answers are worth. Support is 1 / (1 + exp(-slope * odds - intercept)) (Platt, 1999)."""

    @property
    def slope(self) -> float: ...  # noqa: D102
    @property
    def intercept(self) -> float: ...  # noqa: D102
    @property
    def threshold(self) -> float: ...  # noqa: D102


class Model(NamedTuple):
    """A model to ask."""

    asks: Asks
    scale: Scale
    parts: Parts


class Check:
    """One summary's check against its document. A sentence is asked about once, however often it comes."""

    def __init__(self, document: str, rules: Rules, model: Model | None) -> None:
        """Without a `model` rules check alone."""
        self._document = document
        self._rules = rules
        self._model = model
        self._odds: dict[str, float] = {}
        self._seconds = 0.0

    async def verify(self, text: str, passages: Sequence[str], left_out: int = 0) -> Verification:
        """Check the summary, or a stretch of it, against document and cited passages.

        Raises Fault E5001 to E5003 of the engine, and E5007.
        """
        found = await self._rules(text, self._document, passages)
        written = [without_additions(text[one.start : one.end]) for one in found.sentences]
        if self._model is not None:
            began = time.perf_counter()
            both = zip(written, found.sentences, strict=True)
            said = {sentence: closest(one.evidence, self._document) for sentence, one in both}
            asked = {one: said[one] for one in said if len(WORD.findall(one)) >= _LEAST and one not in self._odds}
            await self._ask(self._model, asked, passages)
            self._seconds += time.perf_counter() - began
        update = {
            "sentences": tuple(map(self._judged, found.sentences, written, [found] * len(written))),
            "checked_by": "rules" if self._model is None else "rules and model",
            "asked": None if self._model is None else self._asked(self._model.asks),
            "left_out": left_out,
        }
        return found.model_copy(update=update)

    async def is_unsupported(self, sentence: str, passages: Sequence[str]) -> bool:
        """Whether a sentence is to be doubted."""
        return any(one.unsupported for one in (await self.verify(sentence, passages)).sentences)

    async def _ask(self, model: Model, sentences: Mapping[str, str], passages: Sequence[str]) -> None:
        """Ask about sentences, each of which has what is closest to it."""
        is_whole = await asyncio.to_thread(lambda: model.asks.fits)
        texts = passages if is_whole else [self._document, *passages]
        parts = await model.parts([*sentences], texts) if texts else [""] * len(sentences)

        async def ask(sentence: str, part: str) -> None:
            asked = questions(sentence, sentences[sentence], part if is_whole else "")
            self._odds[sentence] = await answer(model.asks, asked, None if is_whole else part)

        await _together(map(ask, sentences, parts))

    def _judged(self, sentence: VerifiedSentence, written: str, found: Verification) -> VerifiedSentence:
        """A sentence with its support, and whether it is to be doubted."""
        is_alarming = any(sentence.start <= place.start < sentence.end for place in found.unsupported)
        if self._model is None or written not in self._odds:
            return sentence.model_copy(update={"unsupported": is_alarming})
        scale = self._model.scale
        odds = log_odds(self._odds[written], sentence.copied)
        support = 1 / (1 + math.exp(-scale.slope * odds - scale.intercept))
        is_unsupported = is_alarming or support < scale.threshold
        return sentence.model_copy(update={"support": round(support, 3), "unsupported": is_unsupported})

    def _asked(self, asks: Asks) -> Asked:
        return Asked(
            prompts=asks.prompt_count,
            input_token_count=asks.input_token_count,
            cached_token_count=asks.cached_token_count,
            seconds=round(self._seconds, 3),
        )
