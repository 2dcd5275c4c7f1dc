"""Inputs that are files: from the URL that the caller sent to a file of our own, which goes with the prediction.

Left to itself, Cog 0.23 downloads a `Path` before predict() begins: without a limit, from any address, under the
caller's file name, not to be cancelled, and it leaves the file behind when a cancel or an error comes in between. It
does so for what predict()'s annotations say is a Path, and asks them anew each time: so they say otherwise here.

Knows which inputs are files and what they may hold. Knows nothing of how a URL is fetched, nor of what is done with
the request.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

from contract.request import MAX_FILE_BYTES, SummaryRequest
from serving import fetch
from serving.streaming import Item
from storage import temporary


def take_urls_as_text(predict: Callable[..., Any]) -> None:
    """Let Cog hand the file inputs of `predict` through as the text that the caller sent."""
    annotations = inspect.unwrap(predict).__annotations__
    annotations |= {name: str for name in MAX_FILE_BYTES if name in annotations}


async def stream(summarize: Callable[[SummaryRequest], AsyncIterator[Item]], **inputs: Any) -> AsyncGenerator[Item]:
    """Make a request of predict()'s inputs, and yield what `summarize` makes of it; its files last as long.

    An empty text for a file is as none. Raises UserError E1001 to E1010, E1015 and E1103 before anything is fetched,
    then as `fetch.fetch` does, then as `summarize` does.
    """
    urls = {name: inputs[name] for name in MAX_FILE_BYTES if inputs.get(name) and fetch.is_url(str(inputs[name]))}
    given = inputs | {name: inputs.get(name) or None for name in MAX_FILE_BYTES} | {name: Path(name) for name in urls}
    request = await asyncio.to_thread(SummaryRequest, **given)  # large data URLs take seconds
    with temporary.folder() as folder:
        files = {name: await fetch.fetch(url, folder, name, MAX_FILE_BYTES[name]) for name, url in urls.items()}
        async with aclosing(summarize(request.model_copy(update=files))) as items:  # type: ignore[type-var]  # a generator
            async for item in items:
                yield item
