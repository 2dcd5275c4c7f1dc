"""Brands that are written as a person's full name, where the words beside one tell that it is none: "a Ted Baker bag".

Knows: `brands.txt`, whose head lines name its source, and the words about what is bought, worn and drunk. Knows nothing
about findings. Wherever nothing says so it may be a person: "Ted Baker called" is one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from normalizers.pii import word_lists
from normalizers.pii.phrases import Phrases, words

_BRANDS = Path(__file__).with_suffix(".txt")
_BEFORE = re.compile(
    r"(?:\b[0-9]{1,3}(?: ?[x\u00d7])?|\b(?:bottles?|glass(?:es)?|pairs?|cans?|shots?|cases?|tins?|packs?|range) of"
    r"|\b(?:firma|auditors?|audited by|advised by|brokers?|broker is|account (?:with|at)|shares (?:of|in)"
    r"|bid (?:by|from))"
    r"|\b(?:drinks?|drank|drinking|wears?|wore|wearing|vintage|brands?(?::| such as| like| including)?)"
    r"|\b(?:an?|some|any|another|(?:my|his|her|our|their|your|the) (?:new|old|favou?rite))(?P<article>))\s\Z",
    re.IGNORECASE,
)
_BEFORE_LENGTH = 32  # characters
_GOODS = re.compile(
    r"(?:'s)?\s(?:[a-z-]{2,16}\s)?(?:shirts?|t-shirts?|suits?|jeans|jackets?|coats?|dress(?:es)?|skirts?|trousers|shoes|boots"
    r"|trainers|sneakers|bags?|handbags?|purses?|wallets?|belts?|hats?|perfumes?|fragrances?|lipsticks?|make-?up"
    r"|cosmetics|watch(?:es)?|glasses|sunglasses|frames|whisk(?:e?y|ies)|bourbons?|gins?|rums?|vodkas?|tequilas?|beers?"
    r"|wines?|champagnes?|scotch|stores?|shops?|outlets?|boutiques?|branch(?:es)?|restaurants?|franchises?|salons?"
    r"|brands?|labels?|collections?|logos?|catalogues?|catalogs?|websites?|products?|gift cards?|vouchers?|ads?"
    r"|cars?|tractors?|dealers?|dealerships?|motorcycles?|motorbikes?|bikes?|engines?|chairs?|sofas?|beds?|guitars?"
    r"|candles?|socks|ties?|scar(?:f|ves)|gloves|underwear|lingerie|knitwear|tools?|paints?|coffees?|chocolates?|pizzas?"
    r"|burgers?|mugs?|pans?|furniture|sheets|towels|ciders?|lagers?|stouts?|perfumery|couture|menswear|womenswear|sale|sales|shares|stock)\b"
)
# Behind a brand in the genitive nothing of somebody's may follow: "Jack Daniel's car".
_ENDS = re.compile(r"[.,;:!?)]|\s{0,4}(?:\Z|\n)|\s(?:and|or|on|with|in|at|for|from|is|was|costs?|whisk\w+|bourbon)\b")
_CALLS = re.compile(r"\s(?:who|called|rang|phoned|wrote|came|asked|said|was|is|from|lives?|works?)\b")
_BETWEEN = re.compile(r",? (?:and|or|und|et|y) |, | / |/|; | \+ ")
_ROW = 3  # of them side by side are no persons


def find(text: str, others: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where such brands stand in a folded text; `others`: where other firms do, which a row may hold, too."""
    brands = {(start, end) for start, end, _ in _phrases().find(text)}
    for row in _rows(text, sorted({*brands, *others})) if brands else ():
        mine = [span for span in row if span in brands]
        if len(row) >= _ROW or len(mine) < len(row) or any(_is_thing(text, *span) for span in mine):
            yield from mine


def _rows(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Yield the spans in groups of those that nothing but a comma or an "and" parts."""
    row: list[tuple[int, int]] = []
    for start, end in spans:
        if row and start < row[-1][1]:
            continue
        if row and not _BETWEEN.fullmatch(text, row[-1][1], start):
            yield row
            row = []
        row.append((start, end))
    if row:
        yield row


def _is_thing(text: str, start: int, end: int) -> bool:
    """Whether the words beside a brand say so."""
    is_genitive = text[start:end].endswith("'s")
    if (_ENDS if is_genitive else _GOODS).match(text, end):
        return True
    before = _BEFORE.search(text, max(0, start - _BEFORE_LENGTH), start)
    return before is not None and not (before["article"] is not None and (is_genitive or _CALLS.match(text, end)))


@cache
def _phrases() -> Phrases:
    phrases = Phrases()
    for brand in word_lists.read(_BRANDS):
        phrases.add(words(brand), brand, capital=True)
    return phrases
