"""How a page's styles hide an element: the style in its tag, and the simple rules of the page's own style sheets.

Knows: the properties by which a text is put out of sight, and which rules to believe. Knows nothing about whether a
reader can open what is hidden, which `visible.py` does. A rule counts when its selector is one compound of tag, class
and id, no condition (`@media`, `@supports`) is around it, and nothing on the page may show the element again: no other
rule, no script that names it, no animation. What a sheet outside the page says is not known.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, islice, pairwise
from typing import NamedTuple

from splitting.words import listed

Declarations = dict[str, str]

CLOSED, NEVER, INHERITED = "closed", "never", "inherited"

_ZERO = re.compile(r"(?:0+\.?0*|\.0+)(?:px|pt|em|rem|%|vh|vw)?")
_TOO_SMALL = re.compile(rf"{_ZERO.pattern}|(?:0?\.\d+|1)(?:px|pt)|0?\.0\d*(?:em|rem)|1%")  # to be read as letters
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?")
_VERY_FAR = re.compile(r"-\d{4}")  # than layouts that overlap
_NO_CLIP = ("rect(0,0,0,0)", "rect(0000)", "rect(1,1,1,1)", "rect(1111)")
_CUT_TO_NOTHING = re.compile(r"inset\((?:50|100)%.*\)|(?:circle|ellipse)\(0.*\)")
_MOVED_AWAY = re.compile(r"scale(?:[xy]|3d)?\(0(?:\.0+)?[,)]|translate(?:[xy]|3d)?\([^)]{0,40}-\d{4}")
_CLEAR_FILTER = re.compile(r"\bopacity\(0?\.?0*%?\)")
_RGB = re.compile(r"rgba?\((\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})(?:\s*[,/]\s*([\d.]+%?))?\s*\)")
_HEX = re.compile(r"#(?:[\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})")
_NAMED = {"white": "#ffffff", "black": "#000000"}
_CLEAR = "transparent"
PAPER = {"background-color": "#ffffff"}  # what is behind a text on a page that says nothing of it

# One of these is in whatever `way` takes for hidden, white space left out; in most rules none is. Each begins with a
# literal, which is what makes them fast.
_HINTS = (
    re.compile(r"display:none"),
    re.compile(r"visibility:(?:hidden|collapse)"),
    re.compile(r"opacity(?::[0.]|\()"),
    re.compile(r"overflow:hidden"),
    re.compile(r"clip"),
    re.compile(r"font-size:(?:[0.]|1[p%])"),
    re.compile(r"scale(?:[xy]|3d)?\(0"),
    re.compile(r"translate(?:[xy]|3d)?\([^)}]{0,40}-\d{4}"),
    re.compile(r":-\d{3}"),
    re.compile(r"transparent"),
    re.compile(r",0\)"),
)
_BACKGROUND = re.compile(r"background")
_COLOUR = re.compile(r"color:(?<=[{;]color:)")
_WHITE_OR_CLEAR = re.compile(r"color:(?<=[{;]color:)(?:white|rgb|#(?:f|[\da-f]{3}0\b|[\da-f]{6}00))")
_NO_RULES = re.compile(r"/\*.*?(?:\*/|\Z)|\"[^\"\n]*+\"?|'[^'\n]*+'?", re.DOTALL)
_COMPOUND = re.compile(r"(?P<tag>[a-z][\w-]*+)?+(?P<names>(?:[.#][\w-]++)*+)", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]+")
_COMBINATOR = re.compile(r"[\s>+~]+")
_PROPERTIES = listed(
    "display visibility opacity font-size position left top right bottom margin-left padding-left clip clip-path"
    " text-indent transform height max-height width max-width overflow color background background-color"
    " content-visibility filter"
)
_THAT_HIDE = _PROPERTIES - listed(
    "left top right bottom padding-left height width max-height max-width background background-color"
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


class Sheets:
    """What a page's own style sheets hide, its scripts being these; `paper` is known of every element."""

    def __init__(self, sheets: list[str], scripts: list[str], paper: Declarations) -> None:
        self._paper = paper
        self._sheets = [_rules(sheet) for sheet in sheets]
        self._scripts = scripts
        self._rules: dict[str, list[_Rule]] = {}  # by one of their names, or by their tag
        hiding = islice((rule for sheet in self._sheets for rule in _hiding(sheet, paper)), _MOST_RULES)
        for rule in {(rule.tag, rule.names): rule for rule in hiding}.values():
            self._rules.setdefault(rule.keys[-1], []).append(rule)
        # What is in every start tag that one of these rules may be for.
        self.hints = {key[1:] if key.startswith((".", "#")) else f"<{key}" for key in self._rules}
        self._shown: dict[tuple[str, tuple[str, ...]], bool] = {}  # whether something shows again what a rule hides

    def declarations(self, tag: str, attributes: dict[str, str]) -> Declarations:
        """Return what of an element's style is from sheets and hides it."""
        found = dict(self._paper)
        names = {f".{name}" for name in attributes.get("class", "").lower().split()}
        if identifier := attributes.get("id", "").lower().strip():
            names.add(f"#{identifier}")
        for key in self._rules.keys() & {tag, *names}:
            for rule in self._rules.get(key, ()):
                if rule.tag in ("", tag) and names.issuperset(rule.names) and not self._may_be_shown(rule):
                    found |= rule.declarations
        return found

    @cached_property
    def _lower_scripts(self) -> list[str]:
        return [script.lower() for script in self._scripts]

    def _may_be_shown(self, hiding: _Rule) -> bool:
        """Whether another rule or a script may undo a rule; asked of the few that are for something on the page."""
        rule = (hiding.tag, hiding.names)
        if rule not in self._shown:
            self._shown[rule] = any(
                _is_named(key, self._lower_scripts)
                or any(
                    value != hiding.declarations.get(name, value)
                    for sheet in self._sheets
                    for name, value in _said_of(key, sheet)
                )
                for key in hiding.keys
            )
        return self._shown[rule]


def declared(style: str) -> Declarations:
    """Return a style's properties and values in lower case."""
    declarations = (declaration.partition(":") for declaration in style.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in declarations if value}


def way(style: Declarations) -> str:
    """Return how a style hides its element: CLOSED until something opens it, NEVER seen; "" when it is seen.

    INHERITED: its letters have no size, unless an element in it gives them one.
    """
    if _THAT_HIDE.isdisjoint(style):
        return ""
    found = _way_at_rest(style)
    if found and style.get("display") != "none" and any(name.startswith(_MAY_MOVE) for name in style):
        return ""
    return found


def _way_at_rest(style: Declarations) -> str:
    if _TOO_SMALL.fullmatch(style.get("font-size", "-")):
        return INHERITED
    if _is_out_of_sight(style):
        return NEVER
    if (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
    ):
        return CLOSED
    is_clear = _ZERO.fullmatch(style.get("opacity", "-")) or _CLEAR_FILTER.search(style.get("filter", ""))
    return CLOSED if is_clear or _has_no_height(style) else ""


def has_size(style: Declarations) -> bool:
    """Whether a style gives letters a size, where there was none."""
    return not _TOO_SMALL.fullmatch(style.get("font-size", "0"))


def _is_out_of_sight(style: Declarations) -> bool:
    """Whether a style puts a text off the screen, or gives it the colour of what is behind it."""
    if style.get("position") in ("absolute", "fixed"):
        if any(_FAR.fullmatch(style.get(side, "")) for side in ("left", "top", "right", "bottom")):
            return True
        if style.get("clip", "").replace(" ", "").replace("px", "") in _NO_CLIP:
            return True
    if _CUT_TO_NOTHING.fullmatch(style.get("clip-path", "")):
        return True
    if _VERY_FAR.match(style.get("margin-left", "")) and "padding-left" not in style:  # which brings a text back
        return True
    if _FAR.fullmatch(style.get("text-indent", "")) or _MOVED_AWAY.search(style.get("transform", "")):
        return True
    return "color" in style and _is_unseen_colour(style)


def _is_unseen_colour(style: Declarations) -> bool:
    if any("background-clip" in name or name.endswith("fill-color") for name in style):  # letters cut out of a picture
        return False
    colour, behind = (_colour(style.get(name, "")) for name in ("color", "background-color"))
    return colour == _CLEAR or (colour.startswith("#") and colour == (behind or _colour(style.get("background", ""))))


def _colour(value: str) -> str:
    """Return a colour as #rrggbb, `_CLEAR` where nothing is seen of it, and what is no plain colour as it is."""
    value = _NAMED.get(value, value)
    if rgb := _RGB.fullmatch(value):
        opaque = "".join(f"{int(part):02x}" for part in rgb.groups()[:3])
        return _CLEAR if _ZERO.fullmatch(rgb[4] or "1") else f"#{opaque}"
    if not _HEX.fullmatch(value):
        return value
    digits = value[1:] if len(value) > 5 else "".join(2 * digit for digit in value[1:])
    return _CLEAR if digits[6:] == "00" else f"#{digits[:6]}"


def _has_no_height(style: Declarations) -> bool:
    sizes = (style.get(name, "-").removesuffix("px") for name in ("height", "max-height", "width", "max-width"))
    return style.get("overflow") == "hidden" and any(size in ("0", "1") for size in sizes)


def _rules(sheet: str) -> str:
    """Return a sheet in lower case, without comments and quoted values."""
    rules = _NO_RULES.sub("", sheet)  # first: most sheets are ASCII, which is faster, but for the icons in quotes
    return rules.replace("<!--", "").replace("-->", "").lower()


def _hiding(sheet: str, paper: Declarations) -> Iterator[_Rule]:
    """Yield the simple rules that hide, whatever other rules say."""
    suspects = _suspects("".join(sheet.split()), is_paper_known=bool(paper))
    if not suspects:
        return
    blocks = sheet.split("}")
    opened = [block.count("{") for block in blocks]
    depth = 0
    for number in sorted(suspects.union([number for number, count in enumerate(opened) if count != 1])):
        depth += opened[number]
        if depth == 1 and number in suspects:
            selectors, body = _parts(blocks[number])
            compounds = (_COMPOUND.fullmatch(selector.strip()) for selector in selectors.split(","))
            found = [compound for compound in compounds if compound and compound[0]]
            style = declared(body) if found else {}
            style = {key: style[key] for key in style if key in _PROPERTIES or key.startswith(_MAY_MOVE)}
            if way(paper | style):
                yield from (_Rule(each["tag"] or "", tuple(_NAME.findall(each["names"])), style) for each in found)
        depth = max(0, depth - 1)


def _suspects(sheet: str, *, is_paper_known: bool) -> set[int]:
    """Return the numbers of the rules that may hide; hints are looked for in the whole sheet, of up to a megabyte."""

    def having(*hints: re.Pattern[str]) -> set[int]:
        places = [0, *sorted(found.start() for hint in hints for found in hint.finditer(sheet))]
        return set(accumulate(sheet.count("}", *span) for span in pairwise(places)))

    on_paper = having(_WHITE_OR_CLEAR) if is_paper_known else set()
    return having(*_HINTS) | on_paper | (having(_COLOUR) & having(_BACKGROUND))


def _parts(block: str) -> tuple[str, str]:
    """Return the selectors and the declarations of what a "}" ends."""
    before, _, body = block.rpartition("{")
    return before.rpartition("{")[2].rpartition(";")[2], body


def _said_of(key: str, sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the properties and values that a sheet's rules give to the elements that have a name (or tag)."""
    end = 0
    while (place := sheet.find(key, end)) >= 0:
        start, end = sheet.rfind("}", 0, place) + 1, sheet.find("}", place)
        end = len(sheet) if end < 0 else end
        selectors, body = _parts(sheet[start:end])
        lasts = (_COMBINATOR.split(selector.strip())[-1] for selector in selectors.split(","))
        if any(key in (_NAME.findall(last) or (last,)) for last in lasts):
            yield from declared(body).items()


def _is_named(key: str, scripts: list[str]) -> bool:
    """Whether a script names a class or id, in quotes or a selector of its own."""
    bare = key.lstrip(".#")
    if bare == key or not (scripts := [script for script in scripts if bare in script]):
        return False
    literal = re.escape(bare)  # it comes first: then it is what is searched for
    name = re.compile(rf"{literal}(?<=[\"'\s.#]{literal})[\"'\s.]")
    return any(map(name.search, scripts))
