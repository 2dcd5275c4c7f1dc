"""What a page shows and has in the attributes of its tags: ticked boxes, formulas that are pictures, frames.

Knows: how task lists and filled-in forms mark their boxes, how formulas and emoji are drawn as pictures with their text
beside them, and `srcdoc`. Knows nothing about the rest of a page: source goes in, and source comes out.
"""

import re
from html import escape, unescape

from normalizers.documents import markup

_TAG = re.compile(r"<i(?:frame|mg|nput)\s", re.IGNORECASE)
_BOXES = {True: "\u2612 ", False: "\u2610 "}
# A box that nobody can tick is a document's and no form's; so is one that begins an item or a cell.
_IN_ITEM = re.compile(r"<(?:li|td)\b[^<>]{0,300}>(?:\s|<(?:p|div|label|span)\b[^<>]{0,300}>){0,9}\Z", re.IGNORECASE)
_AROUND = 1_000  # characters before a box that are looked at
_PICTURED = re.compile(r"latex|emoji|equation|formula|\bmath|texrender", re.IGNORECASE)
_DISPLAYED = re.compile(r"\{\\(?:display|text)style (.*)\}\s*", re.DOTALL)
_LONGEST = 500  # characters of a formula


def written_out(source: str) -> str:
    """Return a page's source with the text of such tags in their place."""
    pieces: list[str] = []
    position = kept_until = 0
    while (found := _TAG.search(source, position)) and (tag := markup.MARKUP.match(source, found.start())):
        position = tag.end()
        name, attributes = tag["name"].lower(), markup.attributes(tag)
        if name == "iframe":
            written = _frame(attributes)
            position = markup.end_of_element(source, tag) if written else position
        elif name == "img":
            written = escape(_pictured(attributes), quote=False)
        else:
            written = _box(attributes, source[max(0, tag.start() - _AROUND) : tag.start()])
        if written:
            pieces += [source[kept_until : tag.start()], written]
            kept_until = position
    return "".join([*pieces, source[kept_until:]])


def _box(attributes: dict[str, str], before: str) -> str:
    is_box = attributes.get("type", "").lower() == "checkbox"
    is_content = is_box and ("disabled" in attributes or _IN_ITEM.search(before))
    return _BOXES["checked" in attributes] if is_content else ""


def _pictured(attributes: dict[str, str]) -> str:
    """Return the text of a picture of it; a wiki's formula is written before its picture, which stands in for it."""
    text = unescape(attributes.get("alt", "")).strip()
    called = f"{attributes.get('class', '')} {attributes.get('src', '')}"
    if not _PICTURED.search(called) or "fallback" in called or len(text) > _LONGEST:
        return ""
    displayed = _DISPLAYED.fullmatch(text)
    return f" {displayed[1] if displayed else text} "


def _frame(attributes: dict[str, str]) -> str:
    """Return a frame's own document as a part of the page, hidden as the frame is."""
    if not (content := unescape(attributes.get("srcdoc", ""))):
        return ""
    hidden = "".join(
        f' {name}="{escape(attributes[name])}"' for name in ("class", "id", "style", "hidden") if name in attributes
    )
    return f"<div{hidden}>{content}</div>"
