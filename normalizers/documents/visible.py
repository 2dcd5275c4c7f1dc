"""The part of a page's source that a reader can get to see: what is streamed comes into place, what is unseen goes.

Scripts and style sheets go first: what they hold is not read again. Hidden is not always unseen: panels wait for a
click. What nobody ever sees is a place for planted instructions.

Knows: which hidden elements stay, which a script shows when the page has loaded, and where a page says for those who
run no scripts what it says. Knows nothing about how styles hide (`hiding.py`), what opens them again (`openers.py`),
how React streams (`streamed.py`), or about what is content.
"""

import re
from typing import NamedTuple

from contract.document import HIDDEN_TEXT, Removal
from normalizers.documents import hiding, markup, streamed
from normalizers.documents.openers import Openers

_NOT_CONTENT = frozenset(("katex-html", "MathJax_Preview", "mw-editsection"))  # doubles of MathML; a wiki's links
_FOR_SCREEN_READERS = re.compile(r"mathml|assistive-mml", re.IGNORECASE)  # a formula beside its picture

_NO_TEXT = ("script", "style")
_ANY_MEDIA = ("", "all", "screen")
_BACKGROUND = ("background", "bgcolor", "stylesheet", "color-scheme")
_WHITE = re.compile(r"(?:-color)?[:=\s\"']{1,3}(?:white|#f{3}(?:f{3})?)\s{0,9}(?:[;\"'}>]|!important)", re.IGNORECASE)
# One of them is in a tag that hides its element.
_HINTS = ("style", "hidden", "<dialog", "katex-", "mathjax_", "mw-edits")
_DOUBLE = "double"  # a way of hiding: said elsewhere on the page
_MOST = 1_000  # characters of hidden text that may be the page itself, which a script shows when it has loaded
_NOTICE = 300  # characters that a page has for those who run no scripts: how to turn them on


class Visible(NamedTuple):
    """What is left of a page's source, and how many characters of text nobody sees."""

    source: str
    unseen: int

    @property
    def removals(self) -> tuple[Removal, ...]:
        """What to say of it in a report."""
        return (Removal(kind=HIDDEN_TEXT, characters=self.unseen),) if self.unseen else ()


class _Page(NamedTuple):
    source: str  # without the others
    sheets: list[str]
    scripts: list[str]


def visible(source: str) -> Visible:
    """Return the page with its streamed parts in place, its panels open, and nothing in it that nobody sees."""
    page = _parted(streamed.put_in_place(source))
    paper = {} if _has_background(source) else hiding.PAPER
    return _drop_unseen(page.source, hiding.Sheets(page.sheets, page.scripts, paper), page.scripts)


def _has_background(source: str) -> bool:
    """Whether something but white may be behind a page's text."""
    return any(not _WHITE.match(source, place) for place in markup.places(source, _BACKGROUND))


def _parted(source: str, *, opens_noscript: bool = True) -> _Page:
    """Take scripts and style sheets out of a page: they have no text, but say what is shown."""
    pieces: list[str] = []
    sheets: list[str] = []
    scripts: list[str] = []
    instead = slice(0, 0)  # of scripts: the longest content of a `noscript`
    data = 0  # characters of scripts that stay
    kept_until = 0
    for tag, end, behind in markup.raw_texts(source):
        name, text = tag["name"].lower(), source[tag.end() : end]
        if name == "noscript" and len(text) > instead.stop - instead.start:
            instead = slice(tag.end(), end)
        if name not in _NO_TEXT or (name == "script" and "ld+json" in tag["attributes"]):
            data += end - tag.end() if name == "script" else 0
            continue
        if name == "script":
            scripts.append(text)
        elif markup.attributes(tag).get("media", "").strip().lower() in _ANY_MEDIA:
            sheets.append(text)
        pieces.append(source[kept_until : tag.start()])
        kept_until = behind
    page = _Page("".join([*pieces, source[kept_until:]]), sheets, scripts)
    length = text_length(source[instead]) if opens_noscript else 0
    if length > _NOTICE and length > (text_length(page.source) - data) / 2:  # what scripts would show is not here
        opened = f"{source[: instead.start]}</noscript>{source[instead]}<noscript>{source[instead.stop :]}"
        return _parted(opened, opens_noscript=False)
    return page


def _drop_unseen(source: str, sheets: hiding.Sheets, scripts: list[str], depth: int = 3) -> Visible:
    """Do so; fonts without a size are looked into `depth` levels deep, so that nested ones cost no quadratic time."""
    openers = Openers(source, scripts)
    pieces: list[str] = []
    unseen = kept_until = 0
    may_be_page = True
    left_to_open = len(source)  # from behind: nested elements, each read to its end, cost no quadratic time
    for tag in markup.tags_at(source, sorted(markup.places(source, (*_HINTS, *sheets.hints)))):
        if tag.start() < kept_until:
            continue
        name = tag["name"].lower()
        attributes = markup.attributes(tag)
        way = _way_of_hiding(name, attributes, sheets) if markup.has_content(name) else ""
        if not way:
            continue
        pieces.append(source[kept_until : tag.start()])
        kept_until = tag.end()
        if way == hiding.CLOSED and openers.opens(name, attributes, tag.start()):
            pieces.append(f"<{name}>")
            continue
        end = markup.end_of_element(source, tag)
        may_open = way == hiding.CLOSED and end - kept_until <= left_to_open
        if may_open and openers.opens_from_behind(name, attributes, end):
            left_to_open -= end - kept_until
            pieces.append(f"<{name}>")
            continue
        length = text_length(source[kept_until:end])
        if way == hiding.CLOSED and may_be_page and length > _MOST:
            may_be_page = False  # asked once, so that nested ones cost no quadratic time
            if length > text_length(source) / 2:
                pieces.append(f"<{name}>")
                continue
        seen = ""
        if way == hiding.INHERITED and depth:
            by_sheet = "font-size" not in attributes.get("style", "").lower()
            seen = _resized(source[kept_until:end], sheets, scripts, depth - 1, by_sheet=by_sheet)
        pieces.append(f"<{name}>{seen}</{name}>" if seen else " ")
        unseen += 0 if way == _DOUBLE else length - text_length(seen)
        kept_until = end
    return Visible("".join([*pieces, source[kept_until:]]), unseen)


def text_length(source: str) -> int:
    """Count the characters of a source's text, each white space as one."""
    return len(" ".join(markup.MARKUP.sub(" ", source).split()))


def _way_of_hiding(name: str, attributes: dict[str, str], sheets: hiding.Sheets) -> str:
    """Return how an element is hidden, as `hiding` does; "double" for what is said elsewhere."""
    called = attributes.get("class", "")
    if called and not _NOT_CONTENT.isdisjoint(called.split()):
        return _DOUBLE
    style = sheets.declarations(name, attributes) | hiding.declared(attributes.get("style", ""))
    is_closed = "hidden" in attributes or (name == "dialog" and "open" not in attributes)
    way = hiding.way(style) or (hiding.CLOSED if is_closed else "")
    return "" if way and _FOR_SCREEN_READERS.search(f"{name} {called}") else way


def _resized(content: str, sheets: hiding.Sheets, scripts: list[str], depth: int, *, by_sheet: bool) -> str:
    """Return what of an element whose font has no size is seen: what is in elements with a size of their own.

    Where a sheet took the size, sheets give it as well, such as to the columns of a row: a class is enough.
    """
    pieces: list[str] = []
    kept_until = 0
    for tag in markup.tags(content):
        if tag["end"] or tag.start() < kept_until:
            continue
        attributes = markup.attributes(tag)
        if hiding.has_size(hiding.declared(attributes.get("style", ""))) or (
            by_sheet and ("class" in attributes or "id" in attributes)
        ):
            kept_until = markup.end_of_element(content, tag)
            pieces.append(_drop_unseen(content[tag.start() : kept_until], sheets, scripts, depth).source)
    return " ".join(pieces)
