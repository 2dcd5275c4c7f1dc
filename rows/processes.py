"""Work on many items at once: in several processes, in order, in constant memory.

Knows: how items are spread over processes. Knows nothing of what is done to one. Whatever their number, only so many
are under way as keep the processes busy.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_CHUNK = 16  # items that a process takes at once
_CHUNKS_A_PROCESS = 3  # under way: one in work, one waiting, one finished and not yet taken


def in_order(work: Callable[[Item], Result], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """Yield what `work` returns for each item, in the items' order. It is pickled with every chunk of them."""
    items = iter(items)
    with ProcessPoolExecutor(processes) as pool:
        under_way: deque[Future[list[Result]]] = deque()
        while chunk := list(islice(items, _CHUNK)):
            under_way.append(pool.submit(_each, work, chunk))
            if len(under_way) >= processes * _CHUNKS_A_PROCESS:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()


def _each(work: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    return [work(item) for item in items]
