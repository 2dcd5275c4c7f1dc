"""The embedded model, loaded once in float32, where batched text is the text of one request alone."""

from typing import Any

import pytest

from weights import load, registry


@pytest.fixture(scope="session")
def model_and_tokenizer() -> tuple[Any, Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_DTYPE", "float32")
        spec = registry.resolve(registry.FALLBACK)
        return load.load(load.find(spec), spec)
