"""A Word formula as a line of text: fractions with a slash, exponents raised, roots and sums with their signs.

Knows: the elements of Office's mathematics (ECMA-376 part 1, section 22.1). Knows nothing about the document around.
Nothing long is copied when an element ends: a bracket goes to a place that was left for it.
"""

from collections.abc import Callable

from normalizers.documents import notation

_FEW = 4  # pieces that may make one term
_MAX_TERM = 40  # characters
_PARTS = frozenset(("m:num", "m:den", "m:e", "m:sup", "m:sub", "m:lim", "m:deg"))  # that may need brackets
_GROUPED = frozenset(("m:rad", "m:sSup", "m:sSub", "m:sSubSup"))  # whose base needs them


class Formula:
    """One pass over a formula's elements: `text()` gives what was collected."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._open: list[tuple[str, int]] = []  # elements that are open, each with the piece that it begins with
        self._marks: list[dict[str, str]] = []  # what properties said of each of them
        self._parts: list[int] = []  # how many parts each of them has had

    def text(self) -> str:
        """Return the formula in one line."""
        return "".join(self._pieces)

    def write(self, text: str) -> None:
        """Add to the part of the formula that is open."""
        self._pieces.append(text)

    def start(self, tag: str, value: str | None) -> None:
        """Take an element's start; `value` is its attribute m:val."""
        owner = self._open[-1][0] if self._open else ""
        if tag in ("m:begChr", "m:endChr", "m:chr", "m:type", "m:degHide") and len(self._marks) > 1:
            self._marks[-2][tag] = value or ""  # of the element whose properties these are
        if tag == "m:f" and self._last().isdigit():
            self._pieces.append(" ")  # 2 1/2
        if owner and not tag.endswith("Pr"):
            self._before(tag, owner)
            self._parts[-1] += 1
        self._open.append((tag, len(self._pieces)))
        if tag in _PARTS:
            self._pieces.append("")  # where a bracket may come
        self._marks.append({})
        self._parts.append(0)

    def _before(self, tag: str, owner: str) -> None:
        """Write what stands before a part of an element."""
        marks, place = self._marks[-1], self._parts[-1]
        if owner == "m:nary" and not place:
            self._pieces.append(marks.get("m:chr", "∫"))
        if owner == "m:d" and tag == "m:e":
            self._pieces.append("|" if place else marks.get("m:begChr", "("))
        elif owner == "m:f" and tag == "m:den":
            self._pieces.append(" choose " if marks.get("m:type") == "noBar" else "/")
        elif owner == "m:rad" and tag == "m:e":
            self._pieces.append("√")
        elif (owner in ("m:nary", "m:func") and tag == "m:e") or (owner == "m:m" and not place):
            self._pieces.append("[" if owner == "m:m" else " ")
        elif owner in ("m:m", "m:mr", "m:eqArr") and place:
            self._pieces.append(", " if owner == "m:mr" else "; ")

    def end(self, tag: str) -> None:
        """Take an element's end."""
        _, begin = self._open.pop()
        marks, parts = self._marks.pop(), self._parts.pop()
        owner = self._open[-1][0] if self._open else ""
        if tag == "m:d" and parts:
            self._pieces.append(marks.get("m:endChr", ")"))
        elif tag == "m:m" and parts:
            self._pieces.append("]")
        elif tag == "m:sup":
            self._script(begin, "^")
        elif tag in ("m:sub", "m:lim"):
            self._script(begin, "_")
        elif tag == "m:deg":
            self._script(begin, "")
        elif tag == "m:den":
            self._group(begin, notation.under)
        elif tag == "m:num" or (tag == "m:e" and owner in _GROUPED):
            self._group(begin)

    def _script(self, begin: int, sign: str) -> None:
        """Raise or lower what was written since `begin`."""
        term = self._term(begin)
        if term and sign != "_":
            self._pieces[begin:] = [notation.superscript(term, "x")]
        elif term != "":
            self._group(begin)
            self._pieces[begin] = sign + self._pieces[begin]

    def _group(self, begin: int, grouped: Callable[[str], str] = notation.grouped) -> None:
        """Put what was written since `begin` in brackets, unless it is one term."""
        term = self._term(begin)
        if term is None or (term and grouped(term) != term):
            self._pieces[begin] = "("
            self._pieces.append(")")

    def _term(self, begin: int) -> str | None:
        """Return what was written since `begin`, None when it is too much to be one term."""
        pieces = self._pieces[begin : begin + _FEW]
        if len(self._pieces) - begin > len(pieces) or sum(map(len, pieces)) > _MAX_TERM:
            return None
        return "".join(pieces)

    def _last(self) -> str:
        return next((piece[-1] for piece in reversed(self._pieces[-_FEW:]) if piece), "")
