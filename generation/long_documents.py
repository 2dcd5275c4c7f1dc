"""A document that is longer than the context: the prompts of its pieces, and the rounds that merge the answers.

Hierarchical map-reduce (Wu et al., "Recursively Summarizing Books with Human Feedback", 2021): every piece is
summarized by itself, and the summaries, called notes here, are merged, some at a time, until one prompt holds them.

Knows: a tokenizer, prompts, pieces. Knows nothing of engines: a plan is a value, made without a model, and what
generates is given.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract.request import SummaryRequest
from contract.results import Passage
from errors import UserError
from generation import prompts
from generation.generation import Generation
from generation.guarded import Generate, Guarded, guarded
from generation.labels import label
from generation.wording import Profile
from splitting.pieces import OVERLAP, Piece, cut
from styles.catalog import Style

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

NOTES_LENGTH = "standard"  # what a piece is shortened to, and several notes
_SHARE = 4  # a prompt takes this part of the context: models read the middle of a full one badly
_LABEL = 80  # tokens that a note's or a piece's label is reckoned at


@dataclass(frozen=True)
class Plan:
    """How a long document is summarized. What is said of merges is the most that can come: notes may be shorter."""

    pieces: tuple[Piece, ...]
    rounds: tuple[tuple[int, int], ...]  # of each, the pieces' first: prompts, and tokens in all of them

    @property
    def input_tokens(self) -> int:
        """Tokens in all prompts of all rounds."""
        return sum(tokens for _, tokens in self.rounds)


@dataclass(frozen=True)
class Note:
    """What was said of one piece, or of several that follow one another."""

    first: Piece
    last: Piece
    text: str


class Planner:
    """What one request's prompts are and what fits into them."""

    def __init__(
        self,
        tokenizer: "PreTrainedTokenizerBase",
        profile: Profile,
        style: Style,
        request: SummaryRequest,
        context: int,
        passages: Sequence[Passage] = (),
    ) -> None:
        """Merges have the `passages` beside them, the notes on a piece have not.

        Raises UserError E1002 if instructions and answer leave no room for two notes in `context` tokens.
        """
        self._passages = passages
        self._tokenizer = tokenizer
        self._profile = profile
        self._style = style
        self._request = request
        self._notes_request = request.model_copy(update={"length": NOTES_LENGTH})
        self.notes_tokens = style.lengths[NOTES_LENGTH].max_tokens
        self._note = self.notes_tokens + _LABEL
        self._instructions = max(len(self.final_prompt("")), len(self.notes_prompt("")))
        self._bare = len(prompts.render(tokenizer, profile, style, self._notes_request, ""))
        answer = max(self.notes_tokens, prompts.answer_tokens(style, request))
        available = context - answer - self._instructions
        needed = max(2 * self._note, 2 * OVERLAP + _LABEL + 1)  # or no round would be smaller than the one before it
        if available < needed:
            raise UserError(
                "E1002",
                f"instructions of {self._instructions:,} tokens and an answer of {answer:,} leave {available:,} for "
                f"a part of a long document, which needs {needed:,}; the model's context holds {context:,}",
            )
        self._room = min(available, max(context // _SHARE - self._bare, needed))

    def plan(self, text: str) -> Plan:
        """Return how `text` is summarized. Raises UserError E1002 if that may take more than `max_input_tokens`."""
        pieces = tuple(cut(text, self._count, self._room - _LABEL))
        tokens = sum(piece.tokens + _LABEL + self._bare for piece in pieces)
        plan = Plan(pieces, ((len(pieces), tokens), *self._merges(len(pieces))))
        limit = self._request.max_input_tokens
        if limit and plan.input_tokens > limit:
            raise UserError(
                "E1002",
                f"document takes up to {plan.input_tokens:,} input tokens in {len(pieces):,} parts and "
                f"{len(plan.rounds)} rounds; max_input_tokens is {limit:,}",
            )
        return plan

    def piece_prompt(self, text: str, piece: Piece) -> list[int]:
        """Return the prompt for notes on a piece of `text`."""
        labelled = _labelled(text, piece)
        return prompts.render(self._tokenizer, self._profile, self._style, self._notes_request, labelled)

    def notes_prompt(self, text: str) -> list[int]:
        """Return the prompt for notes on notes."""
        return prompts.render(self._tokenizer, self._profile, self._style, self._notes_request, text, self._passages)

    def final_prompt(self, text: str) -> list[int]:
        """Return the prompt for the summary that was asked for."""
        return prompts.render(self._tokenizer, self._profile, self._style, self._request, text, self._passages)

    def piece_notes(self, generate: Generate, text: str, piece: Piece) -> Generation | Guarded:
        """Return the notes on a piece of `text`, ready to be generated; they follow no order that it gives."""
        given = (self._tokenizer, self._profile, self._style, self._notes_request, _labelled(text, piece))
        return guarded(generate, self.piece_prompt(text, piece), *given)

    def summary(self, generate: Generate, text: str) -> Generation | Guarded:
        """Return the summary that was asked for, of notes, ready to be generated. A note may repeat an order."""
        given = (self._tokenizer, self._profile, self._style, self._request, text, self._passages)
        return guarded(generate, self.final_prompt(text), *given)

    def groups(self, notes: Sequence[Note]) -> list[list[Note]]:
        """Part the notes, in their order, into groups that each fit a prompt; all but the last have two at least."""
        groups: list[list[Note]] = [[]]
        taken = 0
        for note, tokens in zip(notes, self._count([joined([note]) for note in notes]), strict=True):
            if taken + tokens > self._room and len(groups[-1]) > 1:  # or a round may be no smaller than the last
                groups.append([])
                taken = 0
            groups[-1].append(note)
            taken += tokens
        return groups

    def _merges(self, notes: int) -> Iterator[tuple[int, int]]:
        """Yield the rounds that so many notes take, all of them at their longest."""
        while True:
            prompt_count = math.ceil(notes / (self._room // self._note))
            yield prompt_count, notes * self._note + prompt_count * self._instructions
            if prompt_count == 1:  # the summary, also of a single note
                return
            notes = prompt_count

    def _count(self, texts: Sequence[str]) -> list[int]:
        plain = [prompts.as_document(self._tokenizer, text) for text in texts]
        return [len(ids) for ids in self._tokenizer(plain, add_special_tokens=False, verbose=False)["input_ids"]]


def single_prompt(
    tokenizer: "PreTrainedTokenizerBase",
    profile: Profile,
    style: Style,
    request: SummaryRequest,
    text: str,
    context: int,
) -> list[int] | None:
    """Return the one prompt that `text` and its answer fit into; None if it takes more, or `strategy` says so.

    Raises UserError E1002 if it takes more and `strategy` is "single", or if it is over `max_input_tokens`.
    """
    if request.strategy == "map_reduce":
        return None
    answer = prompts.answer_tokens(style, request)
    estimate = prompts.estimate_if_too_long(tokenizer, text, context)
    tokens = [] if estimate else prompts.render(tokenizer, profile, style, request, text)
    count = estimate or len(tokens)
    if count + answer > context:
        if request.strategy == "auto":
            return None
        raise UserError(
            "E1002",
            f"document makes a prompt of {'about ' if estimate else ''}{count:,} tokens, and the answer may take "
            f"{answer:,}; the model's context holds {context:,}",
        )
    if request.max_input_tokens and count > request.max_input_tokens:
        raise UserError(
            "E1002", f"document makes a prompt of {count:,} tokens; max_input_tokens is {request.max_input_tokens:,}"
        )
    return tokens


def prompt_with_passages(
    tokenizer: "PreTrainedTokenizerBase",
    profile: Profile,
    style: Style,
    request: SummaryRequest,
    text: str,
    context: int,
    passages: tuple[Passage, ...],
) -> tuple[list[int], tuple[Passage, ...]]:
    """Return the one prompt of a `text` that fits alone, and as many of the passages, the first, as fit beside it."""
    room = context - prompts.answer_tokens(style, request)
    room = min(room, request.max_input_tokens or room)
    while True:
        tokens = prompts.render(tokenizer, profile, style, request, text, passages)
        if len(tokens) <= room or not passages:
            return tokens, passages
        passages = passages[:-1]


def _labelled(text: str, piece: Piece) -> str:
    """A piece as the document of a prompt, under a line that says which it is."""
    return f"{label(piece, piece)}\n\n{text[piece.start : piece.end]}"


def joined(notes: Sequence[Note]) -> str:
    """Return notes as the document of a prompt, each under a line that says where it belongs."""
    return "".join(f"{label(note.first, note.last)}\n{note.text}\n\n" for note in notes)
