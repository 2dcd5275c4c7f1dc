"""A kernel from a hub on loopback to where transformers finds it with no hub at all."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from computing import card, hardware
from tests.computing import python_kernel
from tests.computing.test_card import model
from tests.weights.conftest import PULL, Run
from tests.weights.hub_server import COMMIT, REPOSITORY, HubServer
from weights import load, registry
from weights.registry import ModelSpec

BUILD = f"build/{python_kernel.VARIANT}"
MACHINE_CODE = f"{BUILD}/_flash_attn2_cuda_0.abi3.so"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubServer]:
    with HubServer(python_kernel.make(tmp_path / "kernel"), "kernel") as server:
        server.contents |= {
            MACHINE_CODE: b"\x7fELF",
            f"{BUILD}/flash_attn2/__init__.py": b"#",
            f"{BUILD}/__pycache__/evil.cpython-311.pyc": b"\0",
            "build/torch210-cxx11-cu126-x86_64-linux/__init__.py": b"",
            "README.md": b"#",
        }
        yield server


@pytest.fixture
def spec(hub: HubServer) -> str:
    digests = {MACHINE_CODE: hashlib.sha256(hub.contents[MACHINE_CODE]).hexdigest()}
    kernel = ModelSpec(alias="flash", kind="kernel", source=REPOSITORY, revision=COMMIT, digests=digests)
    return kernel.model_dump_json()


def test_the_pinned_build_is_pulled_whole_and_nothing_else(run: Run, hub: HubServer, spec: str, tmp_path: Path) -> None:
    done = run(PULL, spec, str(tmp_path / "home"), HF_ENDPOINT=hub.url)
    assert done.stdout.strip() == str(tmp_path / "home" / "flash"), done.stderr
    expected = {"__init__.py", "metadata.json", "flash_attn2/__init__.py", Path(MACHINE_CODE).name}
    assert {name for name, _ in hub.sent} == {f"{BUILD}/{name}" for name in expected}
    recorded = json.loads((tmp_path / "home" / "flash" / "precis.json").read_text())
    assert set(recorded["files"]) == {f"{BUILD}/{name}" for name in expected}


def test_a_pulled_kernel_is_found_without_the_hub_and_loaded(
    run: Run, hub: HubServer, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = str(tmp_path / "home")
    run(PULL, spec, home, HF_ENDPOINT=hub.url)
    again = run(PULL, spec, home, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path / "another"))
    folder = Path(again.stdout.strip())
    assert folder == Path(home, "flash"), again.stderr
    python_kernel.stand_in_for_a_card(monkeypatch)
    python_kernel.forget_what_was_loaded(monkeypatch)
    card.use_kernel(folder)
    assert card.attention(model()).why_not_flash == ""


def test_other_machine_code_is_refused(run: Run, hub: HubServer, spec: str, tmp_path: Path) -> None:
    hub.contents[MACHINE_CODE] = b"\x7fEVL"
    done = run(PULL, spec, str(tmp_path / "home"), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2002 _flash_attn2_cuda_0.abi3.so has sha256 "), done.stderr
    assert not (tmp_path / "home" / "flash").exists()


def test_other_python_than_the_hub_says_is_refused(run: Run, hub: HubServer, spec: str, tmp_path: Path) -> None:
    hub.damaged.add(f"{BUILD}/__init__.py")
    done = run(PULL, spec, str(tmp_path / "home"), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2002 __init__.py has git hash "), done.stderr
    assert not (tmp_path / "home" / "flash").exists()


def test_a_build_without_metadata_is_not_whole(run: Run, hub: HubServer, spec: str, tmp_path: Path) -> None:
    del hub.contents[f"{BUILD}/metadata.json"]
    done = run(PULL, spec, str(tmp_path / "home"), HF_ENDPOINT=hub.url)
    assert done.stdout.startswith("E2004 flash lacks 1 files, among them build/"), done.stderr


def test_a_kernel_that_is_not_here_is_missing_offline(run: Run, spec: str, tmp_path: Path) -> None:
    done = run(PULL, spec, str(tmp_path / "home"), HF_HUB_OFFLINE="1")
    assert done.stdout.startswith("E2003 flash is not in the cache"), done.stderr


def nothing() -> str:
    """Why the card has no flash attention that could use it, in whatever process it is asked."""
    return ""


@pytest.mark.parametrize("can_use_it", [True, False])
def test_a_setup_fetches_it_only_where_a_card_can_use_it_and_goes_on_without(
    can_use_it: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hardware, "has_driver", lambda: True)
    if can_use_it:
        monkeypatch.setattr(card, "why_not_flash", nothing)
    monkeypatch.setattr(registry, "ATTENTION_KERNEL", "privacy-filter")  # which no checkout has by chance
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    load.bring_attention_kernel()
    assert ("without the kernel for attention: E2003 privacy-filter" in caplog.text) is can_use_it
