"""The baselines go by the engine's rules, and count what the engine counts."""

import torch

from benchmarks.throughput import Load, NoRepeats, useful
from generation.sampling import REPEAT_LENGTH


def test_padding_after_the_end_token_is_not_useful() -> None:
    assert useful([5, 6, 2, 0, 0], ends=[2, 9]) == 3
    assert useful([5, 6, 7], ends=[2]) == 3


def test_turns_add_up() -> None:
    load = Load(2, 10, 8, 4.0) + Load(1, 5, 4, 2.0)
    assert (load.documents_a_minute, load.tokens_a_second) == (30.0, 2.0)


def test_no_row_of_a_batch_generates_the_same_tokens_twice() -> None:
    loop = list(range(REPEAT_LENGTH))
    rule, scores = NoRepeats(rows=2, prompt_length=1), torch.zeros(2, 20)
    for count in range(1, 2 * REPEAT_LENGTH):
        ids = [[9, *(loop * 2)[:count]], [9, *range(10, 10 + count)]]
        scores = rule(torch.tensor(ids), torch.zeros(2, 20 + count))
    assert torch.isinf(scores[0]).nonzero().flatten().tolist() == [loop[-1]]
    assert not torch.isinf(scores[1]).any()
