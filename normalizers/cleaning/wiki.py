"""The links by which a wiki's sections are edited, which come along when its text is copied.

Knows: how MediaWiki words them in the larger Wikipedias. Knows nothing about markup, nor about a wiki's text. They
stand in brackets behind a short line, which is a heading.
"""

import re

from contract.document import Document, Removal
from contract.request import SummaryRequest

_EDIT_LINK = re.compile(
    r"(?<=\S)[ \t]?\[[ \t]?(?:"
    r"edit(?:[ \t]?\|[ \t]?edit source)?|bearbeiten(?:[ \t]?\|[ \t]?quelltext bearbeiten)?"
    r"|modifier(?:[ \t]?\|[ \t]?modifier le (?:code|wikicode))?"
    r"|editar(?:[ \t]?\|[ \t]?editar (?:código|código-fonte|a fonte))?"
    r"|modifica(?:[ \t]?\|[ \t]?modifica wikitesto)?|bewerken(?:[ \t]?\|[ \t]?brontekst bewerken)?"
    r"|redigera(?:[ \t]?\|[ \t]?redigera wikitext)?|rediger(?:[ \t]?\|[ \t]?rediger kilde)?"
    r"|edytuj(?:[ \t]?\|[ \t]?edytuj kod)?"
    r"|править(?:[ \t]?\|[ \t]?править код)?|編集|编辑|編輯"
    r")[ \t]?\][ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_HEADING = 120  # characters before the link


def normalize(document: Document, request: SummaryRequest) -> Document:
    """Return the document without edit links, which are counted as navigation."""
    if not request.strip_boilerplate or "]" not in document.text:
        return document
    removed = 0

    def drop(found: re.Match[str]) -> str:
        nonlocal removed
        if found.start() - found.string.rfind("\n", 0, found.start()) > _MAX_HEADING:
            return found[0]
        removed += len(found[0].strip())
        return ""

    text = _EDIT_LINK.sub(drop, document.text)
    if not removed:
        return document
    removal = Removal(kind="navigation", characters=removed)
    return document.model_copy(update={"text": text, "removals": (*document.removals, removal)})
