"""How the next token is chosen: per request, reproducibly, and with no verbatim loops.

transformers' batching engine samples globally, has no seed for a request, and its repetition rules punish the
prompt's own words. This replaces its list of logits processors by one that edits the scores so that the engine's
argmax lands on the token we chose: greedy, or sampled with the Gumbel-max trick (Gumbel, 1954; Maddison et al.,
2014) from noise that depends on (seed, step, token) alone. So a request gives the same text alone or among others.
A question's answer comes back the same way: its log odds, rounded, are written as the number of a token.

All arguments travel in one int32 tensor, a row an argument and a column a request, because CUDA graphs replay
tensors and never run this file's Python again. Knows logits and token ids; knows nothing of text.
"""

from dataclasses import dataclass, field
from typing import Any

import torch

from generation.generation import Sampling

CANDIDATES = 256  # sampling looks at this many of the likeliest tokens, at most
REPEAT_LENGTH = 8  # this many tokens in a row are generated twice at most, and never twice without others between
MOST_ANSWERS = 8  # tokens that can mean yes, or no
MOST_ODDS = 20.0  # as logarithm: beyond it a model is sure
_BANS = 16  # tokens that can be forbidden at one step of one request
_TEMPERATURE, _TOP_P, _TOP_K, _SEED, _STEP, _AFTER = 0, 1, 2, 3, 4, 5
_BANNED = _AFTER + _BANS
_YES = _BANNED + _BANS
_NO = _YES + MOST_ANSWERS
_ROWS = _NO + MOST_ANSWERS
_MASK = 0xFFFFFFFF


def _bits(value: float) -> int:
    """A float32's bits as an int32, which is how floats travel in the tensor of arguments."""
    return int(torch.tensor(value, dtype=torch.float32).view(torch.int32))


_GREEDY = [_bits(0.0), _bits(1.0), 1, 0, 0] + [-1] * (_ROWS - _AFTER)  # the column of a request that asks for nothing


class RepeatGuard:
    """The token sequences that one request has generated, and what may not follow now.

    Only generated tokens count: a summary may repeat its document, not itself. What may not follow is replaced by the
    next best, which is seldom as true; so what is said a second time and ends there is left to `text_stream.py`.
    """

    def __init__(self) -> None:
        self._tokens: list[int] = []
        # After REPEAT_LENGTH - 2 tokens: of the two that followed, the places where the second one stands.
        self._followers: dict[tuple[int, ...], dict[tuple[int, int], list[int]]] = {}

    def extend(self, tokens: list[int]) -> None:
        """Take in all tokens generated so far; those already known are skipped."""
        for token in tokens[len(self._tokens) :]:
            self._tokens.append(token)
            if len(self._tokens) >= REPEAT_LENGTH:
                *before, last, following = self._tokens[-REPEAT_LENGTH:]
                places = self._followers.setdefault(tuple(before), {}).setdefault((last, following), [])
                places.append(len(self._tokens) - 1)

    def bans(self, step: int) -> list[tuple[int, int]]:
        """Pairs (last token, forbidden next token) for the step that generates token number `step`.

        The last token is part of the answer because with asynchronous batching only the device knows it yet.
        """
        before = tuple(self._tokens[: max(step - 1, 0)][2 - REPEAT_LENGTH :])
        followers = self._followers.get(before, {})
        banned = (pair for pair, at in followers.items() if len(at) > 1 or step - at[-1] <= REPEAT_LENGTH)
        return list(banned)[-_BANS:]


@dataclass
class RequestArguments:
    """What the engine hangs on a request for this file to find again."""

    prompt_length: int
    sampling: Sampling
    guard: RepeatGuard = field(default_factory=RepeatGuard)
    cached: int = 0  # tokens of the prompt that were computed for another request

    def __post_init__(self) -> None:
        """Fill in what is the same at every step."""
        question = self.sampling.question
        yes, no = ((), ()) if question is None else (question.yes, question.no)
        assert len(yes) <= MOST_ANSWERS and len(no) <= MOST_ANSWERS and len(self.sampling.openings) <= _BANS
        self._answers = [*yes, *[-1] * (MOST_ANSWERS - len(yes)), *no, *[-1] * (MOST_ANSWERS - len(no))]

    def column(self, state: Any) -> list[int]:
        """The int32 column of one request at its current step."""
        # An evicted request restarts with what it had generated appended to its prompt.
        generated = state.initial_tokens[self.prompt_length :] + state.generated_tokens
        return self.column_at(state.position_offset - self.prompt_length, generated)

    def column_at(self, step: int, generated: list[int]) -> list[int]:
        """The int32 column for the step that generates token number `step`.

        `generated` are those before it, as far as they are known: with asynchronous batching without the last.
        """
        sampling = self.sampling
        self.guard.extend(generated)
        bans = self.guard.bans(step) or (self.sampling.openings if step == 1 else ())
        padding = [-1] * (_BANS - len(bans))
        return [
            _bits(sampling.temperature),
            _bits(sampling.top_p),
            sampling.top_k,
            sampling.seed,
            step,
            *[last for last, _ in bans],
            *padding,
            *[following for _, following in bans],
            *padding,
            *self._answers,
        ]


class SamplingProcessor:
    """The engine's list of logits processors, as far as the engine looks at it."""

    do_processing = True
    tensors_required = _ROWS

    def __init__(self, static: bool) -> None:
        """`static`: the calls are captured once and replayed, so no step may skip what it happens not to need."""
        self._static = static
        self._needs = {"samples": True, "bans": True, "asks": True}

    def check_kwargs(self, kwargs: dict[str, Any]) -> None:
        """Accept what `RequestArguments` were checked for already."""

    def fill_defaults(self, defaults: torch.Tensor) -> None:
        """Fill [rows, 1] with the column of a greedy request."""
        defaults.copy_(torch.tensor(_GREEDY, dtype=torch.int32).unsqueeze(1))

    def prepare_tensor_args(self, requests_in_batch: list[Any], arg_storage: torch.Tensor) -> torch.Tensor:
        """Write a column for each request that gets a token in this step into [rows, requests]."""
        states = [request.state for request in requests_in_batch if request.has_new_token]
        if states:
            columns = [_column(state) for state in states]
            arguments = torch.tensor(columns, dtype=torch.int32).T
            arg_storage[:, : len(states)] = arguments.to(arg_storage.device)
            if not self._static:
                self._needs = needs(arguments)
        return arg_storage

    def __call__(self, last_tokens: torch.Tensor, scores: torch.Tensor, arguments: torch.Tensor) -> torch.Tensor:
        """Edit scores [requests, vocabulary] so that their argmax is the chosen token.

        last_tokens [requests]: each request's newest token; arguments [rows, requests].
        """
        return edit(scores, last_tokens, arguments[:, : scores.shape[0]], **self._needs)


def _column(state: Any) -> list[int]:
    """The column of one request. Those that the library makes up for its warm-up have no arguments, and are greedy."""
    arguments: RequestArguments | None = state.logit_processor_kwargs.get("arguments")
    return _GREEDY if arguments is None else arguments.column(state)


def edit(
    scores: torch.Tensor, last: torch.Tensor, arguments: torch.Tensor, *, samples: bool, bans: bool, asks: bool
) -> torch.Tensor:
    """Edit scores so that each row's argmax is the chosen token; the rest says what any row needs (`needs`).

    scores [requests, vocabulary]; last [requests]: each request's newest token; arguments [rows, requests].
    """
    assert scores.ndim == 2 and arguments.shape[0] == _ROWS
    if asks:
        scores = write_odds(scores, arguments)
    if bans:
        scores = forbid(scores, last, arguments[_AFTER:_BANNED], arguments[_BANNED:_YES])
    if samples:
        scores = scores.scatter(1, choose(scores, arguments), float("inf"))
    return scores


def needs(arguments: torch.Tensor) -> dict[str, bool]:
    """What of `edit` any column of arguments [rows, requests] needs."""
    return {
        "samples": bool(arguments[_TEMPERATURE].any()),
        "bans": bool((arguments[_BANNED] >= 0).any()),
        "asks": bool((arguments[_YES] >= 0).any()),
    }


def forbid(scores: torch.Tensor, last: torch.Tensor, after: torch.Tensor, banned: torch.Tensor) -> torch.Tensor:
    """Forbid in each row the banned tokens whose `after` is the row's last token.

    scores [requests, vocabulary]; last [requests]; after, banned [bans, requests], -1 where there is none.
    """
    applies = ((after == last) & (banned >= 0)).T
    index = torch.where(applies, banned.T, 0).long()
    ceiling = torch.where(applies, float("-inf"), float("inf")).to(scores.dtype)
    return scores.scatter_reduce(1, index, ceiling, "amin")


def choose(scores: torch.Tensor, arguments: torch.Tensor) -> torch.Tensor:
    """The chosen token of each row, [requests, 1]: the likeliest, or a sample where the temperature is above 0."""
    temperature = arguments[_TEMPERATURE].view(torch.float32).unsqueeze(1)
    top_p = arguments[_TOP_P].view(torch.float32).unsqueeze(1)
    top_k, seed, step = (arguments[row].long().unsqueeze(1) for row in (_TOP_K, _SEED, _STEP))

    values, tokens = scores.topk(min(CANDIDATES, scores.shape[1]))  # [requests, candidates], likeliest first
    rank = torch.arange(values.shape[1], device=values.device)
    scaled = (values / temperature.clamp(min=1e-4)).masked_fill(rank >= top_k, float("-inf"))
    probabilities = scaled.softmax(-1)
    before = probabilities.cumsum(-1) - probabilities
    scaled = scaled.masked_fill((before >= top_p) & (rank > 0), float("-inf"))

    best = (scaled + gumbel(seed, step, tokens)).argmax(-1, keepdim=True)
    sampled = tokens.gather(1, best)
    return torch.where(temperature > 0, sampled, scores.argmax(-1, keepdim=True))


def write_odds(scores: torch.Tensor, arguments: torch.Tensor) -> torch.Tensor:
    """Make the argmax of each row that is a question's the token whose number says its log odds."""
    yes, no = (_log_sum(scores, arguments[first : first + MOST_ANSWERS]) for first in (_YES, _NO))
    share = ((yes - no) / (2 * MOST_ODDS) + 0.5).clamp(0, 1)
    token = (share * (scores.shape[1] - 1)).round().long()
    is_question = arguments[_YES] >= 0
    row = torch.where(is_question, token, 0).unsqueeze(1)
    ceiling = torch.where(is_question, float("inf"), float("-inf")).to(scores.dtype).unsqueeze(1)
    return scores.scatter_reduce(1, row, ceiling, "amax")


def read_odds(token: int, vocabulary: int) -> float:
    """What `write_odds` wrote as a token's number: log p(yes) - log p(no), to a few thousandths."""
    return (token / (vocabulary - 1) - 0.5) * 2 * MOST_ODDS


def _log_sum(scores: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """The logarithm of the sum of exp(scores) of some tokens, [requests]; tokens [most, requests], -1 where none is."""
    index = tokens.T.long()
    return scores.gather(1, index.clamp(min=0)).masked_fill(index < 0, float("-inf")).logsumexp(1)


def gumbel(seed: torch.Tensor, step: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Standard Gumbel noise for (seed, step, token): seed, step [requests, 1]; tokens and result [requests, n].

    The uniform number below is a counter through MurmurHash3's finalizer, so it needs no generator state.
    """
    bits = (_mix(_mix(seed) ^ step) * 0x9E3779B1 + tokens) & _MASK
    uniform = (_mix(bits).double() + 0.5) / 2.0**32
    return -torch.log(-torch.log(uniform)).float()


def _mix(x: torch.Tensor) -> torch.Tensor:
    """MurmurHash3's 32-bit finalizer on int64 tensors that hold 32-bit numbers."""
    x = ((x ^ (x >> 16)) * 0x85EBCA6B) & _MASK
    x = ((x ^ (x >> 13)) * 0xC2B2AE35) & _MASK
    return x ^ (x >> 16)
