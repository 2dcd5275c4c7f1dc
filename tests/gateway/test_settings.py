"""The gateway's settings: where they come from, what goes first, and that none is ever shown."""

from pathlib import Path

import pytest

from errors import UserError
from gateway import settings
from serving.server import ROOT


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without settings, in which all of this runs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def test_an_argument_goes_before_the_environment_that_before_env_that_before_toml(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (nowhere / "gateway.toml").write_text('places = 1\nqueue = 1\njobs = 1\nport = 1\nupstreams = ["http://toml"]')
    (nowhere / ".env").write_text("PRECIS_GATEWAY_PLACES=2\nPRECIS_GATEWAY_QUEUE=2\nPRECIS_GATEWAY_JOBS=2\n")
    monkeypatch.setenv(settings.CONFIG, str(nowhere / "gateway.toml"))
    monkeypatch.setenv("PRECIS_GATEWAY_PLACES", "3")
    monkeypatch.setenv("PRECIS_GATEWAY_QUEUE", "3")
    found = settings.read(places=4, queue=None)
    assert (found.places, found.queue, found.jobs, found.port, found.upstreams) == (4, 3, 2, 1, ["http://toml"])


def test_what_is_wrong_is_said_by_its_name_and_never_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_GATEWAY_PLACES", "canary")
    monkeypatch.setenv("PRECIS_GATEWAY_WEBHOOK_SECRET", "canary")
    with pytest.raises(UserError, match=r"E7101 .*places.*webhook_secret") as raised:
        settings.read()
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize("content", ["places = ", "volume = 11"])
def test_a_file_that_is_none_or_has_more_is_refused(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (nowhere / "gateway.toml").write_text(content)
    monkeypatch.setenv(settings.CONFIG, str(nowhere / "gateway.toml"))
    with pytest.raises(UserError, match="E7101"):
        settings.read()


def test_nothing_that_is_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECIS_GATEWAY_DATABASE", "postgresql://me:canary@db/precis")
    assert "canary" not in repr(settings.read())


def test_every_setting_is_in_the_documentation() -> None:
    page = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
    assert [name for name in settings.Settings.model_fields if f"`{name}`" not in page] == []
