"""A source cut into chunks: parts small enough that the embedding model reads each of them to its end.

Knows: the source's own structure, a function that counts word pieces, and what is embedded with a chunk's text. Knows
nothing of models, vectors or storage. A model truncates what is too long without a word, so nothing here ever is.
"""

from retrieval.records import Chunk, Source
from splitting.pieces import Count, cut

CHUNK = 220  # word pieces of a chunk's text, at most
EMBEDDED = 254  # word pieces of what is embedded, at most: a model that reads fewer cannot use these chunks
_TITLE = 50  # word pieces of the title that are kept
_PATH = 50  # word pieces of the headings that are kept


def chunks(source: Source, count: Count) -> list[Chunk]:
    """Cut a source at headings, else between paragraphs, else between sentences, with overlap.

    The chunks cover the text: what no chunk has is blank. Where the title and the headings are long, the chunks of
    the whole source are shorter, so that both fit.
    """
    title = _shorten(source.title, count, _TITLE)
    room = CHUNK
    while True:
        found = _cut(source, title, count, room)
        excess = max(count([embedded_text(chunk) for chunk in found]), default=0) - EMBEDDED
        if excess <= 0:
            return found
        room -= excess


def embedded_text(chunk: Chunk) -> str:
    """Return what is embedded, and what full-text search sees: title, headings, text; what the text repeats, once."""
    lines = {line.strip("# ") for line in chunk.text.splitlines()}
    path = dict.fromkeys(line for line in (chunk.title, *chunk.headings) if line and line not in lines)
    return "\n".join((*path, chunk.text.strip()))


def _cut(source: Source, title: str, count: Count, room: int) -> list[Chunk]:
    found: list[Chunk] = []
    for piece in cut(source.text, count, room):
        text = source.text[piece.start : piece.end]
        if text.strip():
            path = _nearest(piece.headings, count)
            number = len(found) + 1
            found.append(Chunk(source.id, number, title, path, piece.start, piece.end, text, source.metadata))
    return found


def _nearest(headings: tuple[str, ...], count: Count) -> tuple[str, ...]:
    """Return the headings, without the widest of them where all are too long."""
    while len(headings) > 1 and sum(count(headings)) > _PATH:
        headings = headings[1:]
    return tuple(_shorten(heading, count, _PATH) for heading in headings)


def _shorten(line: str, count: Count, room: int) -> str:
    line = " ".join(line.split())
    if count([line])[0] <= room:
        return line
    while count([line + "…"])[0] > room:
        line = line[: len(line) * 9 // 10].rstrip()
    return line + "…"
