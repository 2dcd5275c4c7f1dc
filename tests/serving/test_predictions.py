import os
from pathlib import Path

import pytest

from errors import UserError
from serving import predictions
from serving.predictions import Predictions


@pytest.fixture(autouse=True)
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(predictions, "COGS", tmp_path / "coglet" / "predictions")
    predictions.prepare()
    return predictions.COGS


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


def test_what_cog_finds_under_an_id_is_a_folder_of_ours(shared: Path, own: Path) -> None:
    running = Predictions(own)
    running.begin("a.b-C_1")
    (shared / "a.b-C_1" / "inputs").mkdir()  # as Cog does
    assert (own / "a.b-C_1" / "inputs").is_dir()
    running.end("a.b-C_1")
    assert list(own.iterdir()) == list(shared.iterdir()) == []


def test_no_two_servers_have_one_id(own: Path, tmp_path: Path) -> None:
    Predictions(own).begin("one")
    (tmp_path / "other").mkdir()
    with pytest.raises(UserError, match="E3005 prediction one is under way"):
        Predictions(tmp_path / "other").begin("one")


def test_an_id_of_a_dead_server_is_free(shared: Path, own: Path) -> None:
    (shared / "one").symlink_to(own / "gone")
    Predictions(own).begin("one")
    assert (shared / "one").is_dir()


def test_the_shared_folder_is_for_all_users_and_nobody_removes_what_is_anothers(shared: Path) -> None:
    for folder in (shared, shared.parent):
        assert folder.stat().st_mode & 0o7777 == 0o1777


def test_a_folder_that_cannot_be_used_is_told_before_cog_says_that_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "target")  # it would be who made the link who chose the place
    monkeypatch.setattr(predictions, "COGS", tmp_path / "link" / "predictions")
    with pytest.raises(UserError, match=r"E3007 .*link cannot be written to by user"):
        predictions.prepare()


def test_what_dead_servers_left_is_swept_and_what_living_ones_have_is_not(shared: Path, own: Path) -> None:
    Predictions(own).begin("alive")
    (shared / "dead").symlink_to(own / "gone")
    for name in ("old", "new"):
        (shared / name / "inputs").mkdir(parents=True)
    os.utime(shared / "old", (0, 0))
    predictions.sweep()
    assert sorted(path.name for path in shared.iterdir()) == ["alive", "new"]
