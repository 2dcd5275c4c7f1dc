"""An engine that dies is restarted once, and the second time `/health-check` says so for good."""

import pytest

from errors import Fault
from serving import client
from serving.server import free_port, health, start
from tests.serving.processes import eventually

TEXT = "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf."


def test_the_first_death_fails_what_was_in_flight_and_the_second_ends_the_worker() -> None:
    server = start(predictor="tests/serving/predictors/mortal.py:Predictor", port=free_port())
    try:
        server.wait_until_ready(180)
        with pytest.raises(Fault, match="E5001"):
            client.summarize(server.url, {"text": TEXT, "fatal": True})
        assert eventually(lambda: health(server.url).get("status") == "READY")
        assert client.summarize(server.url, {"text": TEXT})["output"]

        with pytest.raises(Fault):
            client.summarize(server.url, {"text": TEXT, "fatal": True})
        assert eventually(lambda: health(server.url).get("status") not in ("READY", "BUSY"))
    finally:
        server.stop()
