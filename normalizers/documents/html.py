"""From an HTML page to the text that a reader would see.

Knows: which elements are not content, which begin a new line, and how a heading is marked. Knows nothing about files,
about what is hidden, or about which part of a page is its article. Time and memory are linear in the page's length,
whatever it holds, and nesting is never a call stack.
"""

import re
from html import unescape

from contract.document import Document
from normalizers.documents import formulas, markup, tag_text, visible
from splitting.words import listed

_HUGE_REFERENCE = re.compile(r"&#\d{8,}+;?")  # no character has one, and int() refuses to read thousands of digits
_WHITESPACE = re.compile(r"[ \t\n\r\f]++")

_DROPPED = listed("canvas datalist noscript object select svg template")
_BOXES = listed("textarea xmp")  # raw text that is seen
_LINE = listed("caption dd div dt figcaption legend li option summary tr")
_LISTS = ("li", "ol", "ul", "menu", "dir")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BREAKS = markup.PARAGRAPH | _LINE | listed("br menu dir td th")  # all others stand within a line

MAX_HEADING = 300  # characters; a longer one was left open, and what follows fell into it
_MARK = re.compile(r"\A#{1,6} ")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_ITEM = "- "


def normalize(document: Document) -> Document:
    """Replace an HTML page by its visible text: paragraphs apart, list items dashed, headings and table rows a line."""
    if document.media_type != "text/html":
        return document
    page = visible.visible(formulas.on_one_line(tag_text.written_out(document.text)))
    return document.model_copy(update={"text": text(page.source), "removals": (*document.removals, *page.removals)})


def text(source: str) -> str:
    """Return the text of a page's source, or of a part of it, in which nothing is hidden any more."""
    return _Page(source).text()


def heading(text: str, level: int) -> str | None:
    """Return a heading as a line with Markdown's mark, None for what is no heading: nothing to read, or too much."""
    line = _MARK.sub("", " ".join(text.split())).removesuffix("¶").rstrip()  # the link to itself that manuals have
    return f"{'#' * level} {line}" if len(line) <= MAX_HEADING and _LETTER_OR_DIGIT.search(line) else None


class _Page:
    """One pass over a page: `text()` gives what was collected."""

    def __init__(self, source: str) -> None:
        self._pieces: list[str] = []
        self._line_ends = 2  # that the pieces end in
        self._ends_before_item = 2  # the same before the last list item's dash
        self._preformatted = 0  # how many <pre> are open
        self._level = 0  # of the open heading; 0: none is
        self._heading_start = 0  # the piece that it begins with
        self._heading_has_text = False
        position = 0
        source = _HUGE_REFERENCE.sub("\ufffd", source)
        while match := markup.MARKUP.search(source, position):
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
            if name in markup.RAW_TEXT:
                return self._read_raw_text(source, name, match.end())
            if name in _DROPPED:
                return markup.end_of_element(source, match)
        if name in _BREAKS:
            self._break_before(name, is_end=bool(match["end"]))
        return match.end()

    def _read_raw_text(self, source: str, name: str, start: int) -> int:
        """Pass a script or its like by; what stands in a box for text is seen, line by line."""
        end, behind = markup.end_of_raw_text(source, name, start)
        if name in _BOXES:
            self._end_line(2)
            self._preformatted += 1
            self._add_text(source[start:end])
            self._preformatted -= 1
            self._end_line(2)
        return behind

    def _break_before(self, name: str, is_end: bool) -> None:
        if name in HEADINGS or (name in markup.PARAGRAPH and self._heading_has_text):  # the latter: it was left open
            self._end_heading()
        if name in HEADINGS or name in _LISTS:
            self._drop_empty_item()
        if name == "pre":
            self._preformatted = max(0, self._preformatted + (-1 if is_end else 1))
        if name == "br":
            self._end_line(self._line_ends + 1)
        elif name in markup.PARAGRAPH:
            self._end_line(2)
        elif name in _LINE:
            self._end_line(1)
        if not is_end:
            self._begin(name)

    def _begin(self, name: str) -> None:
        """Write what stands before an element's text."""
        if name in HEADINGS:
            self._level, self._heading_start = int(name[1]), len(self._pieces)
        elif name == "li":
            self._ends_before_item = self._line_ends
            self._append(_ITEM)
        elif name in ("td", "th") and not self._line_ends and not self._is_in_empty_item():
            self._append(" | ")

    def _is_in_empty_item(self) -> bool:
        """Whether nothing stands behind the last item's dash yet: what comes stands on its line, paragraph or not."""
        return bool(self._pieces) and self._pieces[-1] is _ITEM

    def _drop_empty_item(self) -> None:
        if self._is_in_empty_item():
            self._pieces.pop()
            self._line_ends = self._ends_before_item

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
        if wanted > self._line_ends and not self._is_in_empty_item():
            self._pieces.append("\n" * (wanted - self._line_ends))
            self._line_ends = wanted

    def _add_text(self, raw: str) -> None:
        if not raw:  # tags beside tags
            return
        text = unescape(raw)
        if not self._preformatted:
            text = _WHITESPACE.sub(" ", text)
            if self._line_ends or self._is_in_empty_item():
                text = text.lstrip(" ")
        self._append(text)
        if self._level and not self._heading_has_text:
            self._heading_has_text = bool(text.strip())
