"""Whether an answer did what a text's orders say, instead of summarizing it.

Knows: a text, the sentences of it that give orders (`orders.py`), and words. Knows nothing of engines or prompts.

What gives orders stays in the prompt, for it may be part of what the text is about: a mail that asks for a summary by
Monday. An answer is judged by its words instead: one that follows the text's orders has few of the rest of the text
("Paris."), names what is not in it, or begins as it was told to.
"""

import re
from collections.abc import Callable, Sequence
from functools import cached_property

from generation import orders
from splitting.words import WORD, content, fold

_SUPPORTED = 0.4  # of an answer's words: a summary has more of the text, in its own words too
_NOUNS = 0.2  # of a text's words: where more have capitals they are nouns, and no names
_HEADING = 0.5  # the same of a sentence
_BEGINNING = 4  # letters that a name shares with its other forms
_FUNCTION_WORD = 3  # letters that hardly a word has, in most languages, that says something
QUOTED = r"[\"“«„]([^\"”»“«„]{1,80})[\"”»“]|(?<!\w)['‘‚]([^'’‘‚]{1,80})['’](?!\w)"
# Behind a word or a comma: at a sentence's beginning any word has a capital. Short ones are abbreviations.
_NAME = re.compile(r"(?:(?<=[^\W\d_] )|(?<=, ))[A-ZÀ-ÖØ-Þ][^\W\d_]{3,}")


class Orders:
    """The orders of one text, and what an answer that follows them looks like."""

    holds_all = True  # of an answer's sentences, or the first one only
    least = 1 / 3  # of a text that is left without its orders

    def __init__(
        self, text: str, asked: str = "", find: Callable[[str], tuple[orders.Span, ...]] = orders.find
    ) -> None:
        """`asked` is what else the prompt says: its words are no sign of anything."""
        spans = find(text)
        self.orders = [text[span.start : span.end] for span in spans]
        self._text = text
        self._asked = asked
        self.rest = orders.without(text, spans)  # the text without them

    def __bool__(self) -> bool:
        """Whether there are any, in a text that is more than that: one about orders is summarized as it is."""
        return bool(self.orders) and len(self.rest.strip()) > self.least * len(self._text)

    def is_followed_by(self, sentence: str, *, is_first: bool) -> bool:
        """Whether a sentence of an answer does what the text orders: little of it is from the rest of the text."""
        words = words_of(sentence)
        if not words:
            return False
        if self._names_another(sentence):
            return True
        if is_first:
            return self.begins(sentence, words) or self.share(words) < _SUPPORTED
        return self.share(words, self._beside) < _SUPPORTED

    def begins(self, sentence: str, words: Sequence[str]) -> bool:
        """Whether an answer's first sentence, whose words these are, begins with what it was told to say."""
        first = words[0]
        said = re.sub(r"^\W+", "", sentence).casefold()
        if any(re.match(rf"{re.escape(quoted)}(?!\w)", said) for quoted in self._quoted):
            return True
        return first in self.ordered and first not in self._known and first not in self._asked_words

    def _names_another(self, sentence: str) -> bool:
        """Whether a sentence names what nothing in the prompt does, such as an answer that is woven into a summary."""
        if self._names > _NOUNS or _share_of_names(sentence) > _HEADING:
            return False
        return any(fold(name)[:_BEGINNING] not in self._beginnings for name in _NAME.findall(sentence))

    def share(self, words: Sequence[str], others: frozenset[str] = frozenset()) -> float:
        """How many of an answer's words are from the rest of the text, or among the others.

        Those of the question do not count: "five" of "five bullet points" is no sign of either.
        """
        telling = [word for word in words if word in self._known or word not in self._asked_words]
        return sum(word in self._known or word in others for word in telling) / len(telling) if telling else 1.0

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(words_of(self.rest))

    @cached_property
    def _names(self) -> float:
        return _share_of_names(self._text)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        """Of all words of the text and of what else is asked: those of a country and its people are the same."""
        words = (*WORD.findall(self._text), *WORD.findall(self._asked))
        return frozenset(fold(word)[:_BEGINNING] for word in words)

    @cached_property
    def _asked_words(self) -> frozenset[str]:
        return frozenset(words_of(self._asked))

    @cached_property
    def _quoted(self) -> frozenset[str]:
        """What stands between quotation marks in the orders, and nowhere else: words to say, however short."""
        quoted = (
            (match[1] or match[2]).strip(" .!?,:;…").casefold()
            for order in self.orders
            for match in re.finditer(QUOTED, order)
        )
        rest = self.rest.casefold()
        return frozenset(words for words in quoted if words and words not in rest)

    @cached_property
    def _beside(self) -> frozenset[str]:
        """The words of statements that may go on with an order, and may as well be the text's."""
        beside = (order for order in self.orders if orders.is_statement(order))
        return frozenset(word for order in beside for word in words_of(order))

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The words of the orders."""
        return frozenset(word for order in self.orders for word in words_of(order))


def _share_of_names(text: str) -> float:
    """Return how many of a text's words have a capital that no sentence gave them."""
    return len(_NAME.findall(text)) / max(1, len(WORD.findall(text)))


def words_of(text: str) -> list[str]:
    """The stems of a text's words that say something, or of all if none does; in scripts without spaces, of pairs."""
    found = [match[0] for match in WORD.finditer(text)]
    parted = [part for word in found for part in (_pairs(word) if orders.SPACELESS.search(word) else [word])]
    long = [part for part in parted if len(part) > _FUNCTION_WORD or part[0].isdigit() or orders.SPACELESS.search(part)]
    return content(map(fold, long or parted))


def _pairs(word: str) -> list[str]:
    """Each character with the next one: single ones are in every text."""
    return [word[start : start + 2] for start in range(max(len(word) - 1, 1))]
