"""The embedded model, loaded once in float32, where batched text is the text of one request alone."""

from typing import Any

import pytest

from computing import int8_linear
from weights import load, registry


@pytest.fixture(scope="session")
def model_and_tokenizer() -> tuple[Any, Any]:
    return _load("float32")


@pytest.fixture(scope="session")
def model_in_8_bits() -> tuple[Any, Any]:
    """The same with its layers in int8."""
    if not int8_linear.is_possible():
        pytest.skip("this CPU has no instructions for 8-bit products")
    return _load("int8")


def _load(dtype: str) -> tuple[Any, Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", dtype)
        spec = registry.resolve(registry.FALLBACK)
        return load.load(load.find(spec), spec)
