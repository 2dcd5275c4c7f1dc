"""What a page says in its linked data (JSON-LD) that its article is, for pages whose scripts write it from there.

Knows: schema.org's `articleBody`, wherever it stands. Knows nothing about what a page shows.
"""

import json
import re
from html import unescape
from typing import TYPE_CHECKING

from normalizers.documents import html

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TAG = re.compile(r"<(?:p|br|div|h\d|ul|li)\b", re.IGNORECASE)
_NO_KEY = re.compile(r"[\W_]+")
_SAMPLE = 40  # letters and digits


def article_body(page: "HtmlElement", least: int) -> str:
    """Return the longest one if it has more than `least` characters, else nothing."""
    bodies: list[str] = []
    for script in page.iter("script"):
        is_data = "ld+json" in script.get("type", "") and len(script.text or "") > least
        if is_data and "articleBody" in script.text:
            try:
                data = [json.loads(script.text, strict=False)]
            except (ValueError, RecursionError):
                continue
            while data:
                value = data.pop()
                if isinstance(value, dict):
                    bodies += [text for key, text in value.items() if key == "articleBody" and isinstance(text, str)]
                    data += value.values()
                elif isinstance(value, list):
                    data += value
    body = unescape(max(bodies, key=len, default=""))
    body = html.text(body).strip() if _TAG.search(body) else body.strip()
    return body if len(body) > least else ""


def is_shown(body: str, text: str) -> bool:
    """Whether a text has a body's beginning, middle or end in it."""
    key, shown = _NO_KEY.sub("", body), _NO_KEY.sub("", text)
    places = (0, max(0, (len(key) - _SAMPLE) // 2), max(0, len(key) - _SAMPLE))
    return any(key[place : place + _SAMPLE] in shown for place in places)
