"""Headers, footers and page numbers that come back on page after page.

Knows: where on a page they stand, and how a page number is written. Knows nothing about what any other line says. A
line is one when it stands at the same edge of a third of the pages, of three at least, word for word but for a number
that grows with the page and is the page's: `Annual report | 7`, not `Invoice no. 1007` or `Visit, day 2 of 4`. One
appearance of what comes back word for word stays, because it may be said nowhere else. A list of names that redaction
made alike is none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

RUNNING_LINE, PAGE_NUMBER = "repeated header or footer", "page number"

_EDGE = 3  # lines with text that are looked at, from each end of a page
_MIN_PAGES = 3
_MIN_SHARE = 1 / 3  # so that left and right pages may differ, and a first page and an appendix may have none
_MAX_CHARACTERS = 200
_MAX_NUMBERS = 6  # in one line
_NUMBER = re.compile(r"(?<![\d_])\d{1,6}")  # not that of a pseudonym
_PLACEHOLDER = re.compile(r"\[[A-Z_]+(?:_\d+)?\]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_PAGE_WORDS = (
    "page|pg|pp?|seite|s|side|sida|sidan|sivu|pagina|página|pág|pag|strona|strana|str|стр|страница|sheet|folio|slide"
)
_OF = r"\s*(?:/|of|von|de|sur|di|van|av|af|z|из)\s*\d+"
_PAGE_NUMBER = re.compile(rf"\W*(?:(?:{_PAGE_WORDS})\b\.?)?\W*\d+(?:{_OF})?\W*", re.IGNORECASE)
_AFTER_PAGE_WORD = re.compile(rf".*\b(?:{_PAGE_WORDS})\b\.?\s*", re.IGNORECASE | re.DOTALL)
_BAR = r"[|/\u00b7\u2022*\u00bb\u203a\u00ab\u2039\u2013\u2014-]"
_SET_OFF = re.compile(rf"(?P<before>.*{_BAR}\s*)?\0(?:{_OF})?(?(before)|\s*{_BAR}.*)", re.IGNORECASE)
_BESIDE_A_TITLE = re.compile(r"(?P<before>[^\0]*[^\W\d_])\s+\0|\0\s+(?P<after>[^\W\d_][^\0]*)")
_FAR_OFF = 50  # pages that a cover, a preface or another part of the same work may have
# What a number counts that is no page: "Patient visit 2", "Delivery order 3".
_COUNTED = re.compile(
    r"no|nos|nr|num|number|numéro|número|nummer|numero|day|days|week|month|quarter|year|step|stage|phase|part"
    r"|volume|chapter|section|clause|article|annex|appendix|schedule|exhibit|figure|table|item|lot|batch|sample"
    r"|unit|level|lesson|session|meeting|round|visit|patient|case|file|record|entry|order|invoice|receipt|ticket"
    r"|claim|request|form|version|question|answer|task|team|group|class|room|box|plot|tag|woche|monat|jahr|teil"
    r"|band|kapitel|abschnitt|schritt|anlage|rechnung|auftrag|bestellung|fall|frage|probe|sitzung|jour|semaine|mois"
    r"|partie|tome|chapitre|étape|annexe|facture|commande|séance|día|semana|mes|parte|capítulo|paso|anexo|factura"
    r"|pedido|visita|pregunta|giorno|settimana|capitolo|fattura|ordine|dag|uke|uge|vecka|del|avsnitt|faktura|ordre"
    r"|besøk|besök|deel|hoofdstuk|stap|factuur",
    re.IGNORECASE,
)

_Key = tuple[bool, str]  # whether at the upper edge, and what a line has in common with its like on other pages


def find(pages: list[list[str]]) -> dict[tuple[int, int], str]:
    """Return what kind each running line is, by its page and its place on the page, both from 0.

    Of a line that is the same on every page a header's first appearance stays, because it may be the document's title,
    and a footer's last, where it breaks no sentence.
    """
    edges = [(number, *edge) for number, page in enumerate(pages) for edge in _edge_lines(page)]
    # Once a page: a list may say the same in several lines of one.
    once = {(number, at_top, line) for number, _, at_top, line in edges}
    texts = Counter((at_top, line) for _, at_top, line in once if _LETTER.search(_PLACEHOLDER.sub("", line)))
    numbered = Counter(key for number, at_top, line in once for key in _numbered(line, number, at_top))
    needed = max(_MIN_PAGES, _MIN_SHARE * len({number for number, *_ in edges}))
    titles: set[str] = set()
    last = {line: number for number, _, at_top, line in edges if not at_top}
    found: dict[tuple[int, int], str] = {}
    for number, place, at_top, line in edges:
        is_same = texts[at_top, line] >= needed
        counts_pages = any(numbered[key] >= needed for key in _numbered(line, number, at_top))
        if is_same and at_top and line not in titles:
            titles.add(line)
        elif is_same and not at_top and last[line] == number:
            continue
        elif counts_pages and _PAGE_NUMBER.fullmatch(line):
            found[number, place] = PAGE_NUMBER
        elif is_same or counts_pages:
            found[number, place] = RUNNING_LINE
    return found


def _edge_lines(page: list[str]) -> Iterator[tuple[int, bool, str]]:
    """Yield the place of each line with text at an edge, whether it is the upper one, and the line."""
    top = list(islice((place for place, line in enumerate(page) if line.strip()), _EDGE))
    bottom = islice((place for place in range(len(page) - 1, -1, -1) if page[place].strip()), _EDGE)
    yield from ((place, True, " ".join(page[place].split())) for place in top if len(page[place]) <= _MAX_CHARACTERS)
    for place in bottom:
        if place not in top and len(page[place]) <= _MAX_CHARACTERS:
            yield place, False, " ".join(page[place].split())


def _numbered(line: str, page: int, at_top: bool) -> list[_Key]:
    """Return, for each number in the line that may be the page's, its text with that number counted from the page."""
    numbers = islice(_NUMBER.finditer(line), _MAX_NUMBERS)
    return [
        (at_top, f"{line[: found.start()]}\0{int(found[0]) - page}\0{line[found.end() :]}")
        for found in numbers
        if _may_count_pages(line, found, page)
    ]


def _may_count_pages(line: str, number: re.Match[str], page: int) -> bool:
    """Whether a number stands alone, behind a word for page, set off by a bar or a dash, or beside a title."""
    if _PAGE_NUMBER.fullmatch(line) or _AFTER_PAGE_WORD.fullmatch(line, 0, number.start()):
        return True
    marked = f"{line[: number.start()]}\0{line[number.end() :]}"
    if _SET_OFF.fullmatch(marked):
        return True
    beside = _BESIDE_A_TITLE.fullmatch(marked)
    words = _WORD.findall(beside["before"] or beside["after"]) if beside else []
    is_counted = bool(words) and _COUNTED.fullmatch(words[-1 if beside and beside["before"] else 0])
    return len(words) > 1 and not is_counted and abs(int(number[0]) - page) <= _FAR_OFF
