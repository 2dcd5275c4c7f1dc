"""What the engine's attention computes is compared with sdpa's, and an error in it is seen."""

from typing import Any

import pytest

from benchmarks.attention import SDPA, answer, first_difference
from generation import attention
from tests.generation.conftest import model_and_tokenizer as model_and_tokenizer  # a fixture

LIMIT, CONTEXT = 6, 512


def prompts(tokenizer: Any) -> list[list[int]]:
    texts = ("The ferry left the harbour late because of the", "One, two, three, four, five,")
    return [tokenizer(text)["input_ids"] * times for text, times in zip(texts, (1, 9), strict=True)]


def test_both_kinds_give_the_same_tokens(model_and_tokenizer: tuple[Any, Any]) -> None:
    model, tokenizer = model_and_tokenizer
    chosen, sdpa = (answer(model, CONTEXT, prompts(tokenizer), LIMIT, kind) for kind in (None, SDPA))
    assert (chosen.setup.attention, sdpa.setup.attention) == (attention.NAME, SDPA)
    assert chosen.tokens == sdpa.tokens
    assert all(len(tokens) == LIMIT for tokens in chosen.tokens)
    assert chosen.weights > 50_000_000
    assert chosen.peak > chosen.weights


def test_an_attention_that_is_wrong_gives_others(
    model_and_tokenizer: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = model_and_tokenizer
    right = attention._causal
    monkeypatch.setattr(attention, "_causal", lambda q, k, v, scaling, out: right(q, k, v, 2 * scaling, out))
    chosen, sdpa = (answer(model, CONTEXT, prompts(tokenizer), LIMIT, kind) for kind in (None, SDPA))
    assert chosen.tokens != sdpa.tokens


def test_the_first_token_that_differs_is_counted_from_one() -> None:
    assert first_difference([1, 2], [1, 2]) is None
    assert first_difference([1, 2], [3, 2]) == 1
    assert first_difference([1, 2, 3], [1, 2]) == 3
