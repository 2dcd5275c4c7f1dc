from pathlib import Path

import pytest

from errors import Fault
from storage import places


def test_the_cache_is_where_the_user_says_or_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert places.cache() == tmp_path / ".cache" / "precis"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert places.cache() == tmp_path / ".cache" / "precis"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    assert places.cache() == tmp_path / "own" / "precis"


def test_what_outlives_a_process_lies_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert places.state() == tmp_path / ".local" / "state" / "precis"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "own"))
    assert places.state() == tmp_path / "own" / "precis"


def test_a_user_without_a_home_has_a_cache_too_but_nowhere_for_what_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert places.cache().is_absolute()
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    with pytest.raises(Fault, match="E5006 there is no home to write to"):
        places.state()
