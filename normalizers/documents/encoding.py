"""From bytes to characters: which encoding a text is in.

Knows: byte order marks, UTF-8, and the likeliest legacy charset. Knows nothing about file types or markup.
"""

import codecs

import charset_normalizer

from errors import UserError

_BYTE_ORDER_MARKS = (  # UTF-32's little-endian mark begins with UTF-16's: it is asked first
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """Return the text of `data`: its byte order mark decides, else UTF-8 if it is valid, else the likeliest charset.

    Raises UserError E1004 when it is text in no known encoding and E1006 when it is no text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    if b"\0" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    text = _decode_as(data, _guess(data))
    if "\0" in text:
        raise _binary_data(data)
    return text


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UserError("E1004", f"document is not {error.encoding}: byte {error.start:,} of {len(data):,}") from None


def _guess(data: bytes) -> str:
    matches = charset_normalizer.from_bytes(data)
    best = matches.best()
    if best is None:
        if b"\0" in data:
            raise _binary_data(data)
        raise UserError("E1004", f"document's {len(data):,} bytes are text in no known encoding")
    # Its ties are broken by name, which would give French and German to cp1250. cp1252 is the web's legacy default.
    ties = (m.encoding for m in matches if m.chaos <= best.chaos and best.coherence - m.coherence <= 0.1)
    return "cp1252" if "cp1252" in ties else best.encoding


def _binary_data(data: bytes) -> UserError:
    return UserError("E1006", f"document is binary data of an unknown type, {len(data):,} bytes")
