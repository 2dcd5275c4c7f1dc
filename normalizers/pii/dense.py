"""What of a text the model of names need not be shown: most of what is no prose.

The model's time is its tokens, and a line of JSON, CSV, digits or a log has two or three times as many as prose of its
length: marks, and numbers in pieces. Where tokens are that dense, marks are not shown; of numbers that follow one
another the first ones are, of a word with digits its first pieces, and nothing where nothing near could be a name.

Knows: tokens. Knows nothing of the model, nor of what it says.
"""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Integers = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    Booleans = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

_FEW = 400  # tokens, which take a tenth of a second: all are shown, whatever they are
_AROUND = 32  # tokens on each side, which say how dense it is where a token stands
_DENSE = 2.4  # characters a token; prose has about five, a list of addresses and phone numbers about three
_PIECES = 3  # of a word with digits
_NUMBERS = 8  # of those that follow one another; what has more is a time, an address of a machine, or a recognizer's
_LONGEST_CODE = 10  # characters of a word that mixes letters and digits and may be a passport's or a postcode
_NAME_LIKE = re.compile(r"[^\W\d_]{2,}")


def shown(text: str, starts: "Integers", ends: "Integers", words: "Integers") -> "Booleans":
    """Return which tokens are shown, given where each begins and ends in `text`, and the rising number of its word."""
    import numpy as np

    count = len(starts)
    if count < _FEW:
        return np.ones(count, np.bool_)
    places = np.arange(count)
    before, after = np.maximum(places - _AROUND, 0), np.minimum(places + _AROUND, count - 1)
    is_dense = ends[after] - starts[before] < _DENSE * (after - before + 1)
    if not is_dense.any():
        return np.ones(count, np.bool_)
    firsts = np.flatnonzero(np.diff(words, prepend=-1))
    lasts = np.append(firsts[1:], count) - 1
    of_words = [text[start:end] for start, end in zip(starts[firsts].tolist(), ends[lasts].tolist(), strict=True)]
    word_of = np.repeat(np.arange(len(firsts)), lasts - firsts + 1)
    is_mark = _per_word(of_words, lambda word: not any(map(str.isalnum, word)))[word_of]
    has_digit = _per_word(of_words, lambda word: any(map(str.isdigit, word)))[word_of]
    is_name_like = _per_word(of_words, _may_be_named)
    has_letter = _per_word(of_words, lambda word: any(map(str.isalpha, word)))[word_of]
    is_late_piece = has_digit & (places - firsts[word_of] >= _PIECES)
    is_late_number = ~has_letter & (_since(has_letter, ~is_mark) > _NUMBERS)
    hidden = is_dense & (is_mark | is_late_piece | is_late_number | ~_near(is_name_like)[word_of])
    is_shown: Booleans = ~hidden
    return is_shown


def _per_word(words: list[str], holds: Any) -> "Booleans":
    import numpy as np

    return np.fromiter(map(holds, words), np.bool_, len(words))


def _since(event: "Booleans", counted: "Booleans") -> "Integers":
    """Return at each place how many places up to it are counted, since the last event."""
    import numpy as np

    total = np.cumsum(counted)
    at_event = np.maximum.accumulate(np.where(event, total, 0))
    since: Integers = total - at_event
    return since


def _may_be_named(word: str) -> bool:
    if not any(map(str.isdigit, word)):
        return bool(_NAME_LIKE.search(word))
    return len(word) <= _LONGEST_CODE and any(map(str.isalpha, word))


def _near(some: "Booleans") -> "Booleans":
    """Return which words have one of `some` among themselves or the words beside them."""
    import numpy as np

    reach = 16
    total = np.concatenate(([0], np.cumsum(some)))
    places = np.arange(len(some))
    low, high = np.maximum(places - reach, 0), np.minimum(places + reach + 1, len(some))
    found: Booleans = total[high] > total[low]
    return found
