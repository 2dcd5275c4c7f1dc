import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

import pytest

from replicate_api.serve import in_front_of
from serving.server import ROOT

EXAMPLES = ROOT / "examples"
TEXT = (
    "The county council voted on Tuesday to build a bridge of 120 metres over the river Alm at Neudorf. It will cost "
    "4.2 million euros and open in spring 2027. Until then a ferry carries people and bicycles, but no cars."
)


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=240, check=False
    )


def test_the_quickstart_summarizes_a_real_document_in_two_styles(server_url: str) -> None:
    done = run(sys.executable, str(EXAMPLES / "quickstart.py"), PRECIS_URL=server_url)
    assert done.returncode == 0, done.stderr
    _, bullets, casual = done.stdout.split("\n--- ")
    assert ("style bullets" in bullets, "style casual" in casual) == (True, True)
    assert bullets.splitlines()[2:] != casual.splitlines()[2:]
    assert done.stdout.count("tokens out") == 2
    assert "make serve" in done.stdout


def test_the_quickstart_says_in_one_line_that_nobody_answers() -> None:
    done = run(sys.executable, str(EXAMPLES / "quickstart.py"), PRECIS_URL="http://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr.startswith("E3001")


def test_a_folder_of_documentation_explains_a_document(server_url: str) -> None:
    done = run(sys.executable, str(EXAMPLES / "with_knowledge.py"), PRECIS_URL=server_url)
    assert done.returncode == 0, done.stderr
    summary, _, passages = done.stdout.partition("\n\n[1] quill.md, characters 0 to ")
    assert summary
    assert passages


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_gets_json_a_stream_and_a_webhook(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(TEXT)
    with webhook_receiver() as (webhook, received):
        done = run("sh", str(EXAMPLES / "post.sh"), str(tmp_path / "bridge.txt"), webhook, PRECIS_URL=server_url)
        assert done.returncode == 0, done.stderr
        delivered = received.get(timeout=120)
    _, whole, stream, accepted = done.stdout.split("--- ")
    assert json.loads(whole.partition("\n")[2])["status"] == "succeeded"
    assert stream.count("event: output") >= 1
    assert "event: completed" in stream
    assert json.loads(accepted.partition("\n")[2])["id"] == delivered["id"]
    assert delivered["status"] == "succeeded"


@contextmanager
def webhook_receiver() -> "Iterator[tuple[str, Queue[dict[str, str]]]]":
    received: Queue[dict[str, str]] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/done", received
    finally:
        server.shutdown()
        server.server_close()


def test_a_folder_is_summarized_in_one_prediction(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(TEXT)
    (tmp_path / "bridge.html").write_text(f"<html><body><p>{TEXT}</p></body></html>")
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = run(sys.executable, str(EXAMPLES / "summarize_folder.py"), str(tmp_path), "news", PRECIS_URL=server_url)
    assert done.returncode == 0, done.stderr
    lines = {line["id"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert {name: line["status"] for name, line in lines.items()} == {
        "bridge.txt": "succeeded", "bridge.html": "succeeded", "photo.png": "failed",
    }  # fmt: skip
    assert "3 documents" in done.stderr


def replicate_client(url: str, file: Path, name: str = "owner/precis") -> "subprocess.CompletedProcess[str]":
    environment = {"REPLICATE_BASE_URL": url, "REPLICATE_API_TOKEN": "none", "REPLICATE_POLL_INTERVAL": "0.1"}
    return run(sys.executable, str(EXAMPLES / "replicate_client.py"), name, str(file), **environment)


def test_the_replicate_client_runs_streams_waits_and_cancels(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text(TEXT)
    with in_front_of([server_url], "127.0.0.1", 0) as url:
        done = replicate_client(url, tmp_path / "bridge.txt")
    assert done.returncode == 0, done.stderr
    _, ran, streamed, waited, canceled = done.stdout.split("--- ")
    assert ran.partition("\n")[2].strip() == streamed.partition("\n")[2].strip() != ""
    assert "succeeded" in waited
    # A short text may be done before the cancel arrives.
    assert canceled.split()[-1] in ("canceled", "succeeded"), canceled


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ('kind = "dropped"\non = "stream"', "peer closed connection without sending complete message body"),
        ('kind = "error"', "Internal server error."),
        ('kind = "dropped"', "Server disconnected without sending a response."),
        ('kind = "aborted"', "unexpected value; permitted: 'starting'"),
    ],
)
def test_the_replicate_client_example_says_what_went_wrong_in_a_line(
    server_url: str, tmp_path: Path, fault: str, message: str
) -> None:
    (tmp_path / "bridge.txt").write_text(TEXT)
    (tmp_path / "faults.toml").write_text(f"[[fault]]\n{fault}")
    with in_front_of([server_url], "127.0.0.1", 0, tmp_path / "faults.toml") as url:
        done = replicate_client(url, tmp_path / "bridge.txt")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_replicate_client_example_says_why_a_document_is_refused(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(" ")
    with in_front_of([server_url], "127.0.0.1", 0) as url:
        done = replicate_client(url, tmp_path / "empty.txt")
        assert replicate_client(url, tmp_path / "empty.txt", "no-slash").returncode == 1
    assert done.returncode == 1
    assert "E1001 text holds 1 characters" in done.stderr


def test_the_replicate_client_example_says_how_to_call_it() -> None:
    done = run(sys.executable, str(EXAMPLES / "replicate_client.py"))
    assert done.returncode == 1
    assert "OWNER/NAME" in done.stderr


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["summarize_folder.py", "none"], "none is no folder with files in it"),
        (["with_knowledge.py", "README.md", "none"], "none is no folder"),
        (["with_knowledge.py", "none", "examples/knowledge"], "E1004 none cannot be read"),
        (["replicate_client.py", "owner/precis", "README.md"], "Connection refused"),
        (["replicate_client.py", "owner/precis:1", "none"], "No such file or directory: 'none'"),
    ],
)
def test_what_is_not_there_is_said_in_a_line(command: list[str], message: str) -> None:
    script, *arguments = command
    environment = {"REPLICATE_BASE_URL": "http://127.0.0.1:9", "REPLICATE_API_TOKEN": "none"}
    done = run(sys.executable, str(EXAMPLES / script), *arguments, PRECIS_URL="http://127.0.0.1:9", **environment)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curls_example_ends_as_its_predictions_do(server_url: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("   ")
    (tmp_path / "bridge.txt").write_text(TEXT)
    post = ("sh", str(EXAMPLES / "post.sh"))
    failed = run(*post, str(tmp_path / "empty.txt"), PRECIS_URL=server_url)
    assert failed.returncode != 0
    assert '"status":"failed"' in failed.stdout.replace('": "', '":"')
    missing = run(*post, str(tmp_path / "none.txt"), PRECIS_URL=server_url)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert run(*post, str(tmp_path / "bridge.txt"), PRECIS_URL="http://127.0.0.1:9").returncode != 0


def test_the_whole_of_it_runs_from_one_command(server_url: str) -> None:
    done = run(sys.executable, str(EXAMPLES / "real_world.py"), "3", PRECIS_URL=server_url, PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    said = [line for line in done.stdout.splitlines() if line.startswith(("law", "newsroom", "job"))]
    law, page, incident, *job = said
    assert law.startswith("law, legal, 2 redactions: ")
    assert page.startswith("newsroom, news, 88 characters of boilerplate: ")
    assert incident.startswith("newsroom, with 1 passages of documentation: ")
    assert sorted(line.partition(", ")[2].partition(":")[0] for line in job) == ["wire-0", "wire-1", "wire-2"]
    assert all(": succeeded, " in line for line in job)
