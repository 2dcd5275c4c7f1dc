"""A model that breaks once when a file appears, in whatever process it was loaded."""

import os
from pathlib import Path
from typing import Any

from weights import load as weights
from weights.registry import ModelSpec

FLAG = "PRECIS_TEST_BREAK"

_load = weights.load


def install() -> None:
    """Let what is loaded from now on be mortal."""
    weights.load = load


def break_once() -> None:
    """Let the next step of whichever engine is first fail."""
    Path(os.environ[FLAG]).touch()


def load(folder: Path, spec: ModelSpec) -> tuple[Any, Any]:
    model, tokenizer = _load(folder, spec)
    forward = model.forward
    flag = Path(os.environ[FLAG])

    def mortal_forward(*arguments: Any, **options: Any) -> Any:
        if flag.exists():
            flag.unlink()
            raise RuntimeError("a fault of the hardware")
        return forward(*arguments, **options)

    model.forward = mortal_forward
    return model, tokenizer
