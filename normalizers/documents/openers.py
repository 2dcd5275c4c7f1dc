"""What on a page opens what is hidden on it: buttons, tabs, questions, scripts that wait for a click.

Knows: how pages name what they open, and what stands around it. Knows nothing about how styles hide. What pops up, says
that something failed or waits, or is a menu is no content, whatever opens it. All of it takes linear time.
"""

import re
from functools import cached_property

AROUND = 300  # characters before and behind an element that are looked at

# Each begins with a literal, which is what makes them fast.
_NAMING = (
    re.compile(r"=[\"']?#([^\s\"'>]{1,200}+)"),
    re.compile(r"aria-controls=[\"']?([^\s\"'>]{1,200}+)"),
    re.compile(r"onclick=\"[^\"']{0,200}+'#?([\w:.-]{1,200}+)'"),
    re.compile(r"javascript:[^\"'>(]{0,200}+\([\"']#?([\w:.-]{1,200}+)[\"']"),
    re.compile(
        r"data-(?:[\w-]{0,40}-)?(?:tab|target|toggle|panel|pane|content|section|show|open|reveal|controls|for|id)"
        r"=[\"']?[#.]?([\w:-]{1,200}+)"
    ),
)
_NAMED_BY_SCRIPT = (
    re.compile(r"getElementById\(\s*+[\"'`]([\w:.-]{1,200}+)"),
    re.compile(r"querySelector(?:All)?\(\s*+[\"'`][#.]([\w:-]{1,200}+)[\"'`]"),
    re.compile(r"\$\(\s*+[\"'`][#.]([\w:-]{1,200}+)[\"'`]"),
)
_PANEL = re.compile(
    r"accordion|collaps|\bfaq|tab-?(?:pane|panel|content)|panel|toggle|expand|answer|spoiler|carousel|\bslide\b|\bstep",
    re.IGNORECASE,
)
_ROW = re.compile(r"detail|child|more|info", re.IGNORECASE)  # of a table, which another row opens
_POPUP = re.compile(
    r"modal|pop-?up|dialog|drawer|off-?canvas|menu|overlay|lightbox|cookie|consent|toast|tooltip|search", re.IGNORECASE
)
_STATE = re.compile(r"load(?:ing|er)|spinner|error|invalid|warning|success|thank|alert|message", re.IGNORECASE)
_NO_PANELS = frozenset(("nav", "form", "input", "iframe"))  # a menu, or no text
_LISTS = frozenset(("ul", "ol"))  # what a link opens of these is a menu
_SHOWN_ON_ARRIVAL = re.compile(
    r"(?:^|[\s_-])(?:aos|wow|fade|reveal|animated?|lazy|preload\w*)(?:$|[\s_-])", re.IGNORECASE
)
_CALLED = ("id", "class", "role", "itemprop")  # what says what an element is
_BOUND = frozenset(("x-show", "x-collapse", "v-show", "ng-show", "ng-hide"))  # to what a click changes

_ENDS = r"(?:\s*</\w+\s*>){0,5}\s*\Z"
_BUTTON_BEFORE = re.compile(rf"</(?:button|summary)\s*>{_ENDS}", re.IGNORECASE)
_CONTROL_BEFORE = re.compile(
    r"<(?P<name>\w++)(?>[^<>]*?[\s\"'](?:onclick=|@click|v-on:click|ng-click|role=[\"']?button"
    r"|href=[\"']?(?:#|javascript:)|aria-expanded))[^<>]*+>"
    rf"(?:(?!</?(?P=name)\b).)*+</(?P=name)\s*+>{_ENDS}",
    re.IGNORECASE | re.DOTALL,
)
_HEADING_BEFORE = re.compile(rf"</(?:h[1-6]|dt)\s*>{_ENDS}", re.IGNORECASE)
_OF_PANELS = re.compile(r"class=(?:\"[^\">]*|'[^'>]*|)\b(?:accordion|faq|collapsible|expandable)", re.IGNORECASE)
_QUESTION_BEFORE = re.compile(r"[?\uff1f]\s*+(?:<[^<>]{1,100}+>\s*+(?:[+\u25bc\u25be\u25b6\u203a\xbb]\s*+)?){1,5}+\Z")
_MORE_BEHIND = re.compile(
    r"\s*(?:</?\w[^<>]*>\s*){0,5}(?:(?:read|show|see|view|learn) (?:more|less|all|full|answer|solution)"
    r"|mehr (?:lesen|anzeigen|erfahren)|weiterlesen|(?:lire la|voir) (?:suite|plus)|afficher plus"
    r"|(?:leer|ver|mostrar) más|(?:lees|toon) (?:meer|verder)|(?:läs|visa|les|vis) mer\b|(?:læs|vis) mere"
    r"|leggi (?:tutto|di più)|mostra (?:altro|di più)|(?:ler|ver|mostrar) mais"
    r"|(?:lue|näytä) lisää|(?:czytaj|pokaż) (?:dalej|więcej))",
    re.IGNORECASE,
)


class Openers:
    """What a page says that it opens."""

    def __init__(self, source: str, scripts: list[str]) -> None:
        self._source = source
        self._scripts = scripts

    def opens(self, name: str, attributes: dict[str, str], start: int) -> bool:
        """Whether a reader gets to see a hidden element, of which `start` is the start tag's place in the source."""
        called = " ".join(attributes.get(one, "") for one in _CALLED)
        if _POPUP.search(f"{name} {called}"):
            return False
        if attributes.get("hidden", "").lower() == "until-found" or attributes.get("role") == "tabpanel":
            return True
        if _PANEL.search(called) or _SHOWN_ON_ARRIVAL.search(called) or attributes.get("id") in self._by_name:
            return True
        before = self._source[max(0, start - AROUND) : start]
        return _BUTTON_BEFORE.search(before) is not None or (
            _may_be_panel(name, called) and self._is_opened(name, attributes, called, before)
        )

    def opens_from_behind(self, name: str, attributes: dict[str, str], end: int) -> bool:
        """Whether what says "Read more" follows on a hidden element, which ends at `end` in the source."""
        called = f"{name} {attributes.get('id', '')} {attributes.get('class', '')}"
        is_panel = _may_be_panel(name, called) and not _POPUP.search(called)
        return is_panel and _MORE_BEHIND.match(self._source, end, end + AROUND) is not None

    def _is_opened(self, name: str, attributes: dict[str, str], called: str, before: str) -> bool:
        if not _BOUND.isdisjoint(attributes) or any(
            _PANEL.search(one) for one in attributes if one.startswith("data-")
        ):
            return True
        if name == "tr" and _ROW.search(called):
            return True
        if _QUESTION_BEFORE.search(before) or (_HEADING_BEFORE.search(before) and self._has_panels):
            return True
        names = {attributes.get("id", ""), *attributes.get("class", "").split()}
        is_named = not (names.isdisjoint(self._by_name) and names.isdisjoint(self._by_click))
        return name not in _LISTS and (is_named or _CONTROL_BEFORE.search(before) is not None)

    @cached_property
    def _has_panels(self) -> bool:
        """Whether some part of the page is made of headings that open what is below them."""
        return _OF_PANELS.search(self._source) is not None

    @cached_property
    def _by_name(self) -> set[str]:
        """What links, buttons and tabs name."""
        return {match[1] for naming in _NAMING for match in naming.finditer(self._source)}

    @cached_property
    def _by_click(self) -> set[str]:
        """What scripts name, on a page where something can be clicked."""
        if "click" not in self._source and not any("click" in script for script in self._scripts):
            return set()
        found = (match for naming in _NAMED_BY_SCRIPT for script in self._scripts for match in naming.finditer(script))
        return {match[1] for match in found}


def _may_be_panel(name: str, called: str) -> bool:
    return name not in _NO_PANELS and not _STATE.search(called)
