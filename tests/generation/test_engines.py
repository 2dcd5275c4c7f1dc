import asyncio
import importlib.util

import pytest

from computing import hardware, processes
from errors import UserError
from generation import engines
from pipeline import Pipeline

CARD = hardware.Card("a card", 2**36, "bfloat16")


def with_card(patch: pytest.MonkeyPatch, card: hardware.Card | None, *, vllm: bool) -> None:
    """A driver that tells of `card`, and vLLM installed or not."""
    patch.setattr(hardware, "has_driver", lambda: True)
    patch.setattr(processes, "run_once", lambda *_: card)
    patch.setattr(importlib.util, "find_spec", lambda _: object() if vllm else None)


@pytest.mark.parametrize("value", ["", "auto"])
def test_on_a_card_vllm_serves_where_it_is_installed(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", value)
    with_card(monkeypatch, CARD, vllm=True)
    assert engines.asked() == engines.VLLM
    with_card(monkeypatch, CARD, vllm=False)
    assert engines.asked() == engines.TRANSFORMERS


def test_a_pipeline_that_loads_asks_for_it_beside_its_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> str:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()  # on which nothing may block, and no second one may run
        raise UserError("E1009", "it was asked")

    monkeypatch.setattr(engines, "asked", asked)
    with pytest.raises(UserError, match="it was asked"):
        asyncio.run(Pipeline.load())


def test_without_a_card_transformers_serves_although_vllm_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", "auto")
    with_card(monkeypatch, None, vllm=True)
    assert engines.asked() == engines.TRANSFORMERS
    monkeypatch.setattr(hardware, "has_driver", lambda: False)
    monkeypatch.setattr(processes, "run_once", lambda *_: pytest.fail("torch need not be imported without a driver"))
    assert engines.asked() == engines.TRANSFORMERS


def test_transformers_serves_on_a_card_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_ENGINE", "transformers")
    with_card(monkeypatch, CARD, vllm=True)
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
