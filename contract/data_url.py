"""A data: URL (RFC 2397), as callers send a file where a text or a URL is taken.

Knows: how one is written, and its charset. Knows nothing of what is inside a file, or of what an input is for.
"""

import base64
import binascii
import codecs
import mimetypes
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from contract import charset
from errors import UserError

# Prose does not begin so: at once behind the colon stands a type with its slash, a semicolon or a comma.
_TYPE = r"(?:[^\s/;,]++/[^\s/;,]++|(?=[;,]))"
_HEAD = re.compile(rf"\s*+data:{_TYPE}(?:[ \t]*+;[ \t]*+[^\s;,]*+)*+(?:,|\s*+\Z)", re.I)
_TWO_BYTE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Content(NamedTuple):
    """What a data: URL holds."""

    media_type: str  # in lower case; empty where the URL names none
    data: bytes  # of a text in UTF-8 where the URL names the charset that it is in

    @property
    def suffix(self) -> str:
        """Return the extension that a file of this type has, such as ".pdf"; empty where none is known."""
        return mimetypes.guess_extension(self.media_type) or ""


def is_one(text: str) -> bool:
    """Whether a text is nothing but a data: URL, broken or not. One that stands among words is none."""
    head = _HEAD.match(text)
    if head is None:
        return False
    content = text[head.end() :].strip()
    if _is_base64(head[0]):  # of base64 in lines, as tools write it, the lines belong together
        return " " not in content and "\t" not in content
    return len(content.split(None, 1)) <= 1


def read(url: str, name: str, limit: int) -> Content:
    """Return what the data: URL of the input `name` holds. Raises UserError E1103 broken, E1005 over `limit` bytes."""
    about, comma, content = url.strip()[len("data:") :].partition(",")
    if not comma:
        raise UserError("E1103", f"{name}: the data URL has no comma")
    media_type, *parameters = (part.strip().lower() for part in about.split(";"))
    data = unquote_to_bytes(content)
    if "base64" in parameters:
        try:
            data = base64.b64decode(data.translate(None, b" \t\r\n"), validate=True)
        except binascii.Error:
            raise UserError("E1103", f"{name}: the data URL's {len(content):,} characters are no base64") from None
    if len(data) > limit:
        raise UserError("E1005", f"{name} is {len(data):,} bytes; the limit is {limit:,}")
    label = next((part[len("charset=") :].strip("'\"") for part in parameters if part.startswith("charset=")), "")
    return Content(media_type, _in_utf_8(data, label) if media_type.startswith("text/") or not media_type else data)


def text(url: str, name: str, limit: int) -> str:
    """Return the text that the data: URL of the input `name` holds, without blanks around it.

    Raises as `read`, and UserError E1004 for what is no text in its charset, or in UTF-8 where it names none.
    """
    data = read(url, name, limit).data
    try:
        found = data.decode("utf-16" if data.startswith(_TWO_BYTE_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError("E1004", f"{name}: byte {error.start:,} of the file's {len(data):,} is no UTF-8") from None
    if "\0" in found:
        raise UserError("E1004", f"{name}: the file's {len(data):,} bytes are no text")
    return found.strip()


def _is_base64(head: str) -> bool:
    return "base64" in (part.strip(" \t,").lower() for part in head.split(";")[1:])


def _in_utf_8(data: bytes, label: str) -> bytes:
    """Return a text in UTF-8; as it is where its charset is unknown or another one: tools name UTF-8 without a look."""
    found = charset.decode(data, label) if label else None
    return data if found is None else found.encode("utf-8", "surrogatepass")
