"""The passages that explain what a document leaves unsaid, or none where the documentation is about something else.

The document itself is the question, and it is asked in two ways that find different things. By meaning, with vectors
and BM25: with its sentences, since what it mentions once is lost in a longer piece, and with its pieces, since what it
is about shows in none of its sentences. By mention: with its words, above all names and codes, which no embedding model
ever saw. Both choose by turns. `python -m benchmarks.context_awareness` measures it.

Knows: documents as text, and a search. Knows nothing of prompts or citations.
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from retrieval.mentions import mentions, names_of, tokens_of
from retrieval.records import Chunk, Hit, Key
from retrieval.search import ANYTHING, Found, best, find
from retrieval.widen import by_turns, widen
from splitting.pieces import OVERLAP, cut
from splitting.structure import atoms

if TYPE_CHECKING:
    from retrieval.embed import Embedder
    from retrieval.index import Index

# How near the nearest passage is to one of the sentences and to one of the pieces (cosines of all-MiniLM-L6-v2), plus
# the share of the document's names that are names in the documentation. The benchmark shows what comes over it: a
# bakery's and a choir's pages for 1 document of 128, but for 43 the handbook of another company, with the same kind of
# letters and tickets. A higher floor keeps out needed passages as well.
FLOOR = 0.82

_SENTENCES, _PIECES = 0.45, 0.55  # what both count
_MEANT, _MENTIONED = 0.85, 0.5  # of the best passage's score, below which one is not taken
_POOL = 200  # passages by meaning whose words are looked at, beside those that have one of the names
_TURNS = 3  # times as many passages as asked for are ranked, of which those that repeat others are passed over
_MOST = 200  # sentences, and 50 pieces and 50 names, evenly chosen: what a document of any length is asked with
_PIECE = 220  # word pieces, as a passage has
_NAME_DEPTH = 10  # passages for each name


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

    Each comes with what stands beside it. Score: the mean of both ways', 0 to 1. Raises UserError E4006 as the index
    does.
    """
    asked = [focus] if focus.strip() else []
    whole = f"{focus}\n{document}"

    def ask(texts: Sequence[str]) -> Found:
        parts = readable([*asked, *texts], embedder)
        return find(index, parts, embedder.encode(parts), where)

    sentences = ask(_few(_sentences(document), _MOST))
    pieces = ask(_few(_pieces(document, embedder), _MOST // 4))
    named, share = _find_names(index, _few(sorted(names_of(whole)), _MOST // 4), where)
    if _nearest(sentences) + _nearest(pieces) + share < FLOOR:
        return []
    meant = {
        key: _SENTENCES * sentences.scores.get(key, 0.0) + _PIECES * pieces.scores.get(key, 0.0)
        for key in sentences.scores.keys() | pieces.scores.keys()
    }
    found = {**sentences.chunks, **pieces.chunks}
    pool = {key: found[key] for key in _ranked(meant)[:_POOL]} | named
    return widen(_choose(index, found | named, meant, mentions(whole, pool), k), index.chunks)


def _choose(
    index: "Index", chunks: Mapping[Key, Chunk], meant: Mapping[Key, float], mentioned: Mapping[Key, float], k: int
) -> list[Hit]:
    """Return by turns what is best by meaning and what is best by mention, without what repeats another."""
    order = list(islice(by_turns(_ranked(meant, _MEANT), _ranked(mentioned, _MENTIONED)), _TURNS * k))
    earliness = {key: 1 - turn / len(order) for turn, key in enumerate(order)}
    hits = best(index, chunks, earliness, order, k)
    return [Hit(hit.chunk, (meant.get(hit.chunk.key, 0.0) + mentioned.get(hit.chunk.key, 0.0)) / 2) for hit in hits]


def _find_names(index: "Index", names: Sequence[str], where: Mapping[str, str]) -> tuple[dict[Key, Chunk], float]:
    """Return the passages that have one of the names, and the share of the names that are names in any of them.

    Numbers are no part of the share: many a text has the same.
    """
    named: dict[Key, Chunk] = {}
    tokens: dict[Key, set[str]] = {}  # many names find the same passages
    for name, found in zip(names, index.search_text(names, _NAME_DEPTH, where), strict=True):
        tokens |= {hit.chunk.key: tokens_of(hit.chunk) for hit in found if hit.chunk.key not in tokens}
        named |= {hit.chunk.key: hit.chunk for hit in found if name in tokens[hit.chunk.key]}  # the index knows stems
    theirs = set[str]().union(*(names_of(chunk.text) for chunk in named.values()))
    words = [name for name in names if name[0].isalpha()]
    return named, sum(name in theirs for name in words) / max(len(words), 1)


def _ranked(scores: Mapping[Key, float], least: float = 0.0) -> list[Key]:
    """Return the keys, best first, whose score is at least that share of the best."""
    bound = least * max(scores.values(), default=0.0)
    return sorted((key for key in scores if scores[key] >= bound), key=lambda key: (-scores[key], key))


def readable(texts: Sequence[str], embedder: "Embedder") -> list[str]:
    """Return the texts; one that is longer than the model reads comes in parts."""
    assert embedder.max_tokens > 2 * OVERLAP
    parts: list[str] = []
    for text, length in zip(texts, embedder.count(texts), strict=True):
        parts += _pieces(text, embedder) if length > embedder.max_tokens else [text]
    return parts


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
