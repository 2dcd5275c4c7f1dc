"""Lines that stand around a text and are not of it: banners, menus, share bars, headers and footers of pages.

Knows: how such lines are worded in English, and what may stand between two pages. Knows nothing about markup. A whole
line goes or nothing of it, and what might be content stays: a word such as "Menu" goes only among others of its kind,
and a document about cookies keeps what it says of them. Form feeds part pages, as in text from a PDF.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from contract.document import Document, Removal
from contract.request import SummaryRequest
from normalizers.cleaning import running_lines

_COOKIES, _NAVIGATION, _SHARING, _NEWSLETTER = "cookie banner", "navigation", "share bar", "newsletter sign-up"

_MAX_CHARACTERS = 400  # a longer line is a paragraph
_MAX_PAGES = 20_000  # more form feeds than that part no pages
_MAX_COOKIE_LINES = 3  # of a document that is not about cookies
_MIN_MENU_LINES = 4
_MIN_ITEMS = 3  # of a menu or share bar in one line, and lines of a share bar

_LINE = re.compile(
    r"""
    (?P<cookies>
        (?:we|(?:this|our)\ (?:web\ ?)?site|[\w-]{1,30}\.[a-z]{2,4})\ (?:and\ our\ partners\ )?uses?\ cookies\b
          .*\b(?:accept|agree|consent|continu(?:e|ing)|preferences|settings|opt\ out|learn\ more|cookie\ policy)\b.*
      | by\ (?:continuing|using|browsing)\b.*\b(?:agree|consent)\b.*\bcookies\b.*
      | (?:accept|allow|reject|decline|manage)\ (?:all\ |optional\ |non-essential\ )?cookies
      | cookie\ (?:settings|preferences|notice|consent)
    )
    | (?P<navigation>
        (?:skip|jump)\ to\ (?:the\ )?(?:main\ )?(?:content|navigation|menu|search|footer)
      | (?:toggle|open|close)\ (?:main\ )?(?:navigation|menu)
      | (?:back|return|go)\ to\ (?:the\ )?top(?:\ of\ (?:the\ )?page)?
      | home(?:\s*[>\u00bb\u203a]\s*[^>\u00bb\u203a.]{1,60}){1,8}
    )
    | (?P<sharing>
        (?:share|post|pin|save|send|tweet)(?:\ (?:this|it))?(?:\ (?:article|post|story|page))?\ (?:on|via|to|by|with)
          \ (?:facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|telegram|e-?mail)
      | (?:share|tweet|print|e-?mail)\ this(?:\ (?:article|post|story|page))?:?
      | (?:share|follow\ us)(?:\ on)?:?
          (?:(?:,|,?\ and)?\ (?:facebook|twitter|x|instagram|linkedin|youtube|whatsapp|e-?mail)){2,8}
    )
    | (?P<newsletter>
        (?:please\ )?(?:subscribe|sign\ up|register)(?:\ (?:now|today|here|below))?\ (?:to|for)
          \ (?:our|the|my)\ (?:[\w'\u2019-]+\ ){0,4}(?:newsletters?|mailing\ list)\b.{0,120}
      | join\ (?:our|the|my)\ (?:[\w'\u2019-]+\ ){0,4}(?:newsletter|mailing\ list)\b.{0,120}
      | get\ (?:our|the)\ .{1,60}\b(?:your\ inbox|by\ e-?mail)\b.{0,60}
      | enter\ your\ e-?mail(?:\ address)?(?:\ (?:below|here))?(?:\ to\ (?:subscribe|sign\ up|receive|get)\b.{0,80})?
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_KIND_OF_GROUP = {
    "cookies": _COOKIES,
    "navigation": _NAVIGATION,
    "sharing": _SHARING,
    "newsletter": _NEWSLETTER,
}
_PAGE_NUMBER = re.compile(
    r"\[?page \d{1,5} (?:of|/) \d{1,5}\]?|\[page \d{1,5}\]|[-\u2013\u2014] ?\d{1,4} ?[-\u2013\u2014]", re.IGNORECASE
)


def _items(words: str) -> frozenset[str]:
    return frozenset(words.split("|"))


_MENU = _items(
    "home|homepage|about|about us|contact|contact us|login|log in|logout|log out|sign in|sign up|sign out|register"
    "|search|menu|sitemap|site map|privacy|privacy policy|terms|terms of use|terms of service|terms & conditions"
    "|terms and conditions|help|faq|faqs|news|blog|products|services|careers|jobs|shop|cart|account|my account"
    "|subscribe|advertise|advertise with us|support|pricing|donate|accessibility|cookie policy|cookies|imprint|legal"
    "|legal notice|newsletter|newsletters|rss|press|gallery|events|more"
)
_NETWORKS = _items(
    "facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|telegram|instagram|youtube|tumblr|flipboard|messenger"
    "|tiktok|mastodon|bluesky|threads|pocket"
)
_SHARE_ACTIONS = _items("share|share:|shares|share this|share via|tweet|pin|pin it|email|e-mail|print|copy link")
_COOKIE_BUTTONS = _items(
    "accept|accept all|allow all|reject|reject all|decline|manage preferences|manage settings|manage consent|got it"
    "|got it!|ok|okay|i agree|i accept|i understand|learn more|dismiss|close|privacy policy|privacy settings"
)

_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_SEPARATOR = re.compile(r"[|•·\t]|  +")
_DECORATION = " \t\r*_#>•·|+\\-"
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_UNFINISHED = re.compile(r"[^\W\d_]\s*\Z|,\s*\Z")
_GOES_ON = re.compile(r"\s*[a-z]")

Place = tuple[int, int]  # of a line: its page, and where on the page, both from 0


def normalize(document: Document, request: SummaryRequest) -> Document:
    """Drop the lines that are boilerplate. Pages stay parted by form feeds.

    A text that would have nothing left is kept: it may be all that was meant to be summarized.
    """
    parted = document.text if document.text.count("\f") < _MAX_PAGES else document.text.replace("\f", "\n")
    pages = [page.split("\n") for page in parted.split("\f")]
    kinds = _kinds(pages) if request.strip_boilerplate else {}
    kept = [
        [line for place, line in enumerate(page) if (number, place) not in kinds] for number, page in enumerate(pages)
    ]
    if not kinds or not any(_LETTER_OR_DIGIT.search(line) for page in kept for line in page):
        return document
    characters: Counter[str] = Counter()
    for (number, place), kind in kinds.items():
        characters[kind] += len(pages[number][place].strip())
    removals = tuple(Removal(kind=kind, characters=count) for kind, count in characters.items())
    return document.model_copy(update={"text": _join(kept), "removals": (*document.removals, *removals)})


def _join(pages: list[list[str]]) -> str:
    """Put the pages together, a form feed for each after the first; no blank line goes into a sentence."""
    text: list[str] = []
    last = ""
    for number, page in enumerate(pages):
        body = "\n".join(page).strip("\n")
        if not body.strip():
            text.append("\f" if number else "")
            continue
        if number:
            goes_on = not last or (_UNFINISHED.search(last) and _GOES_ON.match(body))
            text.append("\f" if goes_on else "\n\n\f")
        text.append(body)
        last = body[-20:]
    return "".join(text)


def _kinds(pages: list[list[str]]) -> dict[Place, str]:
    """Return the kind of each line that is boilerplate."""
    kinds = running_lines.find(pages)
    lines = [
        ((number, place), _bare(line))
        for number, page in enumerate(pages)
        for place, line in enumerate(page)
        if line.strip() and (number, place) not in kinds
    ]
    for (number, place), _ in lines:
        if _PAGE_NUMBER.fullmatch(pages[number][place].strip()):
            kinds[number, place] = running_lines.PAGE_NUMBER
    kinds.update(_by_wording(lines))
    kinds.update(_menus(lines))
    return kinds


def _bare(line: str) -> str:
    """Return the line's words without list marks, emphasis and the targets of links; nothing of a paragraph."""
    if len(line) > 4 * _MAX_CHARACTERS:
        return ""
    words = (_MARKDOWN_LINK.sub(r"\1", line) if "](" in line else line).strip(_DECORATION)
    return words if len(words) <= _MAX_CHARACTERS else ""


def _by_wording(lines: list[tuple[Place, str]]) -> Iterator[tuple[Place, str]]:
    """Find lines that say by themselves what they are, and the buttons under a cookie banner."""
    about_cookies = sum("cookie" in line.lower() for _, line in lines) > _MAX_COOKIE_LINES
    above = ""
    for place, line in lines:
        match = _LINE.fullmatch(line)
        kind = _KIND_OF_GROUP[match.lastgroup or ""] if match else _kind_of_items(line)
        if above == _COOKIES and line.lower() in _COOKIE_BUTTONS:
            kind = _COOKIES
        above = "" if kind == _COOKIES and about_cookies else kind
        if above:
            yield place, kind


def _kind_of_items(line: str) -> str:
    """Return what a line such as "Home | News | Contact" is."""
    items = [item.strip() for item in _SEPARATOR.split(line.lower())]
    if len(items) < _MIN_ITEMS:
        return ""
    if all(item in _MENU for item in items):
        return _NAVIGATION
    return _SHARING if _is_share_bar(items) else ""


def _menus(lines: list[tuple[Place, str]]) -> Iterator[tuple[Place, str]]:
    """Find menus and share bars that have one item a line."""
    for in_menu, group in groupby(lines, key=lambda entry: entry[1].lower() in _MENU):
        menu = list(group) if in_menu else []
        if len(menu) >= _MIN_MENU_LINES:
            yield from ((place, _NAVIGATION) for place, _ in menu)
    for shared, group in groupby(lines, key=lambda entry: entry[1].lower() in _NETWORKS | _SHARE_ACTIONS):
        bar = list(group) if shared else []
        if len(bar) >= _MIN_ITEMS and _is_share_bar([line.lower() for _, line in bar]):
            yield from ((place, _SHARING) for place, _ in bar)


def _is_share_bar(items: list[str]) -> bool:
    """Whether networks stand beside something to do with them: their names alone may be what a text is about."""
    return (
        all(item in _NETWORKS or item in _SHARE_ACTIONS for item in items)
        and any(item in _NETWORKS for item in items)
        and any(item in _SHARE_ACTIONS for item in items)
    )
