"""Summarize a real document in two styles, the text appearing while it is generated: what `make run` runs.

    python examples/quickstart.py

It talks to the server at PRECIS_URL, or to one on the default address, or starts one until it is done.
"""

import logging
import os
import sys
import time
from pathlib import Path

from errors import PrecisError
from serving.client import Chunk, describe, stream
from serving.inputs import data_url
from serving.server import any_server

DOCUMENT = Path(__file__).parent / "documents" / "sublease.txt"
STYLES = ("bullets", "casual")


def main() -> int:
    logging.basicConfig(format="%(message)s")
    logging.getLogger("precis").setLevel(logging.INFO)
    try:
        with any_server(os.environ.get("PRECIS_URL")) as url:
            for style in STYLES:
                print(f"\n--- {DOCUMENT.name}, style {style} ---\n")
                summarize(url, {"document": data_url(DOCUMENT), "style": style})
    except PrecisError as error:
        print(error, file=sys.stderr)
        return 1
    print("\nTo keep a server running: make serve\nThen: .venv/bin/precis summarize FILE --style legal")
    return 0


def summarize(url: str, inputs: dict[str, str]) -> None:
    started = time.monotonic()
    first = None
    for event in stream(url, inputs):
        if isinstance(event, Chunk):
            first = first or time.monotonic() - started
            print(event.text, end="", flush=True)
        else:
            print(f"\n\n{describe(event.metrics)}; here the text began after {first or 0:.2f} s")


if __name__ == "__main__":
    sys.exit(main())
