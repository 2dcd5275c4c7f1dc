import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from gateway.telemetry import logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Where logs go, as JSON."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    monkeypatch.setenv("LOG_FORMAT", "json")
    for handler in handlers:  # pytest's own, which basicConfig would close
        root.removeHandler(handler)
    logs.set_up(written)
    yield written
    structlog.reset_defaults()
    logging.getLogger("precis").setLevel(logging.NOTSET)
    root.handlers[:], root.level = handlers, level


def test_our_lines_and_those_of_libraries_are_json(lines: io.StringIO) -> None:
    structlog.contextvars.bind_contextvars(request_id="one")
    structlog.get_logger().info("request", status=200)
    logging.getLogger("precis.errors").error("fault: %s", "ValueError")
    logging.getLogger("some.library").warning("slow")
    structlog.contextvars.clear_contextvars()
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [(line["event"], line["level"], line["request_id"]) for line in said] == [
        ("request", "info", "one"),
        ("fault: ValueError", "error", "one"),
        ("slow", "warning", "one"),
    ]
    assert said[0]["status"] == 200


def test_what_libraries_only_mention_is_not_logged(lines: io.StringIO) -> None:
    logging.getLogger("httpx").info("GET http://127.0.0.1/Quibblesworth")
    logging.getLogger("uvicorn.access").info("GET /Quibblesworth")
    assert lines.getvalue() == ""


def test_a_traceback_is_places_and_no_words(lines: io.StringIO) -> None:
    try:
        raise ValueError("Quibblesworth")
    except ValueError:
        logging.getLogger("some.library").exception("it failed")
        structlog.get_logger().exception("it failed")
    assert "Quibblesworth" not in lines.getvalue()
    assert [json.loads(line)["error"].split(" ")[0] for line in lines.getvalue().splitlines()] == ["ValueError"] * 2
