"""How a page's styles hide an element: the style in its tag, and the simple rules of the page's own style sheets.

Knows: the properties by which a text is put out of sight, and which rules to believe. Knows nothing about whether a
reader can open what is hidden, which `visible.py` does. A rule counts when its selector is one compound of tag, class
and id, no condition (`@media`, `@supports`) is around it, and nothing on the page may show the element again: no other
rule, no script that names it, no animation. What a sheet outside the page says is not known.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from normalizers.documents import markup

Declarations = dict[str, str]

CLOSED, NEVER, INHERITED = "closed", "never", "inherited"

_ZERO = re.compile(r"(?:0+\.?0*|\.0+)(?:px|pt|em|rem|%|vh|vw)?")
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?")
_NO_CLIP = ("rect(0,0,0,0)", "rect(0000)", "rect(1,1,1,1)", "rect(1111)")
_INSET_TO_NOTHING = re.compile(r"inset\((?:50|100)%\)")

_RAW = re.compile(r"<(?:!--|(?:script|style|textarea|title|xmp|noscript|iframe)(?=[\s/>]))", re.IGNORECASE)
_MAY_HIDE = re.compile(
    r"display\s*+:\s*+none|visibility\s*+:\s*+[hc]|(?:opacity|font-size|height|width)\s*+:\s*+[0.1]|clip|indent\s*+:\s*+-|:\s*+-\d\d\d"
    r"|transparent|scale\(0|(?<!-)color\s*+:[^;]*+;.*?background|background.*?(?<!-)color\s*+:"
)
_NO_RULES = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->|\"[^\"\n]*+\"?|'[^'\n]*+'?", re.DOTALL)
_COMPOUND = re.compile(r"(?P<tag>[a-z][\w-]*+)?+(?P<names>(?:[.#][\w-]++)*+)", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")
_NAME = re.compile(r"[.#][\w-]+")
_KEY = re.compile(r"[.#]?[\w-]+")
_COMBINATOR = re.compile(r"[\s>+~]+")
_ANY_MEDIA = ("", "all", "screen")
_PROPERTIES = markup.names(
    "display visibility opacity font-size position left top right bottom clip clip-path text-indent transform height"
    " max-height width max-width overflow color background background-color"
)
_MAY_MOVE = ("animation", "transition")  # what an animation shows in the end
_MOST_RULES = 500  # that hide


class _Rule(NamedTuple):
    tag: str  # "": any
    names: tuple[str, ...]  # .class and #id
    declarations: Declarations

    @property
    def keys(self) -> tuple[str, ...]:
        """By what elements are found that it may be for."""
        return self.names or (self.tag,)


_Block = tuple[str, str, bool]  # of a sheet: selectors, declarations, and whether a condition is around them


class Sheets:
    """What the page's own style sheets hide."""

    def __init__(self, source: str) -> None:
        self._rules: dict[str, list[_Rule]] = {}  # by one of their names, or by their tag
        sheets, scripts = _raw_texts(source)
        rules = [rule for sheet in sheets for rule in _rules(sheet)]
        hiding = list({(rule.tag, rule.names): rule for rule in islice(_hiding(rules), _MOST_RULES)}.values())
        values = _said_of({key for rule in hiding for key in rule.keys}, rules) if hiding else {}
        script = "\n".join(scripts).lower() if hiding else ""
        for rule in hiding:
            is_shown = any(len(values[key, name]) > 1 for key in rule.keys for name in rule.declarations)
            if not is_shown and not any(_is_named(key, script) for key in rule.keys):
                self._rules.setdefault(rule.keys[-1], []).append(rule)
        self._bare = {key[1:] for key in self._rules}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def may_name(self, tag: str, attributes: str) -> bool:
        """Whether a rule may be for a tag with these attributes, both in lower case; for most none is."""
        return tag in self._rules or not self._bare.isdisjoint(_WORD.findall(attributes))

    def declarations(self, tag: str, attributes: dict[str, str]) -> Declarations:
        """Return what of an element's style is from sheets and hides it."""
        names = {f".{name}" for name in attributes.get("class", "").lower().split()}
        if identifier := attributes.get("id", "").lower().strip():
            names.add(f"#{identifier}")
        found: Declarations = {}
        for key in (tag, *names):
            for rule in self._rules.get(key, ()):
                if rule.tag in ("", tag) and names.issuperset(rule.names):
                    found |= rule.declarations
        return found


def declared(style: str) -> Declarations:
    """Return a style's properties and values in lower case."""
    declarations = (declaration.partition(":") for declaration in style.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in declarations if value}


def way(style: Declarations) -> str:
    """Return how a style hides its element: CLOSED until something opens it, NEVER seen; "" when it is seen.

    INHERITED: its letters have no size, unless an element in it gives them one.
    """
    is_gone = style.get("display") == "none"
    if not is_gone and any(name.startswith(_MAY_MOVE) for name in style):
        return ""
    if _ZERO.fullmatch(style.get("font-size", "-")):
        return INHERITED
    if _is_out_of_sight(style):
        return NEVER
    if is_gone or style.get("visibility") in ("hidden", "collapse"):
        return CLOSED
    return CLOSED if _ZERO.fullmatch(style.get("opacity", "-")) or _has_no_height(style) else ""


def has_size(style: Declarations) -> bool:
    """Whether a style gives letters a size, where there was none."""
    return not _ZERO.fullmatch(style.get("font-size", "0"))


def _is_out_of_sight(style: Declarations) -> bool:
    """Whether a style puts a text off the screen, or gives it the colour of what is behind it."""
    if style.get("position") in ("absolute", "fixed"):
        if any(_FAR.fullmatch(style.get(side, "")) for side in ("left", "top", "right", "bottom")):
            return True
        if style.get("clip", "").replace(" ", "").replace("px", "") in _NO_CLIP:
            return True
        if _INSET_TO_NOTHING.fullmatch(style.get("clip-path", "")):
            return True
    if _FAR.fullmatch(style.get("text-indent", "")) or "scale(0)" in style.get("transform", ""):
        return True
    if any("background-clip" in name or name.endswith("fill-color") for name in style):  # letters cut out of a picture
        return False
    colour, behind = style.get("color", "inherit"), style.get("background-color", style.get("background"))
    return colour == "transparent" or (colour == behind and colour not in ("inherit", "initial"))


def _has_no_height(style: Declarations) -> bool:
    sizes = (style.get(name, "-").removesuffix("px") for name in ("height", "max-height", "width", "max-width"))
    return style.get("overflow") == "hidden" and any(size in ("0", "1") for size in sizes)


def _raw_texts(source: str) -> tuple[list[str], list[str]]:
    """Return the page's own sheets, in lower case, and scripts; those in comments are for other programs."""
    sheets: list[str] = []
    scripts: list[str] = []
    position = 0
    while found := _RAW.search(source, position):
        tag = markup.MARKUP.match(source, found.start())
        if tag is None:
            position = found.end()
            continue
        position = tag.end()
        name = (tag["name"] or "").lower()
        if not name or name == "noscript":
            continue
        end, position = markup.end_of_raw_text(source, name, position)
        if name == "style" and markup.attributes(tag).get("media", "").strip().lower() in _ANY_MEDIA:
            sheets.append(source[tag.end() : end].lower())
        elif name == "script":
            scripts.append(source[tag.end() : end])
    return sheets, scripts


def _rules(sheet: str) -> Iterator[_Block]:
    depth = 0
    for block in _NO_RULES.sub("", sheet).split("}"):
        *preludes, body = block.split("{")
        depth += len(preludes)
        if preludes and not (prelude := preludes[-1].rpartition(";")[2].strip()).startswith("@"):
            yield prelude, body, depth > 1
        depth = max(0, depth - 1)


def _hiding(rules: list[_Block]) -> Iterator[_Rule]:
    """Yield the simple rules that hide, whatever other rules say."""
    for selectors, body, is_conditional in rules:
        if is_conditional or not _MAY_HIDE.search(body):
            continue
        style = declared(body)
        style = {key: style[key] for key in style if key in _PROPERTIES or key.startswith(_MAY_MOVE)}
        if not way(style):
            continue
        for selector in selectors.split(","):
            compound = _COMPOUND.fullmatch(selector.strip())
            if compound and compound[0]:
                yield _Rule(compound["tag"] or "", tuple(_NAME.findall(compound["names"])), style)


def _said_of(keys: set[str], rules: list[_Block]) -> dict[tuple[str, str], set[str]]:
    """Return all values that rules give to the elements that have these names (or tags), by name and property."""
    found: dict[tuple[str, str], set[str]] = {}
    for selectors, body, _ in rules:
        if keys.isdisjoint(_KEY.findall(selectors)):
            continue
        for selector in selectors.split(","):
            last = _COMBINATOR.split(selector.strip())[-1]
            for key in keys.intersection(_NAME.findall(last) or [last]):
                for name, value in declared(body).items():
                    found.setdefault((key, name), set()).add(value)
    return found


def _is_named(key: str, script: str) -> bool:
    bare = key.lstrip(".#")
    return bare != key and bare in script and re.search(rf"[\"'\s.#]{re.escape(bare)}[\"'\s.]", script) is not None
