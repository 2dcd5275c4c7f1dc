"""Formulas, fractions and raised figures of a page become text on one line: 10⁶, 1/2, x_1.

Knows: MathML, and what `sup` and `sub` stand for. Knows nothing about the rest of a page: source goes in, and source
comes out. Left as they are 10 to the 6th becomes 106 and a half 12, and a wrong number is worse than a lost one.
"""

import re
from html import escape, unescape

from normalizers.documents import markup, notation

# Every quantifier is bounded or gives nothing back, so that a page cannot make the time quadratic.
_MAX_INNER = 200  # characters of markup in a `sup` or `sub`: a longer one is no figure
_CONTEXT = 200  # characters of markup that are looked at on either side

_MATH = re.compile(r"<(?:\w{1,8}:)?math(?=[\s>])", re.IGNORECASE)
_MATH_END = re.compile(r"</(?:\w{1,8}:)?math\s*+>", re.IGNORECASE)
_TEX = re.compile(r"<script type=[\"']?math/tex[^>]{0,99}+>([^<]{0,2000}+)</script\s*+>", re.IGNORECASE)
_FRACTION = re.compile(
    r"<sup(?=[\s>])[^>]{0,300}+>\s*+(?P<over>\d{1,5})\s*+</sup\s*+>\s*+(?:/|&frasl;|&#8260;|&#x2044;|[\u2044\u2215])"
    r"\s*+<sub(?=[\s>])[^>]{0,300}+>\s*+(?P<under>\d{1,5})\s*+</sub\s*+>",
    re.IGNORECASE,
)
_RAISED = re.compile(
    rf"<(?P<name>su[pb])(?=[\s>])[^>]{{0,300}}+>(?P<inner>(?>(?:(?!</?su[pb]\b).){{0,{_MAX_INNER}}}))</(?P=name)\s*+>",
    re.IGNORECASE | re.DOTALL,
)
_STYLED = re.compile(  # raised by its style, as Google Docs writes it
    rf"(?P<open><(?P<tag>span|font|small)\s[^<>]{{0,300}}?vertical-align:\s*(?P<way>super|sub)\b[^<>]{{0,300}}>)"
    rf"(?P<inner>[^<>]{{1,{_MAX_INNER}}})</(?P=tag)\s*+>",
    re.IGNORECASE,
)
_UNIT_OR_VARIABLE = re.compile(r"(?:\d|[)\]}]|(?<![^\W_])[^\W\d_]{1,3})\Z")  # m, cm, km, x, R; a longer word has notes
_PRICE = re.compile(r"(?:[$€£¥]|\b(?:EUR|USD|GBP|CHF|kr)\.?)\s*\d[\d.,' ]*\Z")  # whose cents are raised
_CURRENCY_BEHIND = re.compile(r"\s*(?:[$€£¥]|(?:EUR|USD|GBP|CHF|kr)\b)")
_EXPONENT = re.compile(r"[-+\u2212\u2013]?\s*[\d.,]+[a-z]?|[-+\u2212\u2013]\s*[a-z]|[b-dfgi-npqstu-z]", re.IGNORECASE)
_NOTE = re.compile(r"\[?\d{1,3}\]?(?:\s*[,\u2013-]\s*\[?\d{1,3}\]?)*")
_ATOM = re.compile(r"[-\u2212]?[\w.,]+|\W?")
_RELATION = re.compile(r"[=<>\u2248\u2260\u2264\u2265\u2192\u2261\u221d]")
_SPACES = re.compile(r"\s+")

_NOT_WRITTEN = ("annotation", "annotation-xml", "mphantom")
_LOWERING = ("msub", "munder", "msubsup", "munderover")
_SEPARATORS = {"mtable": "; ", "mtr": ", "}


def on_one_line(source: str) -> str:
    """Return a page's source with its formulas written as text."""
    source = _TEX.sub(lambda found: escape(f" {found[1].strip()} ", quote=False), source)
    source = _STYLED.sub(_by_element, source)
    return _replace_raised(_FRACTION.sub(_fraction, _replace_math(source)))


def _by_element(found: re.Match[str]) -> str:
    """Return what a style raises raised by an element; the one with the style stays, which may hide it."""
    name = found["way"][:3]
    return f"{found['open']}<{name}>{found['inner']}</{name}></{found['tag']}>"


def _fraction(found: re.Match[str]) -> str:
    """Return a fraction on one line, apart from the whole number before it."""
    before = found.string[found.start() - 1 : found.start()]
    return f"{' ' if before.isdigit() else ''}{found['over']}/{found['under']}"


def _replace_math(source: str) -> str:
    pieces: list[str] = []
    position = 0
    while (start := _MATH.search(source, position)) and (end := _MATH_END.search(source, start.end())):
        before = source[position : start.start()]
        text = escape(_linear(source[start.start() : end.end()]), quote=False)
        pieces += [before, " " if text and before[-1:].isalnum() else "", text]
        pieces.append(" " if text and source[end.end() : end.end() + 1].isalnum() else "")
        position = end.end()
    return "".join([*pieces, source[position:]])


def _linear(source: str) -> str:
    """Return one MathML formula as text; its TeX where it has nothing else."""
    stack: list[tuple[str, list[str]]] = [("", [])]
    tex, position = "", 0
    for tag in markup.MARKUP.finditer(source):
        text = _SPACES.sub(" ", unescape(source[position : tag.start()]))
        if text.strip():
            stack[-1][1].append(text if stack[-1][0] in ("mtext", "annotation") else text.strip())
        position = tag.end()
        name = (tag["name"] or "").lower().rpartition(":")[2]
        if not name:
            continue
        if not tag["end"]:
            stack.append((name, []))
            if not tag[0].endswith("/>"):
                continue
        while len(stack) > 1:  # elements that were left open end with the one around them
            closed, parts = stack.pop()
            tex = tex or ("".join(parts).strip() if closed == "annotation" else "")
            stack[-1][1].append(_written(closed, parts))
            if closed == name:
                break
    while len(stack) > 1:
        closed, parts = stack.pop()
        stack[-1][1].append(_written(closed, parts))
    return _SPACES.sub(" ", _joined(stack[0][1])).strip() or tex


def _written(name: str, parts: list[str]) -> str:
    """Return a MathML element as text; `parts` are its children, written."""
    first, second, third = (*parts[:3], "", "", "")[:3]
    if name in _NOT_WRITTEN:
        return ""
    if name == "mfrac":
        return f"{_atom(first)}/{notation.under(second.strip())}"
    if name in ("msup", "mover"):
        return f"{_atom(first)}{notation.raised(second)}"
    if name in _LOWERING:
        return f"{_atom(first)}_{_atom(second)}{third and notation.raised(third)}"
    if name in _SEPARATORS:
        return _SEPARATORS[name].join(parts)
    if name == "mroot":
        return f"{_atom(first)}^(1/{second})"
    text = first if name == "semantics" else _joined(parts)
    if name == "mfenced":
        return f"({', '.join(parts)})"
    if name == "msqrt":
        return f"\u221a{_atom(text)}"
    return f" {text} " if name == "mspace" or (name == "mo" and _RELATION.fullmatch(text)) else text


def _joined(parts: list[str]) -> str:
    """Put parts side by side; figures that two of them meet in stay apart, as in 3 1/2."""
    text = ""
    for part in parts:
        text += f" {part}" if text[-1:].isdigit() and part[:1].isdigit() else part
    return text


def _atom(text: str) -> str:
    text = text.strip()
    return text if _ATOM.fullmatch(text) else f"({text})"


def _replace_raised(source: str) -> str:
    pieces: list[str] = []
    position, before = 0, ""
    for found in _RAISED.finditer(source):
        gap = source[position : found.start()]
        before = _text((before + gap)[-_CONTEXT:])
        behind = _text(source[found.end() : found.end() + _CONTEXT])
        write = _above if found["name"].lower() == "sup" else _below
        written = write(_text(found["inner"]).strip(), before, behind, is_link="<a" in found["inner"].lower())
        pieces += [gap, found["inner"] if written is None else escape(written, quote=False)]
        before += pieces[-1] if written is None else written
        position = found.end()
    return "".join([*pieces, source[position:]])


def _text(source: str) -> str:
    """Return what is text in a piece of source, which may begin or end in a tag."""
    return unescape(markup.MARKUP.sub("", source))


def _above(raised: str, before: str, behind: str, *, is_link: bool) -> str | None:
    """Return how a raised text is written; None: as it stands, such as the st of 1st."""
    if is_link or not _UNIT_OR_VARIABLE.search(before):
        return f"[{raised}]" if _NOTE.fullmatch(raised) and "[" not in raised and before[-1:].strip() else None
    if raised.startswith(("(", "[")):
        return None
    if len(raised) == 2 and raised.isdigit() and (_PRICE.search(before) or _CURRENCY_BEHIND.match(behind)):
        return f".{raised}"
    if _EXPONENT.fullmatch(raised) or any(map(str.isdigit, raised)):
        return notation.raised(_SPACES.sub("", raised))
    return None


def _below(lowered: str, before: str, behind: str, *, is_link: bool) -> str | None:
    """Return how a lowered text is written; None: as it stands, such as the 2 of H2O."""
    if is_link or not (lowered[:1].isdigit() and before[-1:].strip()):
        return None
    if before[-1:].isdigit() or behind[:1].isdigit():
        return notation.lowered(lowered)
    return None
