"""The probes of docs/image.md, asked of a real server."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from serving.server import ROOT

KINDS = ("startupProbe", "readinessProbe", "livenessProbe")


def manifest() -> dict[str, Any]:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "image.md").read_text(), re.M | re.S)
    found: dict[str, Any] = yaml.safe_load(block)
    return found


def container() -> dict[str, Any]:
    (only,) = manifest()["spec"]["template"]["spec"]["containers"]
    return dict(only)


def probe(kind: str, url: str) -> int:
    """The exit code of a probe's command, which asks `url` in place of the container's port."""
    program, *arguments = container()[kind]["exec"]["command"]
    assert program == "python"
    asked = [argument.replace("127.0.0.1:5000", urlsplit(url).netloc) for argument in arguments]
    return subprocess.run([sys.executable, *asked], capture_output=True, timeout=30, check=False).returncode


@contextmanager
def saying(status: str) -> Iterator[str]:
    """A server whose health is `status`, told as Cog tells it: with 200."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f'{{"status": "{status}"}}'.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_is_ready_passes(kind: str, server_url: str) -> None:
    assert probe(kind, server_url) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["STARTING", "SETUP_FAILED", "DEFUNCT", "UNHEALTHY"])
def test_one_that_does_not_answer_predictions_fails(kind: str, status: str) -> None:
    with saying(status) as url:
        assert probe(kind, url) == 1


def test_one_that_is_full_lives_and_gets_no_more() -> None:
    with saying("BUSY") as url:
        assert [probe(kind, url) for kind in KINDS] == [0, 1, 0]


def test_no_server_fails() -> None:
    assert probe("livenessProbe", "http://127.0.0.1:1") == 1


def test_what_is_mounted_is_what_is_written_to() -> None:
    mounts = {mount["name"]: mount["mountPath"] for mount in container()["volumeMounts"]}
    assert mounts == {"tmp": "/tmp", "cog": "/var/run/cog"}  # noqa: S108 # in the container
    assert {volume["name"] for volume in manifest()["spec"]["template"]["spec"]["volumes"]} == set(mounts)
