"""From an HTML page to the text that a reader would see.

Knows: which elements are not content, which begin a new line, and how a heading is marked. Knows nothing about files,
or about which part of a page is its article. Time and memory are linear in the page's length, whatever it holds: the
standard library's parser takes quadratic time on unfinished tags and comments, so tags are found by one regular
expression whose quantifiers never give back, and nesting is never a call stack.
"""

import re
from html import unescape

from contract.document import Document

_MARKUP = re.compile(
    r"""
    <!--(?:.*?-->|.*)                             # a comment, which ends the page when it is not closed
    |<[!?][^>]*+>?                                # a doctype, CDATA or processing instruction
    |<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)
      (?P<attributes>(?:
         [^>"'=]++
        |=\s*+"[^"]*+"?                           # a quoted value may hold ">"
        |=\s*+'[^']*+'?
        |["'=]                                    # a quote that begins no value
      )*+)>?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_QUOTED = re.compile(r"\"[^\"]*+\"?|'[^']*+'?")
_HIDDEN = re.compile(r"\shidden(?=[\s=]|$)", re.IGNORECASE)
_HUGE_REFERENCE = re.compile(r"&#\d{8,}+;?")  # no character has one, and int() refuses to read thousands of digits
_WHITESPACE = re.compile(r"[ \t\n\r\f]++")


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Their content is not markup: it ends at their own end tag and nowhere else.
_RAW_TEXT = _names("iframe noembed noframes script style textarea title xmp")
_DROPPED = _names("canvas datalist noscript object select svg template")
# Where a hidden one of these ends cannot be told: their end tag may be left out, or there is none.
_END_IS_OPTIONAL = _names("body colgroup dd dt head html li optgroup option p rp rt tbody td tfoot th thead tr")
_VOID = _names("area base br col embed hr img input link meta source track wbr")
_PARAGRAPH = _names(
    "address article aside blockquote center details dialog dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " main nav ol p pre section table ul"
)
_LINE = _names("caption dd div dt figcaption legend li option summary tr")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

MAX_HEADING = 300  # characters; a longer one was left open, and what follows fell into it
_MARK = re.compile(r"\A#{1,6} ")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def normalize(document: Document) -> Document:
    """Replace an HTML page by its visible text: paragraphs apart, list items dashed, headings and table rows a line."""
    if document.media_type != "text/html":
        return document
    return document.model_copy(update={"text": _Page(document.text).text()})


def heading(text: str, level: int) -> str | None:
    """Return a heading as a line with Markdown's mark, None for what is no heading: nothing to read, or too much."""
    line = _MARK.sub("", " ".join(text.split())).removesuffix("¶").rstrip()  # the link to itself that manuals have
    return f"{'#' * level} {line}" if len(line) <= MAX_HEADING and _LETTER_OR_DIGIT.search(line) else None


def has_tag_over(source: str, limit: int) -> bool:
    """Whether a tag's attributes have more than `limit` characters, quoted values left out."""
    position = 0
    while tag := _MARKUP.search(source, position):
        position = tag.end()
        if tag.end() - tag.start() > limit and len(_QUOTED.sub("", tag["attributes"] or "")) > limit:
            return True
        name = (tag["name"] or "").lower()
        if name in ("script", "style") and not tag["end"]:  # a quote in a script must not hide the tags behind it
            position = _end_of_raw_text(source, name, position)
    return False


class _Page:
    """One pass over a page: `text()` gives what was collected."""

    def __init__(self, source: str) -> None:
        self._pieces: list[str] = []
        self._line_ends = 2  # that the pieces end in
        self._preformatted = 0  # how many <pre> are open
        self._level = 0  # of the open heading; 0: none is
        self._heading_start = 0  # the piece that it begins with
        self._heading_has_text = False
        position = 0
        while match := _MARKUP.search(source, position):
            self._add_text(source[position : match.start()])
            position = self._read_markup(source, match)
        self._add_text(source[position:])
        self._end_heading()

    def text(self) -> str:
        return "".join(self._pieces)

    def _read_markup(self, source: str, match: re.Match[str]) -> int:
        """Take one tag, comment or declaration; return where the next text begins."""
        if not match["name"]:
            return match.end()
        name = match["name"].lower()
        if not match["end"]:
            if name in _RAW_TEXT:
                return _end_of_raw_text(source, name, match.end())
            if name in _DROPPED or _is_hidden(name, match["attributes"]):
                return _end_of_element(source, name, match)
        self._break_before(name, is_end=bool(match["end"]))
        return match.end()

    def _break_before(self, name: str, is_end: bool) -> None:
        if name in HEADINGS or (name in _PARAGRAPH and self._heading_has_text):  # the latter: it was left open
            self._end_heading()
        if name == "pre":
            self._preformatted = max(0, self._preformatted + (-1 if is_end else 1))
        if name == "br":
            self._end_line(self._line_ends + 1)
        elif name in _PARAGRAPH:
            self._end_line(2)
        elif name in _LINE:
            self._end_line(1)
        if is_end:
            return
        if name in HEADINGS:
            self._level, self._heading_start = int(name[1]), len(self._pieces)
        elif name == "li":
            self._append("- ")
        elif name in ("td", "th") and not self._line_ends:
            self._append(" | ")

    def _end_heading(self) -> None:
        """Make one line of what was collected since a heading began."""
        if self._heading_has_text:
            line = heading("".join(self._pieces[self._heading_start :]), self._level)
            if line is not None:
                self._pieces[self._heading_start :] = [line]
                self._line_ends = 0
        self._level, self._heading_has_text = 0, False

    def _append(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._line_ends = 1 if text.endswith("\n") else 0

    def _end_line(self, wanted: int) -> None:
        """Make the text so far end in at least `wanted` line ends."""
        if wanted > self._line_ends:
            self._pieces.append("\n" * (wanted - self._line_ends))
            self._line_ends = wanted

    def _add_text(self, raw: str) -> None:
        text = unescape(_HUGE_REFERENCE.sub("\ufffd", raw))
        if not self._preformatted:
            text = _WHITESPACE.sub(" ", text)
            if self._line_ends:
                text = text.lstrip(" ")
        self._append(text)
        if self._level and not self._heading_has_text:
            self._heading_has_text = bool(text.strip())


def _is_hidden(name: str, attributes: str) -> bool:
    """Whether the `hidden` attribute is set: text that no reader sees is a place for planted instructions."""
    if "hidden" not in attributes.lower() or name in _END_IS_OPTIONAL or name in _VOID:
        return False
    return _HIDDEN.search(_QUOTED.sub('""', attributes)) is not None


def _end_of_raw_text(source: str, name: str, start: int) -> int:
    end_tag = re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE).search(source, start)
    return end_tag.end() if end_tag else len(source)


def _end_of_element(source: str, name: str, start_tag: re.Match[str]) -> int:
    """Return where the element ends, elements of the same name within it counted; the page's end when it is open."""
    if start_tag[0].endswith("/>") and name == "svg":
        return start_tag.end()
    depth, position = 1, start_tag.end()
    while match := _MARKUP.search(source, position):
        position = match.end()
        if not match["name"]:
            continue
        found, is_end = match["name"].lower(), bool(match["end"])
        if found == name:
            depth += -1 if is_end else 1
            if depth == 0:
                return position
        elif found in _RAW_TEXT and not is_end:
            position = _end_of_raw_text(source, found, position)
    return len(source)
