"""How a document fits the context: one prompt, or prompts for its pieces and rounds that merge the answers.

Hierarchical map-reduce (Wu et al., "Recursively Summarizing Books with Human Feedback", 2021): every piece is
summarized by itself, and the summaries, called notes here, are merged, some at a time, until one prompt holds them.

Knows: a tokenizer, prompts, pieces. Knows nothing of engines: a plan is a value, made without a model.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from errors import UserError
from generation import prompts
from generation.labels import label
from generation.prompts import Prompt, PromptTemplate
from splitting.pieces import OVERLAP, Piece, cut

NOTES_LENGTH = "standard"  # what a piece is shortened to, and several notes
_SHARE = 4  # a prompt takes this part of the context: models read the middle of a full one badly
_LABEL = 80  # tokens that a note's or a piece's label is reckoned at


@dataclass(frozen=True)
class Plan:
    """How a long document is summarized. What is said of merges is the most that can come: notes may be shorter."""

    template: PromptTemplate
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

    def __init__(self, template: PromptTemplate, context: int) -> None:
        """Merges have the template's passages beside them, the notes on a piece have not.

        Raises UserError E1002 if instructions and answer leave no room for two notes in `context` tokens.
        """
        self._final = template
        self._merge = replace(template, request=template.request.model_copy(update={"length": NOTES_LENGTH}))
        self._piece = replace(self._merge, passages=())
        self.notes_tokens = template.style.lengths[NOTES_LENGTH].max_tokens
        self._note = self.notes_tokens + _LABEL
        self._instructions = max(len(self.final_prompt("").tokens), len(self.notes_prompt("").tokens))
        self._bare = len(self._piece.prompt("").tokens)
        answer = max(self.notes_tokens, template.answer_tokens)
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
        plan = Plan(self._final, pieces, ((len(pieces), tokens), *self._merges(len(pieces))))
        limit = self._final.request.max_input_tokens
        if limit and plan.input_tokens > limit:
            raise UserError(
                "E1002",
                f"document takes up to {plan.input_tokens:,} input tokens in {len(pieces):,} parts and "
                f"{len(plan.rounds)} rounds; max_input_tokens is {limit:,}",
            )
        return plan

    def piece_prompt(self, text: str, piece: Piece) -> Prompt:
        """Return the prompt for notes on a piece of `text`, under a line that says which it is."""
        return self._piece.prompt(f"{label(piece, piece)}\n\n{text[piece.start : piece.end]}")

    def notes_prompt(self, text: str) -> Prompt:
        """Return the prompt for notes on notes."""
        return self._merge.prompt(text)

    def final_prompt(self, text: str) -> Prompt:
        """Return the prompt for the summary that was asked for, of notes."""
        return self._final.prompt(text)

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
        tokenizer = self._final.load_tokenizer()
        plain = [prompts.as_document(tokenizer, text) for text in texts]
        return [len(ids) for ids in tokenizer(plain, add_special_tokens=False, verbose=False)["input_ids"]]


def plan(template: PromptTemplate, text: str, context: int) -> Prompt | Plan:
    """Return the one prompt that `text` fits into, else how it is parted.

    Beside a text that fits alone stand as many of the passages, the first, as fit as well. Raises UserError E1002 if
    prompts take more than `max_input_tokens`, or than `context` where `strategy` is "single".
    """
    alone = _single_prompt(replace(template, passages=()), text, context)
    if alone is None:
        return Planner(template, context).plan(text)
    room = context - template.answer_tokens
    room = min(room, template.request.max_input_tokens or room)
    for count in range(len(template.passages), 0, -1):
        prompt = replace(template, passages=template.passages[:count]).prompt(text)
        if len(prompt.tokens) <= room:
            return prompt
    return alone


def _single_prompt(template: PromptTemplate, text: str, context: int) -> Prompt | None:
    """The one prompt that `text` and its answer fit into; None if it takes more, or `strategy` says so."""
    request, answer = template.request, template.answer_tokens
    if request.strategy == "map_reduce":
        return None
    estimate = prompts.estimate_if_too_long(template.load_tokenizer(), text, context)
    prompt = None if estimate else template.prompt(text)
    count = len(prompt.tokens) if prompt else estimate
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
    return prompt


def joined(notes: Sequence[Note]) -> str:
    """Return notes as the document of a prompt, each under a line that says where it belongs."""
    return "".join(f"{label(note.first, note.last)}\n{note.text}\n\n" for note in notes)
