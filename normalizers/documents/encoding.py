"""From bytes to characters: which encoding a text is in.

Knows: byte order marks, UTF-8, what a page says of itself, and the likeliest charset of a text that says nothing. Knows
nothing about file types, or about a page beyond that line.
"""

import re

from contract import charset
from errors import UserError
from normalizers.documents import guess

_HAS_ZERO = re.compile(r"[\t-\r -~\xa0-\xff]")
_MOST_REPLACED = 0.01  # of a text whose mark says what it is

# Of a page, where the standard has browsers look for it, and XML's declaration.
_PRESCANNED = 1_024
_DECLARED = re.compile(
    rb"""<meta\s[^>]*?\bcharset\s*=\s*["']?\s*(?P<meta>[^\s"'/>;]+)|\A\s*<\?xml\s[^>]*?\bencoding\s*=\s*["'](?P<xml>[^"']+)""",
    re.IGNORECASE,
)


def decode(data: bytes) -> str:
    """Return the text of `data`: its byte order mark decides, else UTF-8 if it is (nearly) that, else what a page says
    of itself, else the likeliest charset. A few bytes that are none of it become U+FFFD.

    Raises UserError E1004 when it is text in no known encoding and E1006 when it is no text.
    """
    for mark, encoding in charset.BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _marked(data, encoding)
    bare = data.rstrip(b"\0")  # what fills up a block of a disk or a field of a record
    data = data if b"\0" in bare else bare
    text = None
    if b"\0" not in data:
        text = charset.decode(data, "iso-2022-jp") if charset.is_iso_2022_jp(data) else charset.utf_8(data)
        declared = _DECLARED.search(data[:_PRESCANNED])
        if text is None and declared:
            text = charset.decode(data, (declared["meta"] or declared["xml"]).decode("ascii", "replace"))
    if text is None:
        text = _guessed(data)
    if "\0" in text:
        raise _binary_data(data)
    return text


def _marked(data: bytes, encoding: str) -> str:
    text = data.decode(encoding, "replace")
    if text.count(charset.REPLACEMENT) > 1 + _MOST_REPLACED * len(text):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            at = f"byte {error.start:,} of {len(data):,}"
            raise UserError("E1004", f"document is not {error.encoding}: {at}") from None
    return text


def _guessed(data: bytes) -> str:
    name = guess.likeliest(data)
    if name is None:
        if b"\0" in data:
            raise _binary_data(data)
        raise UserError("E1004", f"document's {len(data):,} bytes are text in no known encoding")
    text = charset.decode(data, name) or data.decode(name, "replace")
    # A byte 0 of a text in two or four bytes a character is half of a blank, a digit or a Latin letter.
    if b"\0" in data and not _HAS_ZERO.search(text):
        raise _binary_data(data)
    return text


def _binary_data(data: bytes) -> UserError:
    return UserError("E1006", f"document is binary data of an unknown type, {len(data):,} bytes")
