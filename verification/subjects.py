"""What a summary says of one name and its sources say, word for word, of another.

Knows: sequences of words, names by their capitals or, where a text has none, by the company they keep. Knows nothing
of grammar and of models: a predicate is a row of words that begins with a verb's form and is copied from a source.

The commonest error of models that copy: a clause is right, and right after the wrong subject (Falke et al., 2019;
"entity swap" and "predicate" errors of Pagnoni et al., 2021, FRANK). It is seen only where the clause is copied and
its subject stands right before it in the source; a pronoun or a description there could be the very name.
"""

from collections.abc import Iterator, Sequence

from contract.results import Unsupported
from splitting.words import FUNCTION_WORDS, WORD, fold, stem
from verification.grounding import Grounding

_LEAST = 4  # words of a predicate that are copied
_LEAST_CONTENT = 2  # of them that say something
_LONGEST_SUBJECT = 4  # words

_VERBS_IN_A_ROW = (
    "is was are were has had have will would can could may might says claims believes wants insists plans"
    " said won beat lost took made went came got led hit met left told held ran gave became began fell rose"
    " sold bought built broke chose drew drove felt found kept knew paid put sent set shot sat spent spoke"
    " stood struck swore taught thought threw wore wrote"
)
_VERBS = frozenset(_VERBS_IN_A_ROW.split())
_BETWEEN_IN_A_ROW = "who which has had have is was also then now"
_BETWEEN = frozenset(_BETWEEN_IN_A_ROW.split())  # subject and predicate
_DETERMINERS_IN_A_ROW = (
    "the a an his her its their our my your this that these those one some two three every each last next"
    " another no any first new former old year"
)
_DETERMINERS = frozenset(_DETERMINERS_IN_A_ROW.split())


def swapped_subjects(summary: str, start: int, end: int, source: Grounding) -> Iterator[Unsupported]:
    """Yield the subject of summary[start:end] if what follows it is said, in the sources, only of another name."""
    matches = list(WORD.finditer(summary, start, end))
    written = [match[0] for match in matches]
    folded = [fold(word) for word in written]
    stems = [stem(word) for word in folded]
    for place in range(1, min(_LONGEST_SUBJECT + 1, len(written) - _LEAST + 1)):
        if folded[place - 1] in FUNCTION_WORDS | _DETERMINERS:
            return
        if _is_predicate(written, folded, place) and _is_of_another(stems, folded, place, source):
            yield Unsupported(kind="subject", start=matches[0].start(), end=matches[place - 1].end())
            return


def _is_predicate(written: Sequence[str], folded: Sequence[str], place: int) -> bool:
    """Whether a predicate may begin at `place`: with a verb's form, or after a possessive."""
    first = folded[place]
    is_verb = first in _VERBS or (len(first) > 4 and first.endswith("ed"))
    return is_verb or written[place - 1].endswith(("'s", "’s"))


def _is_of_another(stems: Sequence[str], folded: Sequence[str], place: int, source: Grounding) -> bool:
    subject = stems[place - 1]
    if subject not in source.places or not _is_name(subject, folded[place - 1], source):
        return False
    copies = [(_common(stems, place, source, there), there) for there in source.places.get(stems[place], ())]
    longest = max((length for length, _ in copies), default=0)
    copied = folded[place : place + longest]
    if longest < _LEAST or sum(word not in FUNCTION_WORDS for word in copied) < _LEAST_CONTENT:
        return False
    before = {_word_before(there, subject, source) for length, there in copies if length >= _LEAST}
    if None in before:
        return False
    others = [word for word, form in filter(None, before) if _is_name(word, form, source)]
    return bool(others) and all(_are_two(other, subject, source) for other in others)


def _common(stems: Sequence[str], place: int, source: Grounding, there: int) -> int:
    length = 0
    while (
        place + length < len(stems)
        and there + length < len(source.stems)
        and stems[place + length] == source.stems[there + length]
    ):
        length += 1
    return length


def _word_before(there: int, subject: str, source: Grounding) -> tuple[str, str] | None:
    """The word before the predicate at `there`, and its form; None where it may be said of `subject` too."""
    sentence = source.sentences[source.sentence_of[there]]
    if subject in source.stems[sentence.first : sentence.last]:
        return None
    before = there - 1
    while before >= sentence.first and fold(source.written[before]) in _BETWEEN:
        before -= 1
    return (source.stems[before], fold(source.written[before])) if before >= sentence.first else None


def _are_two(one: str, other: str, source: Grounding) -> bool:
    """Whether two words name two: they never stand side by side, as "Joe Root", and somewhere in one sentence."""
    places = set(source.places[one])
    if any(place + step in places for place in source.places[other] for step in (-1, 1)):
        return False
    sentences = {source.sentence_of[place] for place in places}
    return any(source.sentence_of[place] in sentences for place in source.places[other])


def _is_name(word: str, form: str, source: Grounding) -> bool:
    """Whether a word is a name: always capitalized, or, where capitals are lost, never behind an article."""
    if form in FUNCTION_WORDS or form in _DETERMINERS or len(form) < 3 or not form.isalpha():
        return False
    places = source.places[word]
    if source.has_case:
        return all(source.written[place][0].isupper() for place in places)
    if form.endswith(("ed", "ing", "ly")):
        return False
    return all(fold(source.written[place - 1]) not in _DETERMINERS for place in places if place)
