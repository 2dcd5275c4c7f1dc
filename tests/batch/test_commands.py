from datetime import UTC, datetime

import pytest

from batch import commands
from errors import UserError

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("90s", 90),
        ("30m", 1_800),
        ("8h", 28_800),
        ("06:00", 10_800),
        ("02:00", 23 * 3_600),
        ("2026-11-26T04:00:00+00:00", 3_600),
    ],
)
def test_a_deadline_is_a_while_from_now_or_the_next_such_time_or_a_date(written: str, seconds: int) -> None:
    assert commands.deadline(written, NOW) - NOW.timestamp() == seconds


@pytest.mark.parametrize("written", ["", "25:00", "soon", "2026-11-26T02:00:00+00:00", "-5m"])
def test_what_is_no_time_to_come_is_refused(written: str) -> None:
    with pytest.raises(UserError, match="E1009 deadline is "):
        commands.deadline(written, NOW)


def test_a_second_of_hardware_has_its_price() -> None:
    assert commands.price("gpu-l40s") == 0.000975
    assert commands.price(None) == 0.0


def test_progress_goes_on_one_line_of_json_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    commands.teller(as_json=True)("3 of 4", {"event": "progress", "done": 3, "failed": 0, "left": 1})
    assert '"event": "progress", "done": 3' in capsys.readouterr().err


def test_a_bar_fills_with_what_has_ended() -> None:
    assert commands.bar({"done": 5, "failed": 1, "left": 6}) == "[############------------]"
