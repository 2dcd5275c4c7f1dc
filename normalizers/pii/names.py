"""Layer 2: names, addresses and places, found by a token-classification model.

Knows: a folder with Rampart, a BERT of six layers that was trained to tag personal data (`model.onnx`, `config.json`,
`tokenizer.json`), and onnxruntime. Knows nothing about where the folder came from, about recognizers, or about what is
done to what it finds. It reads a text of any length in overlapping windows: every token is judged once, with its
neighbours beside it, and findings are joined over the whole text, so no window's end can cut one. When the model
fails, so does the call: "nothing found" is never said instead.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from computing import telemetry
from normalizers.pii import dense, forenames, full_names, layout, lists, name_spans, name_thresholds, plausible
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.name_spans import Word
from splitting import characters
from splitting.words import FUNCTION_WORDS

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

# What the model calls it, and what we do.
TYPES = {
    "GIVEN_NAME": "PERSON",
    "SURNAME": "PERSON",
    "BUILDING_NUMBER": "LOCATION",
    "STREET_NAME": "LOCATION",
    "SECONDARY_ADDRESS": "LOCATION",
    "CITY": "LOCATION",
    "STATE": "LOCATION",
    "ZIP_CODE": "LOCATION",
    "EMAIL": "EMAIL",
    "PHONE": "PHONE",
    "URL": "URL",
    "TAX_ID": "TAX_ID",
    "PASSPORT": "PASSPORT",
    "DRIVERS_LICENSE": "LICENCE",
    "GOVERNMENT_ID": "ID_NUMBER",
    "BANK_ACCOUNT": "ID_NUMBER",
    "ROUTING_NUMBER": "ID_NUMBER",
}
WINDOW = 64  # tokens that are judged at once; the model could take 510, but finds less the more it is shown
CONTEXT = 4  # tokens beside them that it is shown as well; a sentence fits a window, so few are needed
BLOCK = 50_000  # characters that are tokenized at once


class Tokens(NamedTuple):
    """A text in pieces of words. Arrays of one length."""

    ids: "Integers"  # in the model's vocabulary
    starts: "Integers"  # code points
    ends: "Integers"
    words: "Integers"  # number of the word that a piece belongs to, rising
    ends_line: "Booleans"  # whether a line ends behind it


class Judged(NamedTuple):
    """What the model says of a text's words. Arrays of one length."""

    starts: "Integers"  # code points
    ends: "Integers"
    of_types: "Floats"  # the probability of every type: [words, types]
    of_first_pieces: "Floats"  # and that of every label for a word's first piece: [words, labels]


def load(folder: Path) -> Detector:
    """Load the model in `folder` (0.1 s) and return its detector, which may be called from many threads at once."""
    return _loaded(folder).find


class NameModel:
    """The loaded model. Holds nothing of any text. Pickled as its folder, from which a process loads it once."""

    def __init__(self, folder: Path) -> None:
        telemetry.forbid()
        import numpy as np
        import onnxruntime
        from tokenizers import Tokenizer

        self._folder = folder
        options = onnxruntime.SessionOptions()
        # One thread a call: whoever has many texts calls from many threads or processes.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # CPUs with AVX2 alone would cut sums of its 8-bit products at 16 bits, and names with them.
        options.add_session_config_entry("session.x64quantprecision", "1")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # its kernel is ten times slower than the plain one's
        )
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        vocabulary: dict[str, int] = self._tokenizer.get_vocab()
        self._cls, self._sep = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self._sentence_ends = [vocabulary[mark] for mark in ".!?"]
        names = json.loads((folder / "config.json").read_bytes())["id2label"]
        self._labels: list[str] = [names[str(number)] for number in range(len(names))]
        self._types = sorted(set(TYPES.values()))
        self._lowest_thresholds = np.array([name_thresholds.LOWEST.of(name) for name in self._types], np.float32)
        # A label's probability counts for its type: "Paris" is a place, be it the city or the street.
        self._label_to_type = np.zeros((len(self._labels), len(self._types)), np.float32)
        for number, label in enumerate(self._labels):
            if label != "O":
                self._label_to_type[number, self._types.index(TYPES[label[2:]])] = 1.0

    def __reduce__(self) -> "tuple[Callable[[Path], NameModel], tuple[Path]]":
        return _loaded, (self._folder,)

    def find(self, text: str) -> list[Finding]:
        """Return what the model finds in `text`, in order; a million characters take about 25 s of one core."""
        lines = layout.read(text)
        tokens = self._tokenize(lines.shown)
        if not len(tokens.ids):
            return []
        judged = self._judge(tokens, text)
        findings = name_spans.findings(text, self._words(text, judged, frozenset(lines.borders)), lines)
        likelihoods = self._likelihoods(judged)
        findings = full_names.complete(text, lists.complete(text, findings, likelihoods, lines.lists))
        findings = plausible.believed(text, findings, likelihoods)
        return sorted([*findings, *plausible.echoes(text, findings, likelihoods)])

    def _judge(self, tokens: Tokens, text: str) -> Judged:
        """Return what the model says of every word."""
        import numpy as np

        probabilities = self._classify(tokens, text)
        firsts = np.flatnonzero(np.diff(tokens.words, prepend=-1))
        lasts = np.append(firsts[1:], len(tokens.ids)) - 1
        # A word's pieces are judged together: half a name is no finding.
        of_words: Floats = np.add.reduceat(probabilities, firsts)
        of_words /= (lasts - firsts + 1)[:, None]
        of_types: Floats = of_words @ self._label_to_type
        return Judged(tokens.starts[firsts], tokens.ends[lasts], of_types, probabilities[firsts])

    def _words(self, text: str, judged: Judged, borders: frozenset[int]) -> Iterator[Word]:
        import numpy as np

        best = judged.of_types.argmax(axis=1)
        highest = judged.of_types.max(axis=1)
        has_capitals = re.search("[A-Z]", text) is not None
        end_of_forename, is_lower = -1, False  # of the one that was found last
        for word in np.flatnonzero(highest >= self._lowest_thresholds[best]):
            start, end = int(judged.starts[word]), int(judged.ends[word])
            is_border = text[start].isspace() or start in borders  # that was shown as a semicolon
            if is_border or name_thresholds.is_code(text, start, end):
                continue
            # Of the first piece, because the model says "begins" there.
            among = judged.of_first_pieces[word] * self._label_to_type[:, best[word]]
            prefix, _, label = self._labels[int(among.argmax())].partition("-")
            type_, score = self._types[best[word]], float(highest[word])
            needed = name_thresholds.thresholds(text, start, end, has_capitals=has_capitals).of(type_)
            is_behind = end_of_forename == start - 1 and text[end_of_forename] == " "
            if is_behind and not is_lower and text[start:end] in FUNCTION_WORDS:  # "Dolores will drive"
                continue
            if type_ == "PERSON" and is_behind and text[start].islower() == is_lower:
                needed = min(needed, name_thresholds.BEHIND_FORENAME)
            if score >= needed:
                if type_ == "PERSON" and forenames.is_one(text[start:end]):
                    end_of_forename, is_lower = end, text[start].islower()
                yield Word(start, end, type_, label, prefix == "B", score)

    def _likelihoods(self, judged: Judged) -> list[plausible.Likelihood]:
        names = [self._types.index("PERSON"), self._types.index("LOCATION")]
        columns = (judged.starts, judged.ends, judged.of_types[:, names].sum(axis=1))
        return list(map(plausible.Likelihood, *(column.tolist() for column in columns)))

    def _tokenize(self, text: str) -> Tokens:
        """Cut the text at spaces into blocks, which bounds memory and changes no token, and those into tokens."""
        import numpy as np

        text = characters.whole(text)  # the tokenizer takes what UTF-8 can hold
        columns: list[Integers] = []
        words = 0
        for start, end in _blocks(text):
            encoding = self._tokenizer.encode(text[start:end], add_special_tokens=False)
            offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2) + start
            numbers = np.array(encoding.word_ids, np.int64) + words
            columns.append(np.column_stack((np.array(encoding.ids, np.int64), offsets, numbers)))
            words = int(numbers[-1]) + 1 if len(numbers) else words
        ids, starts, ends, numbers = np.concatenate(columns or [np.empty((0, 4), np.int64)]).T
        ends_line = np.zeros(len(ids), np.bool_)
        before = np.searchsorted(starts, [match.start() for match in re.finditer("\n", text)], "right") - 1
        ends_line[before[before >= 0]] = True
        return Tokens(ids, starts, ends, numbers, ends_line)

    def _classify(self, tokens: Tokens, text: str) -> "Floats":
        """Return the probability of every label for every token, of those that are not shown as well: [tokens, labels].

        A piece of a word has what the last shown piece of it has; of all else nothing is personal data.
        """
        import numpy as np

        is_shown = dense.shown(text, tokens.starts, tokens.ends, tokens.words)
        shown = Tokens._make(column[is_shown] for column in tokens)
        places = np.cumsum(is_shown) - 1  # of the last shown token at each one or before it
        shown.ends_line[places[tokens.ends_line & (places >= 0)]] = True
        probabilities = np.zeros((len(tokens.ids), len(self._labels)), np.float32)
        probabilities[:, self._labels.index("O")] = 1.0
        if len(shown.ids):
            in_word = (places >= 0) & (shown.words[places] == tokens.words)
            probabilities[in_word] = self._classify_shown(shown)[places[in_word]]
        return probabilities

    def _classify_shown(self, tokens: Tokens) -> "Floats":
        """Return the probability of every label for every token: [tokens, labels]."""
        import numpy as np

        probabilities = np.empty((len(tokens.ids), len(self._labels)), np.float32)
        start = 0
        for end in self._window_ends(tokens):
            seen = slice(max(0, start - CONTEXT), end + CONTEXT)
            ids = np.concatenate(([self._cls], tokens.ids[seen], [self._sep]))[None]
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            (logits,) = self._session.run(None, feed)
            first = 1 + start - seen.start  # behind [CLS] and the context
            probabilities[start:end] = _softmax(logits[0, first : first + end - start])
            start = end
        return probabilities

    def _window_ends(self, tokens: Tokens) -> Iterator[int]:
        """Yield where each window ends: behind the last sentence or line that it holds whole, if it holds one."""
        import numpy as np

        count = len(tokens.ids)
        breaks = np.flatnonzero(np.isin(tokens.ids, self._sentence_ends) | tokens.ends_line) + 1
        start = 0
        while start < count:
            end = min(start + WINDOW, count)
            if end < count:
                held = breaks[np.searchsorted(breaks, start, "right") : np.searchsorted(breaks, end, "right")]
                end = int(held[-1]) if len(held) else end
            yield end
            start = end


@lru_cache(maxsize=1)
def _loaded(folder: Path) -> NameModel:
    return NameModel(folder)


def _softmax(logits: "Floats") -> "Floats":
    import numpy as np

    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Floats = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return shares


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(start + BLOCK, len(text))
        if end < len(text):
            end = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end), start) or end
            end = end if end > start else min(start + BLOCK, len(text))
        yield start, end
        start = end
