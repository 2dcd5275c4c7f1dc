"""React's and Next.js's streamed parts of a page, put where the page's script would move them, and shadow roots.

Knows: how React marks a part that comes later and the place that waits for it, and which templates a browser shows
(declarative shadow DOM). Knows nothing about what else is hidden.
The whole text of such a page may be in `<div hidden id="S:0">`, and there is no script here to move it.
"""

import re
from collections.abc import Iterator

from normalizers.documents import markup

# <template id="B:0"></template> fallback <!--/$--> … <div hidden id="S:0">content</div>
_IS_STREAMED = re.compile(r"S:[\da-f]{1,8}[\"'\s>]")
_SEGMENT = re.compile(r"[\w:-]*S:[\da-f]+", re.IGNORECASE)
_PLACE = re.compile(r"[\w:-]*[BP]:[\da-f]+", re.IGNORECASE)
_MOVE = re.compile(r"\$R\w{1,2}\(\s*+[\"']([\w:-]{1,80})[\"']\s*+,\s*+[\"']([\w:-]{1,80})[\"']")
_SHADOW_ROOT = re.compile(r"<template\s[^<>]{0,300}\bshadowroot", re.IGNORECASE)
_END_OF_FALLBACK = "<!--/$-->"
_MAX_NESTING = 50  # of streamed parts


def put_in_place(source: str) -> str:
    """Return the page with its streamed parts where they belong; one without a place stays where it is, seen."""
    if _SHADOW_ROOT.search(source):
        source = _with_open_shadow_roots(source)
    if not _IS_STREAMED.search(source):
        return source
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


def _with_open_shadow_roots(source: str) -> str:
    """Make plain parts of the templates that are an element's content."""
    pieces: list[str] = []
    kept_until = 0
    opened: list[bool] = []  # the templates around a tag: whether they are such
    for tag in markup.tags(source):
        if tag["name"].lower() == "template":
            is_end = bool(tag["end"])
            if not is_end:
                opened.append("shadowroot" in (tag["attributes"] or "").lower())
            elif not opened:
                continue
            if opened.pop() if is_end else opened[-1]:
                pieces += [source[kept_until : tag.start()], "</div>" if is_end else "<div>"]
                kept_until = tag.end()
    return "".join([*pieces, source[kept_until:]])


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
