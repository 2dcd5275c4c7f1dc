"""Whether a line is the name of a mail's sender, as people sign: in full, a first name, a short form, initials.

Knows: the words of a From header. Knows nothing about what else a line may be.
"""

import re
from itertools import permutations

from normalizers.cleaning.nicknames import NICKNAMES
from splitting.words import listed

WORD = re.compile(r"[^\W\d_]+")
_HOST = re.compile(r"https?://\S+|[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,6}(?:/\S*)?")
_VOWEL = re.compile("[aeiouy]")  # of a word
_POSSESSIVE = re.compile(r"['\u2019]s\b")


_PARTICLES = listed("and de van von la und et di der den du le af av x xx xxx xo xoxo via the kids family boys girls")
_OF_ADDRESSES = listed("mailto com net org www info mail")
_NO_SHORT_FORMS = listed("the and for her his all are can may mar was not but you our new per one two ok no")
_SHORT_WORDS = listed("an as at by do dr he if in is it jr me mr ms my no of ok on or re so sr to us we")  # no names
_SHARED = listed(
    "info office service services support help helpdesk desk sales team contact noreply reply no admin mail hello"
    " billing orders order booking customer kundenservice kontakt buero büro vertrieb accueil secretariat"
)
_SHORT_FORM = 3  # letters at least: Kim of Kimberly
_LONGEST_INITIALS = 8  # characters: "j. d. m."
_MOST_WORDS = 6


class Sender:
    """The words and initials that the sender may sign with; `header` is a From header's value, "" when unknown."""

    def __init__(self, header: str) -> None:
        header = header[:300]
        names = WORD.findall(header.partition("<")[0].partition("[")[0].partition("@")[0].casefold())
        local = header.rpartition("<")[2].partition("@")[0].strip("\"' ").casefold()
        self.address = header.rpartition("<")[2].partition(">")[0].casefold() if "@" in header else ""
        self._local = local
        self._words = frozenset(word for word in (*names, *WORD.findall(local)) if len(word) > 1)
        self._words |= {first + last for first, last in permutations(names[:4], 2)}  # JohnDoe
        self._words -= _OF_ADDRESSES | _SHORT_WORDS | _PARTICLES
        self._names = frozenset(names) - _PARTICLES - _OF_ADDRESSES
        self._initials = frozenset(name[0] for name in names)
        # An address that people of one house share, in whose name they write: who signs is not in the header.
        house = self.address[self.address.find("@") + 1 :]
        is_person = bool(names) and _SHARED.isdisjoint(names) and "".join(names) not in house.replace("-", "")
        self.house = "" if is_person or _SHARED.isdisjoint(WORD.findall(local)) else house

    def signed(self, line: str) -> bool:
        """Whether `line` is a name of the sender, alone or nearly so."""
        words = [word.casefold() for word in WORD.findall(line)]
        if not words or len(words) > _MOST_WORDS or _HOST.fullmatch(line):
            return False
        if any(map(self._has, words)):
            return not self._says_something(line)
        return self._is_of_address(words) or self._are_initials("".join(words))

    def is_named(self, line: str) -> bool:
        """Whether `line` has names of the sender or short forms of them, and nothing else, initials neither."""
        words = [word.casefold() for word in WORD.findall(line)]
        return (
            0 < len(words) <= 3
            and any(map(self._has, words))
            and all(word in self._names or self._has(word) or (len(words) > 1 and len(word) == 1) for word in words)
        )

    def has_initials(self, line: str) -> bool:
        """Whether `line` is initials of the sender: "JD", "j.d."."""
        words = WORD.findall(line.casefold())
        return len(line) <= _LONGEST_INITIALS and self._are_initials("".join(words))

    def has_initial(self, letter: str) -> bool:
        """Whether a name of the sender begins with `letter`."""
        return letter.casefold() in self._initials

    def _has(self, word: str) -> bool:
        if word in self._words:
            return True
        if word in NICKNAMES and not self._names.isdisjoint(NICKNAMES[word]):
            return True
        is_short = len(word) >= _SHORT_FORM and word not in _NO_SHORT_FORMS
        return is_short and any(name.startswith(word) for name in self._words)

    def _is_of_address(self, words: list[str]) -> bool:
        """Whether a name makes the address: Jane Doe that of jdoe@, doej@, janed@ and janedoe@."""
        if not 2 <= len(words) <= 3 or len(self._local) < 4:
            return False
        first, last = words[0], words[-1]
        return self._local.rstrip("0123456789") in (first[0] + last, last + first[0], first + last[0], first + last)

    def _are_initials(self, letters: str) -> bool:
        """Whether letters are initials; one of three may be unknown, and of a sender with one name all but the last."""
        if not 2 <= len(letters) <= 4 or letters in _NO_SHORT_FORMS:
            return False
        if len(self._initials) == 1:
            return letters[-1] in self._initials and len(letters) < 4 and not _VOWEL.search(letters)
        pairs = [(letters[0], letters[-1]), *([(letters[1], letters[2])] if len(letters) == 3 else [])]
        return any(first != last and {first, last} <= self._initials for first, last in pairs)

    def _says_something(self, line: str) -> bool:
        """Whether small words follow the name, as in "Ann brings the keys"."""
        if _POSSESSIVE.search(line):
            return True
        words = line.split()
        first = next((at for at, word in enumerate(words) if self._has(word.strip(".,:;!").casefold())), len(words))
        return any(
            word.isalpha() and word.islower() and not self._has(word) and word not in _PARTICLES
            for word in words[first:]
        )
