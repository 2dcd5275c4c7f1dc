"""The passages that explain what a document leaves unsaid, or none where the documentation is about something else.

The document itself is the question, asked in three ways: by its sentences, since what it mentions once is lost in a
longer piece; by its pieces, since what it is about shows in none of its sentences; and by its terms, the names, codes
and abbreviations that an embedding model has never seen. `python -m benchmarks.context_awareness` measures it.

Knows: documents as text, and a search. Knows nothing of prompts or citations.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from retrieval.records import Chunk, Hit
from retrieval.search import ANYTHING, Found, Key, best, find, key_of
from splitting.pieces import OVERLAP, cut
from splitting.structure import atoms

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from retrieval.index import Index

# How near the nearest passage is to one of the sentences and to one of the pieces (cosines of all-MiniLM-L6-v2), plus
# a part of the share of the document's terms that the documentation has. Of 48 documents and their own documentation
# one is below FLOOR; of 100 news articles, terms of service and conversations beside the same documentation 4% reach
# it, and of 148 documents beside another one 1%.
FLOOR = 0.83
_TERMS_IN_FLOOR = 0.3

_PIECES_WEIGHT = 0.5  # of what the pieces find, beside what the sentences find
_TERMS_WEIGHT = 0.1
_IN_HEADING = 1.5  # times as much is a passage worth for a term that it is headed by
_BESIDE_BEST = 0.85  # of the best passage's score, below which one is not taken
_MOST = 200  # sentences, and 50 pieces and 50 terms, evenly chosen: what a document of any length is asked with
_PIECE = 220  # word pieces, as a passage has
_TERM_DEPTH = 20  # passages for each term

_WORD = re.compile(r"\w+(?:[-'’]\w+)*")
_BEGINS = re.compile(r"(?:^|[.!?:\n])\W*\Z")


def background(
    index: "Index",
    embedder: "Embedder",
    document: str,
    focus: str = "",
    *,
    k: int,
    where: Mapping[str, str] = ANYTHING,
) -> list[Hit]:
    """Return at most `k` passages that say more of what `document`, or the focus of its summary, is about, best first.

    Raises UserError E4006 as the index does.
    """
    asked = [focus] if focus.strip() else []

    def ask(texts: Sequence[str]) -> Found:
        parts = readable([*asked, *texts], embedder)
        return find(index, parts, embedder.encode(parts), where)

    sentences = ask(_few(_sentences(document), _MOST))
    pieces = ask(_few(_pieces(document, embedder), _MOST // 4))
    terms = _few(sorted(terms_of(f"{focus}\n{document}")), _MOST // 4)
    named, share = _find_terms(index, terms, where)
    if _nearest(sentences) + _nearest(pieces) + _TERMS_IN_FLOOR * share < FLOOR:
        return []
    chunks = {**sentences.chunks, **pieces.chunks, **{key_of(hit): hit.chunk for hit in named}}
    by_terms = {key_of(hit): hit.score for hit in named}
    scores = {
        key: (
            sentences.scores.get(key, 0.0)
            + _PIECES_WEIGHT * pieces.scores.get(key, 0.0)
            + _TERMS_WEIGHT * by_terms.get(key, 0.0)
        )
        / (1 + _PIECES_WEIGHT + _TERMS_WEIGHT)
        for key in chunks
    }
    order = sorted(scores, key=lambda key: (-scores[key], key))
    least = _BESIDE_BEST * scores[order[0]]
    return best(index, chunks, scores, [key for key in order if scores[key] >= least], k)


def terms_of(document: str) -> set[str]:
    """Return the words of a document that are names, codes or abbreviations by how they are written, in lower case."""
    found = set()
    for match in _WORD.finditer(document):
        word = match[0]
        is_code = sum(letter.isupper() for letter in word) > 1 or (
            any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
        )
        begins_sentence = _BEGINS.search(document, max(match.start() - 4, 0), match.start())
        if is_code or (word[0].isupper() and not begins_sentence):
            found.add(word.casefold())
    return found


def readable(texts: Sequence[str], embedder: "Embedder") -> list[str]:
    """Return the texts; one that is longer than the model reads comes in parts."""
    assert embedder.max_tokens > 2 * OVERLAP
    parts: list[str] = []
    for text, length in zip(texts, embedder.count(texts), strict=True):
        parts += _pieces(text, embedder) if length > embedder.max_tokens else [text]
    return parts


def _find_terms(index: "Index", terms: Sequence[str], where: Mapping[str, str]) -> tuple[list[Hit], float]:
    """Return the passages that have one of the terms, best score 1, and the share of the terms that any of them has."""
    hits: dict[Key, Hit] = {}
    words: dict[Key, set[str]] = {}  # many terms find the same passages
    known = 0
    for term, found in zip(terms, index.search_text(terms, _TERM_DEPTH, where), strict=True):
        words |= {key_of(hit): _words(hit.chunk) for hit in found if key_of(hit) not in words}
        exact = [hit for hit in found if term in words[key_of(hit)]]  # the index knows stems only
        known += bool(exact)
        for hit in exact:
            heads = _IN_HEADING if term in _heading(hit.chunk) else 1.0
            key = key_of(hit)
            score = max(hit.score * heads, hits[key].score if key in hits else 0.0)
            hits[key] = Hit(hit.chunk, score)
    most = max((hit.score for hit in hits.values()), default=1.0)
    return [Hit(hit.chunk, hit.score / most) for hit in hits.values()], known / max(len(terms), 1)


def _words(chunk: Chunk) -> set[str]:
    return {word.casefold() for word in _WORD.findall(chunk.text)} | _heading(chunk)


def _heading(chunk: Chunk) -> set[str]:
    return {word.casefold() for word in _WORD.findall(" ".join((chunk.title, *chunk.headings)))}


def _sentences(document: str) -> list[str]:
    found = (document[atom.start : atom.end].strip() for atom in atoms(document))
    return list(dict.fromkeys(text for text in found if text))


def _pieces(document: str, embedder: "Embedder") -> list[str]:
    found = (document[piece.start : piece.end].strip() for piece in cut(document, embedder.count, _PIECE))
    return [text for text in found if text]


def _few(texts: Sequence[str], most: int) -> Sequence[str]:
    """Return at most so many of them, evenly chosen."""
    if len(texts) <= most:
        return texts
    return [texts[number * len(texts) // most] for number in range(most)]


def _nearest(found: Found) -> float:
    return max((cosine for cosines in found.cosines for cosine in cosines.values()), default=0.0)
