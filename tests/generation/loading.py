"""What a replica's process loads in tests. A replica imports it by name, so it stands in a module of its own."""

import os
import signal
from pathlib import Path
from typing import Any

from computing import memory
from errors import UserError
from generation import batching
from weights import load, registry

STEPS = "PRECIS_TEST_STEPS"  # the folder in which every step of an engine adds a byte to its process's file


def embedded() -> tuple[Any, Any]:
    """The embedded model in float32, where batched text is the text of one request alone."""
    os.environ["PRECIS_DTYPE"] = "float32"
    spec = registry.resolve(registry.FALLBACK)
    return load.load(load.find(spec), spec)


def counted() -> tuple[Any, Any]:
    """The same, its steps counted."""
    model, tokenizer = embedded()
    forward = model.forward

    def counting(*arguments: Any, **options: Any) -> Any:
        with Path(os.environ[STEPS], str(os.getpid())).open("ab") as file:
            file.write(b".")
        return forward(*arguments, **options)

    model.forward = counting
    return model, tokenizer


def missing() -> tuple[Any, Any]:
    """A model that is not here."""
    raise UserError("E2003", "there is none")


def killed() -> tuple[Any, Any]:
    """A model that memory does not hold."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def scarce() -> tuple[Any, Any]:
    """The embedded model, where it leaves memory for one engine."""
    batching.cache_share = lambda: memory.available() - 150_000_000
    return embedded()
