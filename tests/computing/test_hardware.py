import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from computing import hardware
from errors import UserError


@pytest.mark.parametrize(
    ("system", "machine", "has", "expected"),
    [
        ("Linux", "x86_64", {"avx512_f": True, "avx512_bf16": True}, True),
        ("Linux", "x86_64", {"avx512_f": True, "amx_tile": True, "amx_bf16": True}, True),
        ("Linux", "x86_64", {"avx2": True, "avx512_f": True, "avx512_bf16": False}, False),
        ("Linux", "aarch64", {"bf16": True}, True),
        ("Linux", "aarch64", {"bf16": False}, False),
        ("Darwin", "arm64", {"bf16": True}, False),
        ("Linux", "ppc64le", {}, False),
    ],
)
def test_bfloat16_is_for_cpus_that_multiply_it(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, has: dict[str, Any], expected: bool
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: has)
    monkeypatch.delenv("PRECIS_DTYPE", raising=False)
    assert hardware.dtype("cpu") == (torch.bfloat16 if expected else torch.float32)


@pytest.mark.parametrize("name", hardware.FLOATS)
def test_the_number_format_can_be_asked_for(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", name)
    assert hardware.dtype("cpu") == getattr(torch, name)


def test_an_unknown_number_format_is_refused_with_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", "int4")
    with pytest.raises(
        UserError, match="E1009 PRECIS_DTYPE is 'int4'; it must be one of float32, bfloat16, float16, int8"
    ):
        hardware.dtype("cpu")


def test_a_card_is_used_where_there_is_one_in_the_format_that_models_are_trained_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("PRECIS_DTYPE", raising=False)
    assert hardware.device() == "cuda"
    assert hardware.dtype("cuda") == torch.bfloat16


PLACE = """
import sys
import torch
from computing import hardware
torch.cuda.is_available = lambda: True
print(hardware.device_beside(), hardware.device_beside(), flush=True)
sys.stdin.read()
"""


def test_one_process_of_a_machine_has_the_card_beside_the_engine_s_until_it_ends(tmp_path: Path) -> None:
    def start(**environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-c", PLACE],
            env=os.environ | {"TMPDIR": str(tmp_path)} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(process: "subprocess.Popen[str]") -> str:
        assert process.stdout is not None
        return process.stdout.readline().strip()

    with start() as first:
        assert said(first) == "cuda cuda"
        with start() as second, start(CUDA_VISIBLE_DEVICES="1") as on_another:
            assert said(second) == "cpu cpu"
            assert said(on_another) == "cuda cuda"
            second.communicate()
            on_another.communicate()
        first.communicate()
    with start() as third:
        assert said(third) == "cuda cuda"
        third.communicate()


def test_without_a_card_there_is_no_place_to_take(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert hardware.device_beside() == "cpu"
    assert not list(tmp_path.iterdir())
