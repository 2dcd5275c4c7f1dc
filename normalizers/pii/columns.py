"""Columns of a table that hold things' numbers, as their heads say: parts, orders, quantities, prices.

Knows: tables, and such heads. Knows nothing about findings.
"""

import re
from typing import NamedTuple

from normalizers.pii import name_columns, tables
from normalizers.pii.tables import Span

_DIGIT = re.compile("[0-9]")
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


class Columns(NamedTuple):
    """Where the heads of such columns stand, those beside them too, and the cells below."""

    heads: list[Span]
    cells: list[Span]


def find(text: str) -> Columns:
    """Return those of a text's tables. Linear time."""
    found = Columns([], [])
    for head, *others in tables.read(text):
        cells = [text[slice(*cell)].strip(" \"'*_\r") for cell in head]
        columns = [number for number, cell in enumerate(cells) if _HEAD.fullmatch(cell)]
        is_of_heads = len(columns) + sum(map(name_columns.is_head, cells)) > 1 and not any(map(_DIGIT.search, cells))
        found.heads.extend(head if is_of_heads and len(head) > 2 else (head[number] for number in columns))
        found.cells.extend(row[number] for row in others for number in columns)
    return found
