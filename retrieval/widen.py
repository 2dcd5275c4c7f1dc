"""Found passages with what stands beside them: what a document leaves unsaid is often said a paragraph further on.

Knows: chunks and where they stand in their source. Knows nothing of scores, vectors or how an index keeps them.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from retrieval.records import Chunk, Hit, Key

_BESIDE = 1  # chunks on each side


def by_turns(*rankings: Sequence[Key]) -> Iterator[Key]:
    """Yield by turns the next of each ranking that does not stand beside one that came, and comes with it."""
    covered: set[Key] = set()
    remaining = [iter(ranking) for ranking in rankings]
    while remaining:
        for ranking in tuple(remaining):
            key = next((key for key in ranking if key not in covered), None)
            if key is None:
                remaining.remove(ranking)
            else:
                covered.update(_around(key))
                yield key


def widen(hits: Sequence[Hit], look_up: Callable[[Collection[Key]], Mapping[Key, Chunk]]) -> list[Hit]:
    """Return the hits, each with the chunks beside it; those that touch become one, where the better of them was.

    `look_up` returns those of the wanted chunks that there are.
    """
    chunks = look_up({key for hit in hits for key in _around(hit.chunk.key)})
    runs = _runs(sorted(chunks))
    run_of = {key: number for number, run in enumerate(runs) for key in run}
    scores: dict[int, float] = {}
    for hit in hits:
        scores.setdefault(run_of[hit.chunk.key], hit.score)
    return [Hit(_joined([chunks[key] for key in runs[number]]), score) for number, score in scores.items()]


def _runs(keys: Iterable[Key]) -> list[list[Key]]:
    """Return sorted keys in groups of those that follow one another in a source."""
    runs: list[list[Key]] = []
    for source, number in keys:
        if runs and runs[-1][-1] == (source, number - 1):
            runs[-1].append((source, number))
        else:
            runs.append([(source, number)])
    return runs


def _around(key: Key) -> list[Key]:
    source, number = key
    return [(source, number + step) for step in range(-_BESIDE, _BESIDE + 1)]


def _joined(chunks: Sequence[Chunk]) -> Chunk:
    """Return neighbours as one chunk, what they repeat once. Between those that do not touch stood blank text only."""
    text, end = "", chunks[0].start
    for chunk in chunks:
        text += ("\n" if chunk.start > end else "") + chunk.text[max(end - chunk.start, 0) :]
        end = chunk.end
    return replace(chunks[0], end=end, text=text)
