"""The part of a page's source that a reader can get to see: what is streamed comes into place, what is unseen goes.

Knows: how pages hide elements, how they open them again, and how React streams. Knows nothing about what is content.
Hidden is not always unseen: panels wait for a click, and streamed text for a script that moves it. What nobody ever
sees is a place for planted instructions. Style sheets are not read: a class may hide on a telephone only.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from contract.document import HIDDEN_TEXT, Removal
from normalizers.documents import markup

_MAY_HIDE = re.compile(r"\shidden(?=[\s=>/]|$)|\bstyle\s*+=|katex-html|MathJax_|mw-editsection", re.IGNORECASE)

# React and Next.js: <template id="B:0"></template> fallback <!--/$--> … <div hidden id="S:0">content</div>
_IS_STREAMED = re.compile(r"\bid=[\"']?[\w:-]{0,60}S:[\da-f]", re.IGNORECASE)
_SEGMENT = re.compile(r"[\w:-]*S:[\da-f]+", re.IGNORECASE)
_PLACE = re.compile(r"[\w:-]*[BP]:[\da-f]+", re.IGNORECASE)
_MOVE = re.compile(r"\$R\w{1,2}\(\s*+[\"']([\w:-]{1,80})[\"']\s*+,\s*+[\"']([\w:-]{1,80})[\"']")
_END_OF_FALLBACK = "<!--/$-->"
_MAX_NESTING = 50  # of streamed parts

# Each begins with a literal, which is what makes them fast.
_OPENERS = (re.compile(r"=[\"']?#([^\s\"'>]{1,200}+)"), re.compile(r"aria-controls=[\"']?([^\s\"'>]{1,200}+)"))
_BUTTON_BEFORE = re.compile(r"</(?:button|summary)\s*>(?:\s*</\w+\s*>){0,5}\s*\Z", re.IGNORECASE)
_PANEL = re.compile(
    r"accordion|collaps|\bfaq|tab-?(?:pane|panel|content)|panel|toggle|expand|answer|spoiler", re.IGNORECASE
)
_POPUP = re.compile(
    r"modal|pop-?up|dialog|drawer|off-?canvas|menu|overlay|lightbox|cookie|consent|toast|tooltip|search", re.IGNORECASE
)
_NOT_CONTENT = re.compile(r"\bkatex-html\b|\bMathJax_Preview\b|\bmw-editsection\b")  # doubles of MathML; a wiki's links

_ZERO = re.compile(r"(?:0+\.?0*|\.0+)(?:px|pt|em|rem|%|vh|vw)?")
_FAR = re.compile(r"-\d{3,}(?:\.\d+)?(?:px|pt|em|rem|%|vw|vh)?")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_MOST = 1_000  # characters of hidden text that may be the page itself, which a script shows when it has loaded


class Visible(NamedTuple):
    """What is left of a page's source, and how many characters of text nobody sees."""

    source: str
    unseen: int

    @property
    def removals(self) -> tuple[Removal, ...]:
        """What to say of it in a report."""
        return (Removal(kind=HIDDEN_TEXT, characters=self.unseen),) if self.unseen else ()


def visible(source: str) -> Visible:
    """Return the page with its streamed parts in place, its panels open, and nothing in it that nobody sees."""
    if _IS_STREAMED.search(source):
        source = _put_in_place(source)
    if not _MAY_HIDE.search(source):
        return Visible(source, 0)
    return _drop_unseen(source)


def _drop_unseen(source: str, depth: int = 3) -> Visible:
    """Do so; fonts without a size are looked into `depth` levels deep, so that nested ones cost no quadratic time."""
    opened = {match[1] for opener in _OPENERS for match in opener.finditer(source)}
    pieces: list[str] = []
    unseen = kept_until = 0
    may_be_page = True
    for tag in markup.tags(source):
        if tag["end"] or tag.start() < kept_until or not _MAY_HIDE.search(tag["attributes"]):
            continue
        name, attributes = tag["name"].lower(), markup.attributes(tag)
        way = _way_of_hiding(attributes) if markup.has_content(name) else ""
        if not way:
            continue
        pieces.append(source[kept_until : tag.start()])
        kept_until = tag.end()
        if way == "closed" and _opens(attributes, opened, source[max(0, tag.start() - 200) : tag.start()]):
            pieces.append(f"<{name}>")
            continue
        end = markup.end_of_element(source, tag)
        length = text_length(source[kept_until:end])
        if way == "closed" and may_be_page and length > _MOST:
            may_be_page = False  # asked once, so that nested ones cost no quadratic time
            if length > text_length(source) / 2:
                pieces.append(f"<{name}>")
                continue
        seen = _resized(source[kept_until:end], depth - 1) if way == "inherited" and depth else ""
        pieces.append(f"<{name}>{seen}</{name}>" if seen else " ")
        unseen += 0 if way == "double" else length - text_length(seen)
        kept_until = end
    return Visible("".join([*pieces, source[kept_until:]]), unseen)


def text_length(source: str) -> int:
    """Count the characters of a source's text, each white space as one."""
    return len(" ".join(markup.MARKUP.sub(" ", source).split()))


def _way_of_hiding(attributes: dict[str, str]) -> str:
    """Return how an element is hidden: "closed" until something opens it, "never" seen, "double"; "" when it is seen.

    "inherited": so that an element in it may be seen nevertheless.
    """
    if _NOT_CONTENT.search(attributes.get("class", "")):
        return "double"
    if "mathml" in attributes.get("class", ""):  # a formula for screen readers, beside its picture
        return ""
    style = _style(attributes["style"]) if "style" in attributes else {}
    if _ZERO.fullmatch(style.get("font-size", "-")):
        return "inherited"
    if _is_out_of_sight(style):
        return "never"
    is_closed = "hidden" in attributes or style.get("display") == "none"
    if is_closed or style.get("visibility") in ("hidden", "collapse") or _ZERO.fullmatch(style.get("opacity", "-")):
        return "closed"
    return "closed" if _has_no_height(style) else ""


def _style(text: str) -> dict[str, str]:
    declarations = (declaration.partition(":") for declaration in text.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, _, value in declarations}


def _is_out_of_sight(style: dict[str, str]) -> bool:
    """Whether a style puts a text off the screen, or gives it the colour of what is behind it."""
    if style.get("position") in ("absolute", "fixed"):
        if any(_FAR.fullmatch(style.get(side, "")) for side in ("left", "top", "right", "bottom")):
            return True
        if style.get("clip", "").replace(" ", "").replace("px", "") in ("rect(0,0,0,0)", "rect(0000)", "rect(1,1,1,1)"):
            return True
    if _FAR.fullmatch(style.get("text-indent", "")) or "scale(0)" in style.get("transform", ""):
        return True
    if any("background-clip" in name or name.endswith("fill-color") for name in style):  # letters cut out of a picture
        return False
    colour, behind = style.get("color", "inherit"), style.get("background-color", style.get("background"))
    return colour == "transparent" or (colour == behind and colour not in ("inherit", "initial"))


def _has_no_height(style: dict[str, str]) -> bool:
    sizes = (style.get(name, "-").removesuffix("px") for name in ("height", "max-height", "width", "max-width"))
    return style.get("overflow") == "hidden" and any(size in ("0", "1") for size in sizes)


def _opens(attributes: dict[str, str], opened: set[str], before: str) -> bool:
    """Whether a reader can open what is hidden: a panel, but no menu and nothing that pops up."""
    called = f"{attributes.get('id', '')} {attributes.get('class', '')} {attributes.get('role', '')}"
    if _POPUP.search(called):
        return False
    if attributes.get("hidden", "").lower() == "until-found" or attributes.get("role") == "tabpanel":
        return True
    is_panel = attributes.get("id") in opened or _PANEL.search(called) is not None
    return is_panel or _BUTTON_BEFORE.search(before) is not None


def _resized(content: str, depth: int) -> str:
    """Return what of an element whose font has no size is seen: what is in elements with a size of their own."""
    pieces: list[str] = []
    kept_until = 0
    for tag in markup.tags(content):
        if tag["end"] or tag.start() < kept_until:
            continue
        size = _style(markup.attributes(tag).get("style", "")).get("font-size", "0")
        if not _ZERO.fullmatch(size):
            kept_until = markup.end_of_element(content, tag)
            pieces.append(_drop_unseen(content[tag.start() : kept_until], depth).source)
    return " ".join(pieces)


def _put_in_place(source: str) -> str:
    """Move React's streamed parts to where its script would move them; one without a place stays where it is, seen."""
    pieces: list[str] = []
    parts: dict[str, str] = {}
    kept_until = 0
    for tag, attributes in _tags_with_id(source):
        if tag.start() < kept_until or "hidden" not in attributes or not _SEGMENT.fullmatch(attributes["id"]):
            continue
        end = markup.end_of_element(source, tag)
        content, end_tag, _ = source[tag.end() : end].rpartition("</")
        parts[attributes["id"]] = content if end_tag else source[tag.end() : end]
        pieces += [source[kept_until : tag.start()], f"<i id={attributes['id']}>"]
        kept_until = end
    page = "".join([*pieces, source[kept_until:]])
    moves = dict(pair if _PLACE.fullmatch(pair[0]) else pair[::-1] for pair in _MOVE.findall(source))
    page = _fill(page, parts, moves, _MAX_NESTING)
    for name in list(parts):  # without a place
        page = page.replace(f"<i id={name}>", parts.pop(name))
    return page


def _fill(source: str, parts: dict[str, str], moves: dict[str, str], depth: int) -> str:
    """Put each part where its place is, and drop what stands there until it comes."""
    pieces: list[str] = []
    kept_until = 0
    for tag, attributes in _tags_with_id(source):
        name = attributes["id"]
        part = moves.get(name, re.sub("[BP](?=:[^:]*$)", "S", name))
        if (
            tag.start() < kept_until
            or tag["name"].lower() != "template"
            or not _PLACE.fullmatch(name)
            or part not in parts
        ):
            continue
        content = parts.pop(part)
        pieces += [source[kept_until : tag.start()], _fill(content, parts, moves, depth - 1) if depth else content]
        kept_until = markup.end_of_element(source, tag)
        fallback_end = source.find(_END_OF_FALLBACK, kept_until) if "B:" in name else -1
        kept_until = max(kept_until, fallback_end)
    return "".join([*pieces, source[kept_until:]])


def _tags_with_id(source: str) -> Iterator[tuple[re.Match[str], dict[str, str]]]:
    for tag in markup.tags(source):
        if not tag["end"] and "id" in (attributes := markup.attributes(tag)):
            yield tag, attributes
