"""Bytes as the text that a browser or a mail program shows for them, where their charset is named or is UTF-8.

Knows: the labels of the WHATWG encoding standard and what they mean on the web (iso-8859-1 is Windows-1252, gb2312 is
GBK), those that mails have beside them, and when bytes are UTF-8 but for a few. Knows nothing of documents, and
guesses nothing.
"""

import codecs
import re

import webencodings

BYTE_ORDER_MARKS = (  # UTF-32's little-endian mark begins with UTF-16's: it is asked first
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_NO_TEXT = frozenset(("replacement", "x-user-defined"))  # of the standard: what a browser refuses to read
_NO_CHARSETS = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"))  # Python's
_OF_MAILS = {
    "cp50220": "iso-2022-jp",
    "cp50221": "iso-2022-jp",
    "iso-2022-jp-ms": "iso-2022-jp",
    "latin-9": "iso-8859-15",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
}
# Where Python has the standard of the time, and files have what came later: those are tried in turn.
_IN_TURN = {"gbk": ("gb18030",), "big5hkscs": ("big5hkscs", "cp950"), "euc_jp": ("euc_jp", "euc_jis_2004")}
# Whose bytes from 80 to 9F are controls: a text that has them is in what Windows has beside it.
_OF_WINDOWS = {"iso8859-2": "cp1250", "iso8859-7": "cp1253", "iso8859-8": "cp1255", "iso8859-13": "cp1257"}
_CONTROL = re.compile(rb"[\x80-\x9f]")
_UTF_16 = frozenset(("utf-16", "utf-16-le", "utf-16-be"))
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_ISO_2022_JP = "iso2022_jp"
_SHIFT = re.compile(rb"\x1b(\$@|\$B|\(B|\(I|\(J)")
_MOST_REPLACED = 0.1  # of the characters that are not ASCII

REPLACEMENT = "\ufffd"
_TWO_BYTES_THAT_ARE_NO_CHANCE = re.compile("[\x80-\xff\u0800-\ufffc\U00010000-\U0010ffff]")
_TWO_BYTES = re.compile("[\u0100-\u07ff]")


def codec(label: str) -> str | None:
    """Return Python's codec for a charset's label, in any case; None for what is none."""
    label = label.strip(" \t\n\r\f\"'").lower()
    found = webencodings.lookup(_OF_MAILS.get(label, label))
    if found is not None and found.name not in _NO_TEXT:
        return str(found.codec_info.name)
    try:
        known = codecs.lookup(label)
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return None
    is_text = getattr(known, "_is_text_encoding", True)  # Python has base64 and zip among its codecs
    return known.name if is_text and known.name not in _NO_CHARSETS else None


def decode(data: bytes, label: str) -> str | None:
    """Return the text that the bytes are in the charset of that label, with U+FFFD for a few that are broken.

    None when nobody knows the label, or the bytes are hardly of that charset.
    """
    name = codec(label)
    if name is None:
        return None
    if name == _ISO_2022_JP:
        return _iso_2022_jp(data)
    if name == "utf-8":
        return utf_8(data)
    if name in _UTF_16:
        if b"\0" not in data:
            return None
        name = "utf-16" if data.startswith(_UTF_16_MARKS) else name
    if name in _OF_WINDOWS and _CONTROL.search(data):
        name = _OF_WINDOWS[name]
    for tried in _IN_TURN.get(name, (name,)):
        try:
            return data.decode(tried)
        except ValueError:
            pass
    text = data.decode(name, "replace")
    others = len(text) - len(text.encode("ascii", "ignore"))
    return text if text.count(REPLACEMENT) <= _MOST_REPLACED * others else None


def utf_8(data: bytes) -> str | None:
    """Return bytes that are UTF-8, or nearly: with U+FFFD for those that are none. None for another charset's.

    What is UTF-8 must weigh twice as much as what is not. A letter of Latin-1 and three bytes in order weigh two:
    letters of other charsets hardly come in such an order by chance.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    broken = text.count(REPLACEMENT) - data.count(REPLACEMENT.encode())
    weight = 2 * len(_TWO_BYTES_THAT_ARE_NO_CHANCE.findall(text)) + len(_TWO_BYTES.findall(text))
    return text if weight >= 2 * broken else None


def is_iso_2022_jp(data: bytes) -> bool:
    """Whether bytes are Japanese in seven bits, which are UTF-8, too, and then read as garbage."""
    return (b"\x1b$B" in data or b"\x1b$@" in data) and data.isascii()


def _iso_2022_jp(data: bytes) -> str:
    """Decode by way of Shift JIS: Python's codec lacks the rows that NEC added, such as circled numbers."""
    pieces = _SHIFT.split(data)
    text = [pieces[0].decode("cp932", "replace")]
    for shift, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if shift.startswith(b"$"):
            piece = b"".join(_shift_jis(*piece[at : at + 2]) for at in range(0, len(piece) - 1, 2))
        elif shift == b"(I":
            piece = bytes(byte | 0x80 if byte > 0x20 else byte for byte in piece)
        text.append(piece.decode("cp932", "replace"))
    return "".join(text)


def _shift_jis(row: int, cell: int) -> bytes:
    """Return a character of JIS X 0208 in Shift JIS; as it is where it is none, such as a line end."""
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return bytes((row, cell))
    first = (row + 1) // 2 + (0x70 if row < 0x5F else 0xB0)
    second = cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20)
    return bytes((first, second))
