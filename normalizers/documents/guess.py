"""The likeliest charset of a text that says nothing of it.

Knows: which charsets are met, what a language's model (chardet's) tells, and where signs stand among letters. Knows
nothing of byte order marks, or of what a page says.
"""

import re

import chardet

from contract import charset


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


# The web's charsets, and those of DOS that are still met: among more of them a guess goes wrong more often.
_WINDOWS = _names("cp1250 cp1252 cp1254 cp1257 cp1258")
_OTHERS = (*_names("iso8859-1 iso8859-2 iso8859-9 iso8859-15 cp437 cp850 cp852"), "mac-roman")
_LATIN = (*_WINDOWS, *_OTHERS)
_WITH_CAPITALS = _names("cp1251 koi8-r iso8859-5 cp866 mac-cyrillic cp1253 iso8859-7")
_ALPHABETS = (*_WITH_CAPITALS, *_names("koi8-u cp1255 cp1256 iso8859-6 iso8859-8"))
_WITH_ZEROS = _names("utf-16-le utf-16-be utf-32-le utf-32-be")
_WIDE = (*_names("big5hkscs cp932 cp949 euc_jis_2004 euc_kr gb18030 hz iso2022_kr"), *_WITH_ZEROS)
_CHARSETS = (*_LATIN, *_ALPHABETS, *_WIDE, "cp874", "utf-8")
_LATIN_ZEROS, _OTHER_ZEROS = 0.5, 0.05  # of the bytes in one half of UTF-16's: of a text in Latin letters, of none

# What Windows-1252 and Mac Roman have beside letters, and where it stands among letters and digits.
_SIGN_IN_ITS_PLACE = re.compile(
    r"""
      (?<![^\W\d_])[\u201a\u201e]                      # a quote that opens below the line
    | (?<![^\W\d_])[\u201c\u201d\u2039\u203a\xab\xbb] | [\u201c\u201d\u2039\u203a\xab\xbb](?![^\W\d_])
    | [\u2018\u2019\u2013\u2014\u2026\xa0\xad]
    | [\u2022\u2020\u2021\u2030\u2122\u20ac\xa2\xa3\xa5\xa7\xa9\xae](?![^\W\d_])
    | (?<=[\d\s(])[\xb0\xb1] | (?<=[\w)])[\xaa\xb2\xb3\xb9\xba](?![^\W\d_])
    | (?<![^\W\d_])[\xbc-\xbe](?![^\W\d_]) | (?<![^\W\d_])[\xa1\xb5\xb7\xbf] | (?<![^\W\d_])[\xd7\xf7](?![^\W\d_])
    """,
    re.VERBOSE,
)
_NO_MAC = re.compile(r"[^\W\d_][\u2026\xa0][^\W\d_]|[\u0192\u03a9\u03c0]")  # letters among Mac Roman's symbols
# Signs that Windows has where the others have letters, as no letter stands.
_WINDOWS_SIGN = re.compile(
    r"[\u20ac\u201a\u201e\u2026\u2018-\u201d\u2022\u2013\u2014\u2122\xb2]|(?<=\d)(?:\s?\xb5|[\xbc-\xbe])"
    r"|(?<![^\W\d_])(?:[\xa7\xa9\xb1](?![^\W\d_])|\xa3(?=\d))"
)
_SAMPLED = 100_000  # bytes
_NOT_ASCII_BYTE = re.compile(rb"[\x80-\xff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_LETTER_BEYOND_ASCII = re.compile(r"[^\W\d_\x00-\x7f\xaa\xb2\xb3\xb5\xb9\xba\xbc-\xbe]")
_SIGN = re.compile(r"[^\x00-\x7f\w]|[\xaa\xb2\xb3\xb5\xb9\xba\xbc-\xbe]")
_SIGNS_IN_A_ROW = re.compile(rf"(?:(?!\xa0)(?:{_SIGN.pattern})){{3,}}")
_CAPITAL_AFTER_SMALL = re.compile(r"[a-z\xdf-\xff][\xc0-\xde\u0152\u0160\u0178\u017d]")
_SAME = re.compile(r"(.)\1*")
_WORD = re.compile(r"[^\W\d_]+")
_HALF_WIDTH_KANA = re.compile(rb"[\xa1-\xdf]*[\xd0-\xdf][\xa1-\xdf]*")
_LATIN_SECOND_BYTE = re.compile(rb"[\x80-\xff][A-Z\[-z{-~@]")  # as characters of Big5 have it
_AS_LIKELY = 0.8  # so near to the likeliest, Windows-1252 is what the web takes, or what has signs in their places
_ASCII_LETTER = re.compile(r"[A-Za-z]")


def likeliest(data: bytes) -> str | None:
    """Return the likeliest charset of `data`; None when it is text in none that is known, or has zeros and no text."""
    sample = _sample(data)
    return _of_wide(sample) if b"\0" in data else _of_letters(sample)


def _sample(data: bytes) -> bytes:
    """Return so much of a text as tells its charset, from a little before the first byte that is not ASCII."""
    first = _NOT_ASCII_BYTE.search(data)
    start = max(0, first.start() - 1_000) if first and b"\0" not in data else 0
    return data[start : start + _SAMPLED]


def _of_wide(data: bytes) -> str | None:
    """Return the charset in which a text with zeros has two or four bytes a character; None when it has one."""
    halves = data[::2].count(0), data[1::2].count(0)
    most = len(data) / 2
    if max(halves) >= _LATIN_ZEROS * most and min(halves) <= _OTHER_ZEROS * most:
        return "utf-16-be" if halves[0] > halves[1] else "utf-16-le"
    if sum(halves) <= _OTHER_ZEROS * len(data) and charset.utf_8(data.replace(b"\0", b"")) is not None:
        return None
    found = _likely(data, _WITH_ZEROS)
    return found[0][0] if found else None


def _of_letters(data: bytes) -> str | None:
    western = _plausible(data, "cp1252")
    if _is_mac_roman(data, western):
        return "mac-roman"
    if western and not _LETTER_BEYOND_ASCII.search(western):  # a few signs tell no model of a language anything
        return "cp1252"
    if _is_half_width_kana(data):
        return "cp932"
    found = _likely(data, _CHARSETS)
    name, confidence = found[0] if found else (None, 0.0)
    if name in _ALPHABETS and _mixes_scripts(data.decode(name, "replace")):
        found = _likely(data, _LATIN)
        name, confidence = found[0]
    if western and name in _LATIN and dict(found).get("cp1252", 0.0) >= _AS_LIKELY * confidence:
        return "cp1252"
    if name in (*_OTHERS, "cp866", "cp874") and western and _WINDOWS_SIGN.search(western):
        found = [likely for likely in found if likely[0] in _WINDOWS] or [("cp1252", 0.0)]
        name, confidence = found[0]
    if name in _LATIN:
        near = [other for other, likely in found if other in _LATIN and likely >= _AS_LIKELY * confidence]
        name = next((other for other in near if _plausible(data, other) is not None), name)
    return _of_capitals(data, confidence) or name


def _is_mac_roman(data: bytes, western: str | None) -> bool:
    """Whether a text is of an old Mac: one whose lines end in CR, or that makes no sense in Windows-1252 and DOS."""
    if western and (b"\r" not in data or b"\n" in data):
        return False
    text = _plausible(data, "mac-roman")
    if text is None or _NO_MAC.search(text):
        return False
    return not _LETTER_BEYOND_ASCII.search(text) or _plausible(data, "cp850") is None


def _likely(data: bytes, among: tuple[str, ...]) -> list[tuple[str | None, float]]:
    """Return charsets and their confidence, the likeliest first."""
    every = chardet.detect_all(data, include_encodings=among, compat_names=False, ignore_threshold=True)
    return [(found["encoding"], found["confidence"]) for found in every]


def _plausible(data: bytes, name: str) -> str | None:
    """Return a text in a Latin charset, None where that has signs within words or capitals after small letters.

    Windows' other charsets have most of the signs of Windows-1252, such as quotes and dashes, in the same places.
    """
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return None
    if _CAPITAL_AFTER_SMALL.search(text) or any(not _SAME.fullmatch(run[0]) for run in _SIGNS_IN_A_ROW.finditer(text)):
        return None
    return text if len(_SIGN_IN_ITS_PLACE.findall(text)) == len(_SIGN.findall(text)) else None


def _is_half_width_kana(data: bytes) -> bool:
    """Whether all that is not ASCII would be the kana that Shift JIS has in one byte, of which no model knows much."""
    others = data.translate(None, bytes(range(0x80)))
    low = len(others.translate(None, bytes(range(0xC0, 0x100))))  # where no alphabet has many of its letters
    halves = len(_LATIN_SECOND_BYTE.findall(data))
    return bool(_HALF_WIDTH_KANA.fullmatch(others)) and 5 * low >= len(others) and 5 * halves < len(others)


def _mixes_scripts(text: str) -> bool:
    """Whether letters of another alphabet stand in words of Latin letters rather than in words of their own."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    mixed = sum(_ASCII_LETTER.search(word) is not None for word in words)
    return mixed > sum(len(word) > 2 for word in words) - mixed


def _of_capitals(data: bytes, confidence: float) -> str | None:
    """Return the charset in which a text is all capitals and would be likelier than `confidence` in small letters.

    The models know little of capitals, which stand where another charset of the same alphabet has its small letters.
    """
    best = None
    for name in _WITH_CAPITALS:
        text = data.decode(name, "replace")
        letters = "".join(filter(str.isalpha, text))
        others = _NOT_ASCII.findall(letters)
        if not letters.isupper() or 2 * len(others) < len(letters) or len(others) < 0.9 * len(_NOT_ASCII.findall(text)):
            continue
        likely = _likely(text.lower().encode(name, "replace"), _CHARSETS)
        if likely and likely[0][1] > confidence:
            best, confidence = name, likely[0][1]
    return best
