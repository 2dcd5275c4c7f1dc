"""What a PDF's fonts do not say: characters without a map to text, and maps that give other letters.

Knows: which characters have no meaning, and how words of a language are told from letters at random. Knows nothing
about where text stands. Runs in the child process and imports nothing of ours.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from pypdfium2 import PdfTextPage, raw

_SAMPLED = 40  # characters of a page that are asked for before all are
_MEANINGLESS = re.compile("[\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")
_SPACES = frozenset((0x2, 0x9, 0xA, 0xD))  # and pdfium's hyphen at a line's end
_CONTROLS = dict.fromkeys(code for code in range(0x20) if code not in _SPACES)
_MIN_CONTROLS = 10  # characters to each that is a control: in place of spaces, so that the rest is no text either
_LONGEST = 15  # characters from one space to the next
_MAX_ODD = 0.05  # of text: ligatures that have no code

_WORD = re.compile(r"\b[^\W\d_]{4,30}\b")
_SAMPLED_TEXT = 50_000  # characters of a document
_MIN_WORDS = 30  # that tell a language
_VOWELS = frozenset("aeiouyæœøıəαεηιουωаеиоуыэюяіє")  # noqa: RUF001
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
# A vowel stands beside a consonant so many times as often as by chance, and more where words have no vowel at all.
# Measured on ten languages: 1.2 (Vietnamese) to 1.7, and no vowel in .04 of words; letters at random have 1.05 and .19.
_MIN_ALTERNATION, _FOR_EACH_WITHOUT = 1.1, 2.5


def without_unmapped(text: str, text_page: PdfTextPage) -> tuple[str, int]:
    """Return a page's text without the characters that its fonts give no meaning to, and how many they are."""
    total = text_page.count_chars()
    codes, controls = _unmapped(text_page, total)
    if _is_text(codes):
        codes = []  # they are the letters', by chance
    if 2 * len(codes) > total or _MIN_CONTROLS * controls > total:
        return "", total
    if codes or controls:
        text = text.translate(_CONTROLS)
    meaningless = len(_MEANINGLESS.findall(text))
    if meaningless and 2 * meaningless > len("".join(text.split())):
        return "", total
    return text, len(codes)


def is_gibberish(text: str) -> bool:
    """Whether a text's small letters are no language's, as where a map gives another letter for each."""
    words = [word for word in _WORD.findall(text, 0, _SAMPLED_TEXT) if word[1:].islower()]
    return len(words) >= _MIN_WORDS and not _are_words(words)


def _unmapped(text_page: PdfTextPage, total: int) -> tuple[list[int], int]:
    """Return the codes of the characters that their font has no map for, and how many are mapped to controls.

    Of a few characters it is asked first.
    """
    code_of, lacks_map = raw.FPDFText_GetUnicode, raw.FPDFText_HasUnicodeMapError
    page, step = text_page.raw, max(1, total // _SAMPLED)
    if not any(lacks_map(page, at) == 1 or code_of(page, at) in _CONTROLS for at in range(0, total, step)):
        return [], 0
    found = [(code_of(page, at), lacks_map(page, at) == 1) for at in range(total)]
    controls = sum(code in _CONTROLS and not is_unmapped for code, is_unmapped in found)
    return [code for code, is_unmapped in found if is_unmapped], controls


def _is_text(codes: list[int]) -> bool:
    """Whether codes that have no map are text nevertheless: they have spaces, or read as a language's words."""
    text = "".join(chr(code) for code in codes if code <= sys.maxunicode)
    if text.count(" ") * _LONGEST >= len(codes) and min(text, default=" ") >= " ":
        return True
    odd = sum(code < 0x20 or 0x7F <= code < 0xA0 for code in codes)
    letters = sum(map(str.isalpha, text))
    if odd > _MAX_ODD * len(codes) or 2 * letters < len(codes):
        return False
    if han := len(_HAN.findall(text)):
        return 2 * han > letters and 4 * len(_KANA.findall(text)) > han
    return 2 * sum(map(str.islower, text)) > letters and _are_words(_WORD.findall(text))


def _are_words(words: Iterable[str]) -> bool:
    """Whether vowels and consonants are mixed as they are in words."""
    # á as a: small letters, without what is above and below them.
    plain = [re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFD", word.lower())) for word in words]
    if not plain:
        return False
    kinds = [[letter in _VOWELS for letter in word] for word in plain]
    vowels, letters = sum(map(sum, kinds)), sum(map(len, kinds))
    share = vowels / letters
    by_chance = 2 * share * (1 - share) * (letters - len(kinds))
    changes = sum(one != other for word in kinds for one, other in pairwise(word))
    without = sum(not any(word) for word in kinds)
    return changes > (_MIN_ALTERNATION + _FOR_EACH_WITHOUT * without / len(kinds)) * by_chance
