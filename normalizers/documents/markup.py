"""What a tag is in a page's source, and where an element ends.

Knows: HTML's tags, comments, attributes and raw text, well-formed or not. Knows nothing about what any element means
for a text. Time and memory are linear in the source, whatever it holds: the standard library's parser takes quadratic
time on unfinished tags and comments, so tags are found by one regular expression whose quantifiers never give back.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from splitting.words import listed

# A tag's attributes: a quoted value may hold ">", and a quote may begin no value. What most are like comes first.
_ATTRIBUTES = r"""[^>"'=]*+(?:(?:="[^"]*+"|=\s*+(?:"[^"]*+"?|'[^']*+'?)?+|["'])[^>"'=]*+)*+"""
MARKUP = re.compile(
    rf"""
    <!--(?:.*?-->|.*)                             # a comment, which ends the page when it is not closed
    |<[!?][^>]*+>?                                # a doctype, CDATA or processing instruction
    |<(?P<end>/?)(?P<name>[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})>?
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([^\s"'=/>]++)(?:\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s"'>]++)))?+""")
_QUOTED = re.compile(r"\"[^\"]*+\"?|'[^']*+'?")


# Their content is not markup: it ends at their own end tag and nowhere else.
RAW_TEXT = listed("iframe noembed noframes script style textarea title xmp")
_RAW_TEXT_OR_COMMENT = rf"(?=[!instx])(?:(?:{'|'.join(sorted(RAW_TEXT))}|noscript)(?=[\s/>])|!--)"
_NO_RAW_TEXT = re.compile(  # whole tags and what is between them; not more at once than is quickly given back
    rf"(?>(?:[^<]*+<(?!{_RAW_TEXT_OR_COMMENT})(?:/?[a-z][^\s/>]*+{_ATTRIBUTES}>|[!?][^>]*+>|(?![a-z/!?]|/[a-z]))){{0,999}})[^<]*+",
    re.IGNORECASE,
)
PARAGRAPH = listed(
    "address article aside blockquote center details dialog dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " main nav ol p pre section table ul"
)
_VOID = listed("area base br col embed hr img input link meta source track wbr")
# Where one without an end tag ends: before a start tag of the first, unless one of the second is open within it.
_CELLS = listed("td th tr tbody tfoot thead")
_END_IS_OPTIONAL = {
    "p": (PARAGRAPH | listed("div li td th tr dd dt"), listed("")),
    "li": (listed("li"), listed("ul ol menu dir")),
    "dd": (listed("dd dt"), listed("dl")),
    "dt": (listed("dd dt"), listed("dl")),
    "td": (_CELLS, listed("table")),
    "th": (_CELLS, listed("table")),
    "tr": (_CELLS - listed("td th"), listed("table")),
    "option": (listed("option optgroup"), listed("")),
}
_NO_ELEMENT = listed("body head html")  # nothing tells where they end: they are the page


def attributes(tag: re.Match[str]) -> dict[str, str]:
    """Return a tag's attributes by their names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(tag["attributes"] or ""):
        found.setdefault(match[1].lower(), match[2] or match[3] or match[4] or "")
    return found


def has_content(name: str) -> bool:
    """Whether an element has a content that ends somewhere."""
    return name not in _VOID and name not in _NO_ELEMENT


def places(source: str, words: Iterable[str]) -> Iterator[int]:
    """Yield where words in lower case end, in whatever case the source has them; each word's places by themselves."""
    # A byte for each character is searched several times as fast. The one replaced is the only one of which lower()
    # makes ASCII, and the words may come from it.
    searched = source.replace("\u212a", "k").encode("ascii", "replace").lower()
    for word in (word.encode("ascii", "replace") for word in words):
        place = searched.find(word)
        while place >= 0:
            end = place + len(word)
            yield end
            place = searched.find(word, end)


def end_of_raw_text(source: str, name: str, start: int) -> tuple[int, int]:
    """Return where a raw text ends, and where the source goes on behind its end tag."""
    end_tag = re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE).search(source, start)
    return end_tag.span() if end_tag else (len(source), len(source))


def raw_texts(source: str) -> Iterator[tuple[re.Match[str], int, int]]:
    """Yield the elements whose content is no markup: start tag, end of the content, end of the element.

    To a browser that runs scripts `noscript` is one of them. What is between them is passed by without a look at tags.
    """
    position = 0
    while tag := MARKUP.match(source, _pass_by(source, position, len(source))):
        position = tag.end()
        if (name := (tag["name"] or "").lower()) in RAW_TEXT or name == "noscript":
            end, position = end_of_raw_text(source, name, position)
            yield tag, end, position


def tags_at(source: str, places: list[int]) -> Iterator[re.Match[str]]:
    """Yield the start tags that have one of these places in them; places are in order, and so are tags."""
    position = 0
    for place in places:
        while position < place:
            # Never passed by twice, or many places in one text would take quadratic time.
            position = _pass_by(source, position, place)
            tag = MARKUP.match(source, position) if position < place else None
            position = tag.end() if tag else place
            if tag and tag["name"] and not tag["end"]:
                if position >= place:
                    yield tag
                if (name := tag["name"].lower()) in RAW_TEXT:
                    position = end_of_raw_text(source, name, position)[1]


def _pass_by(source: str, position: int, end: int) -> int:
    """Return where the next raw text, comment or unfinished tag begins before `end`, or `end`."""
    while (found := _NO_RAW_TEXT.match(source, position, end)) and found.end() > position:
        position = found.end()
    return position


def tags(source: str, position: int = 0) -> Iterator[re.Match[str]]:
    """Yield the start and end tags of a source, none that stand in a raw text."""
    while tag := MARKUP.search(source, position):
        position = tag.end()
        if tag["name"]:
            yield tag
            if not tag["end"] and (name := tag["name"].lower()) in RAW_TEXT:
                position = end_of_raw_text(source, name, position)[1]


def end_of_element(source: str, start_tag: re.Match[str]) -> int:
    """Return where an element ends, what is nested in it counted; the source's end when nothing ends it."""
    name, start = start_tag["name"].lower(), start_tag.end()
    if name in RAW_TEXT:
        return end_of_raw_text(source, name, start)[1]
    if start_tag[0].endswith("/>") and name == "svg":
        return start
    closers, within = _END_IS_OPTIONAL.get(name, (frozenset(), frozenset()))
    opened: Counter[str] = Counter()
    for tag in tags(source, start):
        found = tag["name"].lower()
        if not tag["end"]:
            if found in closers and not any(opened[one] for one in within):
                return tag.start()
            opened[found] += 1
        elif opened[found]:
            opened[found] -= 1
        elif found == name:
            return tag.end()
        elif _is_container(found):  # of what is around the element, which was left open
            return tag.start()
    return len(source)


def _is_container(name: str) -> bool:
    return name in PARAGRAPH - {"p"} or name in ("body", "div", "html", "td", "tr", "tbody")


def has_tag_over(source: str, limit: int) -> bool:
    """Whether a tag's attributes have more than `limit` characters, quoted values left out."""
    position = 0
    while tag := MARKUP.search(source, position):
        position = tag.end()
        if tag.end() - tag.start() > limit and len(_QUOTED.sub("", tag["attributes"] or "")) > limit:
            return True
        name = (tag["name"] or "").lower()
        if name in ("script", "style") and not tag["end"]:  # a quote in a script must not hide the tags behind it
            position = end_of_raw_text(source, name, position)[1]
    return False
