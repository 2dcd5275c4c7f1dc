"""The links by which a wiki's sections are edited, which come along when its text is copied.

Knows: how MediaWiki words them in the larger Wikipedias. Knows nothing about markup, nor about a wiki's text. They
stand in brackets behind a short line, which is a heading, or in a line of their own.
"""

import re

from contract.document import Document, Removal
from contract.request import SummaryRequest

# "edit" and, where it differs, "edit source", in the languages of the larger Wikipedias.
_WORDS = (
    "edit|edit source|edit section|bearbeiten|quelltext bearbeiten|modifier|modifier le (?:code|wikicode)"
    "|editar|editar (?:código|código-fonte|a fonte)|modifica|modifica wikitesto|bewerken|brontekst bewerken"
    "|redigera|redigera wikitext|rediger|rediger kilde|edytuj|edytuj kod|muokkaa|muokkaa wikitekstiä"
    "|upravit|editovat zdroj|upraviť|upraviť zdroj|szerkesztés|forrásszöveg szerkesztése"
    "|modificare|modificare sursă|edita|modifica el codi|düzenle|kaynağ\u0131 değiştir|sunting|sunting sumber"
    "|sửa|sửa mã nguồn|επεξεργασία|επεξεργασία κώδικα|править|править код|редагувати|редагувати код"
    "|編集|ソースを編集|编辑|编辑源代码|編輯|編輯原始碼|편집|원본 편집|تعديل|تعديل المصدر|עריכה|עריכת קוד מקור"
)
_EDIT_LINK = re.compile(
    rf"(?<![ \t])[ \t]*+[\[\uff3b][ \t]?(?:{_WORDS})(?:[ \t]?\|[ \t]?(?:{_WORDS}))?[ \t]?[\]\uff3d][ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKET = re.compile("[]\uff3d]")
_MAX_HEADING = 120  # characters before the link


def normalize(document: Document, request: SummaryRequest) -> Document:
    """Return the document without edit links, which are counted as navigation."""
    if not request.strip_boilerplate or not _BRACKET.search(document.text):
        return document
    removed = 0

    def drop(found: re.Match[str]) -> str:
        nonlocal removed
        if found.start() - found.string.rfind("\n", 0, found.start()) > _MAX_HEADING:
            return found[0]
        removed += len(found[0].strip())
        return ""

    text = _EDIT_LINK.sub(drop, document.text)
    if not removed or not text.strip():  # it may be all that was meant
        return document
    removal = Removal(kind="navigation", characters=removed)
    return document.model_copy(update={"text": text, "removals": (*document.removals, removal)})
