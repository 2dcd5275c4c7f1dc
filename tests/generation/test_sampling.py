from types import SimpleNamespace
from typing import Any

import pytest
import torch

from generation.generation import Question, Sampling
from generation.sampling import MOST_ODDS, REPEAT_LENGTH, RepeatGuard, RequestArguments, SamplingProcessor, read_odds

VOCABULARY = 500
SCORES = torch.randn(32, VOCABULARY, generator=torch.Generator().manual_seed(0))


def request(sampling: Sampling, generated: list[int] | None = None, prompt_length: int = 3) -> Any:
    """A request as the engine's scheduler describes it, after `generated` tokens."""
    generated = generated or []
    state = SimpleNamespace(
        logit_processor_kwargs={"arguments": RequestArguments(prompt_length, sampling)},
        position_offset=prompt_length + len(generated),
        initial_tokens=[0] * prompt_length,
        generated_tokens=generated,
    )
    return SimpleNamespace(state=state, has_new_token=True)


def next_tokens(scores: torch.Tensor, requests: list[Any], static: bool = False) -> list[int]:
    """What the engine's argmax lands on, for scores [requests, vocabulary]."""
    processor = SamplingProcessor(static)
    arguments = torch.empty(processor.tensors_required, 64, dtype=torch.int32)
    processor.fill_defaults(arguments[:, :1])
    processor.prepare_tensor_args(requests, arguments)
    last = torch.tensor([(r.state.generated_tokens or [0])[-1] for r in requests], dtype=torch.int32)
    tokens: list[int] = processor(last, scores, arguments).argmax(-1).tolist()
    return tokens


def distribution(sampling: dict[str, Any], scores: torch.Tensor, draws: int = 400) -> set[int]:
    seeds = range(draws)
    return {next_tokens(scores, [request(Sampling(8, seed=seed, **sampling))])[0] for seed in seeds}


def test_an_opening_is_forbidden_as_the_first_two_tokens_and_nowhere_else() -> None:
    best = int(SCORES[0].argmax())
    sampling = Sampling(8, openings=((7, best), (9, 4)))
    after = {tuple(before): next_tokens(SCORES[:1], [request(sampling, before)])[0] for before in ([7], [9], [3, 7])}
    assert after[(7,)] == int(SCORES[0].topk(2).indices[1])
    assert after[(9,)] == after[(3, 7)] == best


def test_temperature_zero_takes_the_likeliest_token() -> None:
    assert next_tokens(SCORES[:4], [request(Sampling(8))] * 4) == SCORES[:4].argmax(-1).tolist()


@pytest.mark.parametrize("static", [False, True])
def test_a_seeded_request_draws_the_same_token_alone_and_among_others(static: bool) -> None:
    requests = [request(Sampling(8, temperature=1.0, seed=seed)) for seed in range(32)]
    together = next_tokens(SCORES, requests, static)
    alone = [next_tokens(SCORES[i : i + 1], requests[i : i + 1], static)[0] for i in range(32)]
    assert together == alone
    assert together != SCORES.argmax(-1).tolist()


def test_samples_follow_the_softmax() -> None:
    probabilities = torch.tensor([0.6, 0.3, 0.1])
    scores = probabilities.log().repeat(3000, 1)
    requests = [request(Sampling(8, temperature=1.0, seed=seed)) for seed in range(3000)]
    columns = torch.bincount(torch.tensor(next_tokens_wide(scores, requests)), minlength=3) / 3000
    assert torch.allclose(columns, probabilities, atol=0.03)


def next_tokens_wide(scores: torch.Tensor, requests: list[Any]) -> list[int]:
    return [token for i in range(0, 3000, 60) for token in next_tokens(scores[i : i + 60], requests[i : i + 60])]


def test_each_step_of_a_request_draws_anew() -> None:
    scores = torch.zeros(1, VOCABULARY)
    sampling = Sampling(99, temperature=1.0, seed=1, top_k=200)
    drawn = {next_tokens(scores, [request(sampling, list(range(n)))])[0] for n in range(20)}
    assert len(drawn) > 10


def test_top_k_and_top_p_leave_out_unlikely_tokens() -> None:
    scores = torch.tensor([[0.5, 0.25, 0.15, 0.1]]).log()
    assert distribution({"temperature": 1.0, "top_k": 2}, scores) == {0, 1}
    assert distribution({"temperature": 1.0, "top_p": 0.6}, scores) == {0, 1}
    assert distribution({"temperature": 1.0, "top_p": 0.01}, scores) == {0}
    assert distribution({"temperature": 1.0}, scores) == {0, 1, 2, 3}


@pytest.mark.parametrize("static", [False, True])
@pytest.mark.parametrize(
    ("before", "expected"),
    [([*range(20, 40)], 107), ([*range(100, 108), *range(20, 40)], 9), ([], 9)],
    ids=["twice", "three times", "twice in a row"],
)
def test_a_sequence_is_generated_twice_at_most_and_not_twice_in_a_row(
    static: bool, before: list[int], expected: int
) -> None:
    sequence = list(range(100, 100 + REPEAT_LENGTH))
    again = [*sequence, *before, *sequence[:-1]]
    scores = torch.zeros(1, VOCABULARY)
    scores[0, sequence[-1]], scores[0, 9] = 2.0, 1.0
    assert next_tokens(scores, [request(Sampling(99), again)], static) == [expected]
    assert next_tokens(scores, [request(Sampling(99), again[:-1])], static) == [sequence[-1]]


def test_the_prompts_words_may_be_repeated() -> None:
    sequence = list(range(100, 100 + REPEAT_LENGTH))
    scores = torch.zeros(1, VOCABULARY)
    scores[0, sequence[-1]] = 1.0
    repeating = request(Sampling(99), sequence[:-1])
    repeating.state.initial_tokens = sequence[:3]
    assert next_tokens(scores, [repeating]) == [sequence[-1]]


def test_a_ban_waits_for_the_last_token_that_only_the_device_knows() -> None:
    """With asynchronous batching the host is one token behind; its bans still name that token."""
    guard = RepeatGuard()
    sequence = list(range(REPEAT_LENGTH))
    guard.extend([*sequence, *sequence[:-2]])  # sequence[-2] is generated and not yet known here
    step = REPEAT_LENGTH + REPEAT_LENGTH - 1
    assert guard.bans(step) == [(sequence[-2], sequence[-1])]


def test_an_evicted_request_goes_on_where_it_was() -> None:
    """The scheduler restarts it with its generated tokens appended to the prompt."""
    sampling = Sampling(99, temperature=1.0, seed=3)
    before = request(sampling, [11, 12, 13])
    after = request(sampling, [])
    after.state.initial_tokens = [0, 0, 0, 11, 12, 13]
    after.state.position_offset = 6
    columns = [r.state.logit_processor_kwargs["arguments"].column(r.state) for r in (before, after)]
    assert columns[0] == columns[1]


@pytest.mark.parametrize("static", [False, True])
def test_a_question_s_log_odds_come_back_as_a_token_beside_requests_that_sample(static: bool) -> None:
    yes, no = (3, 7, 11), (5,)
    scores = torch.randn(4, 50_000, generator=torch.Generator().manual_seed(1))
    asked = [request(Sampling(1, question=Question(yes, no, 2))), request(Sampling(1, question=Question(no, yes, 2)))]
    others = [request(Sampling(8)), request(Sampling(8, temperature=1.0, seed=3))]
    tokens = next_tokens(scores, [*asked, *others], static)
    odds = scores[:, [*yes]].logsumexp(1) - scores[:, 5]
    expected = [float(odds[0]), -float(odds[1])]
    assert [read_odds(token, 50_000) for token in tokens[:2]] == pytest.approx(expected, abs=0.001)
    assert tokens[2:] == next_tokens(scores[2:], others, static)


def test_log_odds_beyond_what_a_token_can_say_are_the_most_it_can() -> None:
    scores = torch.zeros(1, VOCABULARY)
    scores[0, 5] = 90.0
    (token,) = next_tokens(scores, [request(Sampling(1, question=Question((3,), (5,), 2)))])
    assert read_odds(token, VOCABULARY) == -MOST_ODDS
