"""The embedded model, loaded once in float32, where batched text is the text of one request alone.

What does not ask what a text says takes the first layers alone: as much is the same, in a quarter of the time.
"""

from typing import Any

import pytest

from computing import int8_linear
from weights import load, registry

LAYERS = 4  # of 30


@pytest.fixture(scope="session")
def model_and_tokenizer() -> tuple[Any, Any]:
    return _load("float32")


@pytest.fixture(scope="session")
def shallow_model() -> tuple[Any, Any]:
    """Its first layers, which talk nonsense."""
    return _cut(*_load("float32"))


@pytest.fixture(scope="session")
def shallow_in_8_bits() -> tuple[Any, Any]:
    """The same in int8."""
    if not int8_linear.is_possible():
        pytest.skip("this CPU has no instructions for 8-bit products")
    return _cut(*_load("int8"))


def _cut(model: Any, tokenizer: Any) -> tuple[Any, Any]:
    model.model.layers = model.model.layers[:LAYERS]
    model.config.num_hidden_layers = LAYERS
    return model, tokenizer


def _load(dtype: str) -> tuple[Any, Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", dtype)
        spec = registry.resolve(registry.FALLBACK)
        return load.load(load.find(spec), spec)
