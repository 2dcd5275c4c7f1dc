"""A set is fetched whole or not at all, and only what it was."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from benchmarks import sets
from benchmarks.convert import CONVERTERS
from benchmarks.fetch import FetchError, fetch, get
from benchmarks.sets import Source

QAGS = "faithfulness/qags_cnndm.jsonl"
PAGES = {"ground-truth.json": b'{"a": {"articleBody": "A."}, "b": {"articleBody": "B."}}', "html/a.html.gz": b"pressed"}


class Origin(ThreadingHTTPServer):
    """Answers with `files`; of those in `cut` the last byte is promised and never sent."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server_port}/"
        self.files = files
        self.cut: set[str] = set()


class Handler(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        name = self.path.removeprefix("/")
        content = self.server.files.get(name)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:-1] if name in self.server.cut else content)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def origin() -> Iterator[Origin]:
    with Origin({"mturk_cnndm.jsonl": b'{"article": "A."}\n', **PAGES}) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def of(origin: Origin, name: str, downloads: list[str], made: dict[str, str]) -> Source:
    digests = {download: sha256(origin.files[download]) for download in downloads}
    return Source(name, origin.base, "ours", digests, made)


def qags(origin: Origin) -> Source:
    return of(origin, QAGS, ["mturk_cnndm.jsonl"], {QAGS: sha256(origin.files["mturk_cnndm.jsonl"])})


def test_a_set_comes_to_its_place_and_is_not_fetched_twice(
    origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = qags(origin)
    assert get(source, tmp_path)
    assert (tmp_path / QAGS).read_bytes() == origin.files["mturk_cnndm.jsonl"]
    origin.files.clear()
    assert get(source, tmp_path)
    assert capsys.readouterr().out == f"{QAGS}: fetched; ours\n{QAGS}: here already\n"


def test_a_folder_comes_with_all_its_files(origin: Origin, tmp_path: Path) -> None:
    truth = b'{"a": {"articleBody": "A."}}'  # of the page that is chosen
    fetch(of(origin, "html", list(PAGES), {"html/ground-truth.json": sha256(truth)}), tmp_path)
    found = {file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert found == {"html/a.html.gz": b"pressed", "html/ground-truth.json": truth}


def test_what_is_not_what_it_was_is_refused_with_both_digests(origin: Origin, tmp_path: Path) -> None:
    source = qags(origin)
    wrong = origin.files["mturk_cnndm.jsonl"] = b'{"article": "B."}\n'
    with pytest.raises(FetchError) as refused:
        fetch(source, tmp_path)
    for part in (f"{origin.base}mturk_cnndm.jsonl", sha256(wrong), source.downloads["mturk_cnndm.jsonl"]):
        assert part in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_what_is_made_must_be_what_was_measured(origin: Origin, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=f"^{QAGS} is not what it was"):
        fetch(of(origin, QAGS, ["mturk_cnndm.jsonl"], {QAGS: sha256(b"other")}), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("how", ["cut", "missing", "gone"])
def test_a_set_of_which_a_file_does_not_come_is_not_there_at_all(
    origin: Origin, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    source = of(origin, "html", list(PAGES), {})
    match how:
        case "cut":
            origin.cut.add("html/a.html.gz")
        case "missing":
            del origin.files["html/a.html.gz"]
        case "gone":
            origin.shutdown()
            origin.server_close()
    assert not get(source, tmp_path)
    assert "did not come" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_every_source_is_pinned_complete_and_out_of_git_s_sight() -> None:
    sources = sets.sources()
    assert {source.name for source in sources} == CONVERTERS.keys()
    for source in sources:
        if "github" in source.base:
            assert re.match(r"https://raw\.githubusercontent\.com/[\w.-]+/[\w.-]+/[0-9a-f]{40}/", source.base)
        assert source.base.startswith("https://")
        assert source.license
        assert source.downloads
        assert all(
            re.fullmatch("[0-9a-f]{64}", digest) for digest in [*source.downloads.values(), *source.made.values()]
        )
        assert all(f"{name}/".startswith(f"{source.name}/") for name in source.made)
        subprocess.run(["git", "check-ignore", "-q", sets.DATA / source.name], cwd=sets.DATA, check=True)  # noqa: S607


def test_a_set_that_is_missing_is_named_with_the_command_that_fetches_it(tmp_path: Path) -> None:
    assert sets.present(tmp_path) == tmp_path
    with pytest.raises(SystemExit, match=r"scifact is missing: `python -m benchmarks\.fetch`"):
        sets.present(tmp_path / "scifact")
