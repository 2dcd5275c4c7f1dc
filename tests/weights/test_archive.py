"""COG_WEIGHTS as the URL of a tar, served on loopback."""

import hashlib
import io
import shutil
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from errors import UserError
from serving.server import running_server
from storage.folders import PARTIAL
from weights import archive, checksums, load
from weights.registry import ModelSpec

PREDICTOR = """
from typing import Optional
from cog import BasePredictor, Path


class Predictor(BasePredictor):
    async def setup(self, weights: Optional[Path] = None) -> None:
        self.weights = repr(weights)

    async def predict(self) -> str:
        return self.weights
"""


class TarServer(ThreadingHTTPServer):
    """Sends `body` to every GET, and announces `announced` bytes."""

    daemon_threads = True
    body = b""
    missing = 0  # bytes that are announced and not sent

    def url(self, digest: str | None = None) -> str:
        digest = digest or hashlib.sha256(self.body).hexdigest()
        return f"http://127.0.0.1:{self.server_port}/tuned.tar?signature=secret#sha256={digest}"


class _Handler(BaseHTTPRequestHandler):
    server: TarServer

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body) + self.server.missing))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        pass


@pytest.fixture
def server() -> Iterator[TarServer]:
    with TarServer(("127.0.0.1", 0), _Handler) as running:
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "precis"


def tar_of(folder: Path, inside: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(folder, arcname=inside)
    return packed.getvalue()


def left_behind(user_cache: Path) -> list[str]:
    both = (*user_cache.iterdir(), *(user_cache / PARTIAL).iterdir())
    return [item.name for item in both if item.suffix != ".lock" and item.name != PARTIAL]


def test_cog_hands_a_url_to_setup_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a Path, which would lose a slash, nor a file that Cog has fetched: nothing answers there."""
    url = f"https://127.0.0.1:9/tuned.tar?signature=secret#sha256={'0' * 64}"
    (tmp_path / "predict.py").write_text(PREDICTOR)
    monkeypatch.setenv("COG_WEIGHTS", url)
    with running_server(tmp_path, timeout=60) as server_url:
        answer = httpx.post(f"{server_url}/predictions", json={"input": {}}, trust_env=False)
    assert answer.json()["output"] == repr(url)


@pytest.mark.parametrize("inside", [".", "my-model"])
def test_a_tar_is_fetched_once_and_loads(server: TarServer, tiny_model: Path, inside: str) -> None:
    server.body = tar_of(tiny_model, inside)
    folder, spec = load.find_for_setup(server.url())
    assert (spec.alias, spec.context_length) == ("tuned", 256)
    model, _ = load.load(folder, spec)
    assert model.config.hidden_size == 16

    server.shutdown()  # what is in the cache needs no server
    assert load.find_for_setup(server.url())[0] == folder


def test_a_tar_of_a_pulled_model_is_fetched_once_too(
    server: TarServer, tiny_model: Path, tiny_spec: ModelSpec, tmp_path: Path
) -> None:
    pulled = Path(shutil.copytree(tiny_model, tmp_path / "pulled"))
    checksums.record(pulled, tiny_spec, tiny_spec.digests)
    server.body = tar_of(pulled, "pulled")
    folder, _ = load.find_for_setup(server.url())

    server.shutdown()
    assert load.find_for_setup(server.url())[0] == folder


def test_the_signature_of_a_url_is_not_written_down(server: TarServer, tiny_model: Path) -> None:
    server.body = tar_of(tiny_model, ".")
    folder, _ = load.find_for_setup(server.url())
    assert "secret" not in (folder / checksums.NAME).read_text()


def test_a_cut_tar_is_refused_with_both_sizes(server: TarServer, tiny_model: Path, user_cache: Path) -> None:
    server.body = tar_of(tiny_model, ".")
    server.missing = 1
    size = len(server.body)
    with pytest.raises(UserError, match=f"E2004 127.0.0.1 sent {size:,} of {size + 1:,} bytes"):
        load.find_for_setup(server.url())
    assert left_behind(user_cache) == []


def test_a_tar_with_another_digest_is_refused(server: TarServer, tiny_model: Path, user_cache: Path) -> None:
    server.body = tar_of(tiny_model, ".")
    with pytest.raises(UserError, match=f"E2002 .* pinned is {'0' * 64}"):
        load.find_for_setup(server.url("0" * 64))
    assert left_behind(user_cache) == []


def test_a_tar_that_writes_outside_its_folder_is_refused(
    server: TarServer, tiny_model: Path, tmp_path: Path, user_cache: Path
) -> None:
    server.body = tar_of(tiny_model, "../../../outside")
    with pytest.raises(UserError, match="E2004 the weights are no readable tar: OutsideDestinationError"):
        load.find_for_setup(server.url())
    assert not list(tmp_path.rglob("outside"))
    assert left_behind(user_cache) == []


@pytest.mark.parametrize("body", [b"", b"no tar", tar_of(Path(__file__), "test.py")])
def test_something_else_than_a_tar_with_a_model_is_refused(server: TarServer, body: bytes, user_cache: Path) -> None:
    server.body = body
    with pytest.raises(UserError, match="E2004 the"):
        load.find_for_setup(server.url())
    assert left_behind(user_cache) == []


def test_a_server_that_does_not_answer_is_a_failed_download() -> None:
    with pytest.raises(UserError, match=r"E2004 127\.0\.0\.1 did not send the weights"):
        load.find_for_setup(f"http://127.0.0.1:9/weights.tar#sha256={'0' * 64}")


@pytest.mark.parametrize("url", ["http://127.0.0.1/weights.tar", "ftp://127.0.0.1/weights.tar", "file:///weights.tar"])
def test_a_url_that_anybody_could_answer_is_refused(url: str) -> None:
    with pytest.raises(UserError, match=r"E2001 COG_WEIGHTS is a URL with (http|ftp|file): only https"):
        archive.spec(url)
