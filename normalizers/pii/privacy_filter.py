"""Layer 2, the stronger choice: OpenAI's Privacy Filter, which finds whatever is personal, not names and places alone.

Knows: a folder with the model as the hub has it (`config.json`, `model.safetensors`, `tokenizer.json`), transformers
and torch. Knows nothing about where the folder came from, about recognizers, or about what is done to what it finds.
It reads a text of any length in overlapping windows: every token is judged once, with its neighbours beside it, and
spans are decoded over the whole text, so no window's end can cut one. When the model fails, so does the call:
"nothing found" is never said instead.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from computing import hardware
from errors import UserError
from normalizers.pii.finding import Detector, Finding
from splitting import characters

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

DETECTOR = "privacy_filter"

# What the model calls it, and what we do.
TYPES = {
    "account_number": "ID_NUMBER",
    "private_address": "LOCATION",
    "private_date": "DATE_OF_BIRTH",  # and other dates of a person's life
    "private_email": "EMAIL",
    "private_person": "PERSON",
    "private_phone": "PHONE",
    "private_url": "URL",
    "secret": "SECRET",
}

WINDOW = 1_024  # tokens that are judged at once; memory grows with the square of what is shown
CONTEXT = 256  # tokens on each side that it is shown as well; a layer of it looks 128 far

OUTSIDE = "O"
# A span's tokens are labelled B I ... I E, or S when there is one.
LABELS = frozenset([OUTSIDE, *(f"{place}-{name}" for name in TYPES for place in "BIES")])


class Label(NamedTuple):
    """One of the model's labels in its two parts."""

    place: str  # B, I, E, S or O
    name: str  # empty for O


class Span(NamedTuple):
    """Tokens that are personal data together."""

    first: int
    last: int
    name: str


def load(folder: Path) -> Detector:
    """Load the model in `folder` and return its detector, which may be called from many threads at once.

    Raises UserError E2001 when its labels are not the Privacy Filter's, E2003 when weights are missing.
    """
    return _loaded(folder).find


class PrivacyFilter:
    """The loaded model. Holds nothing of any text. Pickled as its folder, from which a process loads it once."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer
        from transformers import AutoModelForTokenClassification

        self._folder = folder
        model, loading = AutoModelForTokenClassification.from_pretrained(
            folder,
            dtype="auto",  # as it is stored: half the memory, and its experts compute in float32 anyway
            use_safetensors=True,  # the older formats are pickles, which run code when they are read
            local_files_only=True,
            output_loading_info=True,
        )
        if missing := loading["missing_keys"]:  # transformers would go on with random ones
            raise UserError("E2003", f"{folder.name} lacks {len(missing)} of the model's weights")
        self._model: Any = model.to(hardware.device_beside()).eval()
        self._one_at_a_time = threading.Lock()  # a call takes all cores, or the memory that is left on the GPU
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.encode_special_tokens = True  # "<|endoftext|>" in a document is text
        self._labels = _labels(model.config.id2label)
        self._outside = self._labels.index(Label(OUTSIDE, ""))
        self._transitions = _transitions(self._labels)

    def __reduce__(self) -> "tuple[Callable[[Path], PrivacyFilter], tuple[Path]]":
        return _loaded, (self._folder,)

    def find(self, text: str) -> list[Finding]:
        """Return what the model finds in `text`, in order."""
        import numpy as np

        encoding = self._tokenizer.encode(characters.whole(text), add_special_tokens=False)
        log_probabilities = self._classify(encoding.ids)
        offsets = encoding.offsets
        findings = []
        for span in self._spans(log_probabilities):
            value_start, value_end = offsets[span.first][0], offsets[span.last][1]
            value = text[value_start:value_end]  # most tokens begin with a space
            start, end = value_end - len(value.lstrip()), value_start + len(value.rstrip())
            if start < end:
                of_name = [number for number, label in enumerate(self._labels) if label.name == span.name]
                score = np.exp(log_probabilities[span.first : span.last + 1, of_name]).sum(axis=1).min()
                findings.append(Finding(start, end, TYPES[span.name], min(float(score), 1.0), DETECTOR))
        return findings

    def _classify(self, ids: Sequence[int]) -> "Floats":
        """Return the logarithm of the probability of every label for every token: [tokens, labels]."""
        import numpy as np
        import torch

        log_probabilities = np.empty((len(ids), len(self._labels)), np.float32)
        for start in range(0, len(ids), WINDOW):
            end = min(start + WINDOW, len(ids))
            seen_from = max(0, start - CONTEXT)
            with self._one_at_a_time, torch.inference_mode():
                seen = torch.tensor([ids[seen_from : end + CONTEXT]], device=self._model.device)
                logits = self._model(input_ids=seen).logits[0, start - seen_from : end - seen_from]
                log_probabilities[start:end] = logits.float().log_softmax(dim=-1).cpu().numpy()
        if not np.isfinite(log_probabilities).all():
            raise FloatingPointError("the model computed something that is no number")
        return log_probabilities

    def _spans(self, log_probabilities: "Floats") -> Iterator[Span]:
        first = 0
        for token, number in enumerate(_best_path(log_probabilities, self._transitions, self._outside)):
            place, name = self._labels[number]
            if place in "BS":
                first = token
            if place in "ES":
                yield Span(first, token, name)


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> PrivacyFilter:
    return PrivacyFilter(folder)


def _labels(names: Mapping[int, str]) -> list[Label]:
    if unknown := LABELS.symmetric_difference(names.values()):
        # Without one of them a span could not be decoded, and nothing would be found.
        raise UserError("E2001", f"the model of names has other labels than the Privacy Filter, such as {min(unknown)}")
    parts = (names[number].partition("-") for number in range(len(names)))
    return [Label(place, name) for place, _, name in parts]


def _transitions(labels: Sequence[Label]) -> "Floats":
    """Return what it costs to go from one label to the next: nothing, or everything: [labels, labels].

    The model's own calibration adds biases here; the ones that it is published with are all zero.
    """
    import numpy as np

    def may_follow(label: Label, last: Label) -> bool:
        if last.place in "BI":
            return label.place in "IE" and label.name == last.name
        return label.place in "OBS"

    return np.array([[0 if may_follow(label, last) else -np.inf for label in labels] for last in labels], np.float32)


def _best_path(log_probabilities: "Floats", transitions: "Floats", outside: int) -> list[int]:
    """Return the likeliest labels that follow one another as they may, by Viterbi's algorithm. Linear time.

    The label `outside` stands before the first token and behind the last one.
    """
    import numpy as np

    if not len(log_probabilities):
        return []
    best_last = np.empty(log_probabilities.shape, np.int16)
    scores = transitions[outside].astype(np.float64) + log_probabilities[0]
    numbers = np.arange(len(transitions))
    for token in range(1, len(log_probabilities)):
        candidates = scores[:, None] + transitions
        best_last[token] = candidates.argmax(axis=0)
        scores = candidates[best_last[token], numbers] + log_probabilities[token]
    path = [int((scores + transitions[:, outside]).argmax())]
    for token in range(len(log_probabilities) - 1, 0, -1):
        path.append(int(best_last[token, path[-1]]))
    return path[::-1]
