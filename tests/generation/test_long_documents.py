from dataclasses import replace
from typing import Any

import pytest

from contract.request import SummaryRequest
from contract.results import Passage
from errors import UserError
from generation.labels import label
from generation.long_documents import Note, Plan, Planner, joined, plan
from generation.plan_table import table
from generation.prompts import Prompt, PromptTemplate
from splitting.pieces import Piece
from styles import catalog
from weights import load, registry

STYLE = catalog.get("general")
CONTEXT = 2_048
TEXT = "\n\n".join(f"## Item {n}\n\nThe council heard report {n} on the bridge, and filed it. " * 3 for n in range(200))


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load.load_tokenizer(load.find(registry.resolve(registry.FALLBACK)))


def template(tokenizer: Any, **inputs: Any) -> PromptTemplate:
    return PromptTemplate(lambda: tokenizer, "rewrite", STYLE, SummaryRequest(text="x", **inputs))


def piece(number: int, **fields: Any) -> Piece:
    given: dict[str, Any] = {
        "start": 0,
        "end": 9,
        "overlap": 0,
        "tokens": 5,
        "headings": (),
        "first_page": 1,
        "last_page": 1,
    }
    return Piece(number, **given | fields)


def test_a_plan_has_every_piece_in_a_prompt_that_fits(tokenizer: Any) -> None:
    planner = Planner(template(tokenizer), CONTEXT)
    parted = planner.plan(TEXT)
    sizes = [len(planner.piece_prompt(TEXT, piece).tokens) for piece in parted.pieces]
    assert len(sizes) > 10
    assert max(sizes) + planner.notes_tokens <= CONTEXT
    assert sum(sizes) <= parted.rounds[0][1]
    assert parted.rounds[0][0] == len(sizes)
    assert parted.rounds[-1][0] == 1


def test_a_plan_says_what_it_takes(tokenizer: Any) -> None:
    printed = table(Planner(template(tokenizer), CONTEXT).plan(TEXT))
    assert "from: Item 0" in printed
    assert "notes on each part" in printed
    assert "the summary" in printed.splitlines()[-2]


def test_a_document_of_one_piece_still_takes_a_round_for_its_summary(tokenizer: Any) -> None:
    parted = Planner(template(tokenizer), CONTEXT).plan("A bridge is built.")
    assert [prompts for prompts, _ in parted.rounds] == [1, 1]


def test_more_input_than_was_allowed_is_refused_with_both_numbers(tokenizer: Any) -> None:
    with pytest.raises(UserError, match=r"E1002 .* takes up to [\d,]+ input tokens .*; max_input_tokens is 5,000"):
        Planner(template(tokenizer, max_input_tokens=5_000), CONTEXT).plan(TEXT)
    with pytest.raises(UserError, match=r"E1002 .* prompt of \d+ tokens; max_input_tokens is 10$"):
        plan(template(tokenizer, max_input_tokens=10), "A short text.", CONTEXT)


def test_a_context_without_room_for_two_notes_is_refused(tokenizer: Any) -> None:
    with pytest.raises(UserError, match=r"E1002 .*; the model's context holds 300$"):
        Planner(template(tokenizer), 300)


def test_strategy_decides_what_becomes_of_a_document(tokenizer: Any) -> None:
    short = "A bridge is built."
    assert isinstance(plan(template(tokenizer), short, CONTEXT), Prompt)
    assert isinstance(plan(template(tokenizer), TEXT, CONTEXT), Plan)
    assert isinstance(plan(template(tokenizer, strategy="map_reduce"), short, CONTEXT), Plan)
    with pytest.raises(UserError, match=r"E1002 .* prompt of [\d,]+ tokens, .* the model's context holds 2,048"):
        plan(template(tokenizer, strategy="single"), TEXT[:20_000], CONTEXT)
    with pytest.raises(UserError, match=r"E1002 .* prompt of about [\d,]+ tokens"):
        plan(template(tokenizer, strategy="single"), TEXT, CONTEXT)


def test_as_many_passages_as_fit_stand_beside_a_text_or_none(tokenizer: Any) -> None:
    short = "A bridge is built."
    passages = tuple(
        Passage(
            number=n, source="", title="", headings=(), start=0, end=9, score=1.0, text=f"Report {n} is filed. " * 90
        )
        for n in range(1, 6)
    )
    given = replace(template(tokenizer), passages=passages)
    planned = plan(given, short, CONTEXT)
    assert isinstance(planned, Prompt)
    assert planned.template.passages == passages[:3]
    assert len(planned.tokens) <= CONTEXT - given.answer_tokens
    limited = replace(template(tokenizer, max_input_tokens=200), passages=passages)
    assert plan(limited, short, CONTEXT) == plan(replace(limited, passages=()), short, CONTEXT)


def test_the_pieces_share_the_beginning_of_their_prompts(tokenizer: Any) -> None:
    planner = Planner(template(tokenizer), CONTEXT)
    first, second, *_ = planner.plan(TEXT).pieces
    shared = tokenizer.decode(planner.piece_prompt(TEXT, first).tokens).partition("[Part 1")[0]
    assert len(shared) > 100
    assert tokenizer.decode(planner.piece_prompt(TEXT, second).tokens).startswith(shared)


def test_groups_keep_the_order_and_only_the_last_may_be_single(tokenizer: Any) -> None:
    planner = Planner(template(tokenizer), CONTEXT)
    notes = [Note(piece(n), piece(n), "The bridge is built. " * 20) for n in range(1, 42)]
    groups = planner.groups(notes)
    assert [note for group in groups for note in group] == notes
    assert 1 < len(groups) < 30
    assert all(len(group) > 1 for group in groups[:-1])
    assert all(len(planner.notes_prompt(joined(group)).tokens) + planner.notes_tokens <= CONTEXT for group in groups)


def test_a_label_says_parts_pages_and_headings() -> None:
    first = piece(3, first_page=4, last_page=5, headings=("Costs", "Staff"))
    last = piece(5, first_page=6, last_page=6)
    assert label(first, last) == "[Parts 3 to 5, pages 4 to 6, from: Costs > Staff]"
    assert label(piece(1), piece(1)) == "[Part 1]"
