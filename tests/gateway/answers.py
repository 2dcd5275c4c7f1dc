"""What a gateway's answers say, and whether something comes about in time."""

import json
import time
from collections.abc import Callable
from typing import Any

import httpx


def events_of(answer: httpx.Response) -> list[tuple[str, str, dict[str, Any]]]:
    """The id, name and data of each event of a stream that has ended."""
    found = []
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == answer.status_code
    assert said["request_id"] == answer.headers["x-request-id"]
    assert said["detail"].startswith(said["code"])
    return answer.status_code, said["code"]


def in_flight(client: httpx.Client) -> int:
    return sum(int(one["in_flight"]) for one in client.get("/readyz").json()["upstreams"])


def comes_true(is_so: Callable[[], bool], within: float = 20.0) -> bool:
    """Whether it is so within some seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.05)
    return False
