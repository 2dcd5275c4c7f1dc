import importlib.util

import pytest

from errors import UserError
from generation import engines


@pytest.mark.parametrize("value", ["", "auto", "transformers"])
def test_transformers_serves_unless_another_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", value)
    assert engines.asked() == engines.TRANSFORMERS


def test_an_engine_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", "vLLM")
    with pytest.raises(UserError, match=r"^E1009 PRECIS_ENGINE is 'vLLM'; it must be transformers, vllm or auto"):
        engines.asked()


def test_vllm_is_not_served_in_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", "vllm")
    monkeypatch.setenv("PRECIS_DTYPE", "int8")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    with pytest.raises(UserError, match=r"^E1009 PRECIS_DTYPE is int8.* float32, bfloat16, float16"):
        engines.asked()


def test_vllm_is_asked_for_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", "vllm")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UserError, match=r"^E2008 .*requirements-vllm\.txt"):
        engines.asked()
