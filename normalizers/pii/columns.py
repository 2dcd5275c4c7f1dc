"""Columns of a table that hold things' numbers, as their heads say: parts, orders, quantities, prices.

Knows: how tables stand in plain text, between bars or tabs, and such heads. Knows nothing about findings.
"""

import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

Span = tuple[int, int]

_NUMBER_OF = (
    "part|item|order|invoice|article|product|model|lot|batch|stock|catalogue|catalog|cat|ticket|bill|delivery|po|sku|bin"
    "|artikel|bestell|rechnungs|bestellung|rechnung|artículo|pedido|factura|référence|commande|facture|articolo|ordine"
)
_HEAD = re.compile(
    rf"(?:{_NUMBER_OF})[ -]?(?:no|nr|number|num|nummer|id|code|ref|#)\.?|sku|mpn|ean|upc|qty|quantity"
    r"|(?:unit |net |gross |list |total |sub)?(?:price|amount|total|cost|sum|balance|discount|fee|rate)s?"
    r"|menge|anzahl|(?:einzel|gesamt)?preis|betrag|summe|prix|montant|quantité|cantidad|precio|importe|prezzo|importo"
    r"|quantità|aantal|prijs|bedrag",
    re.IGNORECASE,
)
_BAR = re.compile(r"[|\t]")
_RULE = re.compile(r"[\s|:+=-]*")


class Columns(NamedTuple):
    """Where the heads of such columns stand, and the cells below them."""

    heads: list[Span]
    cells: list[Span]


def find(text: str) -> Columns:
    """Return those of a text's tables. Linear time."""
    found = Columns([], [])
    for _, rows in groupby(_rows(text), key=len) if _BAR.search(text) else ():
        head, *others = rows
        columns = [number for number, cell in enumerate(head) if _HEAD.fullmatch(text[slice(*cell)].strip(" *_"))]
        if others and len(head) > 1:
            found.heads.extend(head[number] for number in columns)
            found.cells.extend(row[number] for row in others for number in columns)
    return found


def _rows(text: str) -> Iterator[list[Span]]:
    """Yield the cells of each line; rules between a table's lines have none to tell, and are left out."""
    start = 0
    for line in text.splitlines(keepends=True):
        if line.isspace() or not _RULE.fullmatch(line):
            places = [-1, *(bar.start() for bar in _BAR.finditer(line)), len(line.rstrip("\r\n"))]
            yield [(start + left + 1, start + right) for left, right in pairwise(places)]
        start += len(line)
