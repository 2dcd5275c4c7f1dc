"""A Hugging Face hub of one repository on loopback, which can cut connections and send wrong bytes.

Speaks the part of the hub's API that `snapshot_download` uses: the revision, the tree, HEAD and GET of a file with
ETag, commit and ranges. Large files carry their sha256 as ETag, the others git's hash, as on the real hub.
"""

import hashlib
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REPOSITORY = "tiny/llama"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


LARGE = (".safetensors", ".so")  # what the files that are stored under their sha256 end with


def etag(name: str, content: bytes) -> str:
    return hashlib.sha256(content).hexdigest() if name.endswith(LARGE) else git_hash(content)


class HubServer(ThreadingHTTPServer):
    """Serves the files of `folder` as `tiny/llama`, whose branch `main` is at COMMIT: a model, or a kernel."""

    daemon_threads = True

    def __init__(self, folder: Path, repo_type: str = "model") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.api = f"/api/{repo_type}s/{REPOSITORY}"
        self.files = f"/{REPOSITORY}" if repo_type == "model" else f"/{repo_type}s/{REPOSITORY}"
        inside = (file for file in folder.rglob("*") if file.is_file())
        self.contents = {file.relative_to(folder).as_posix(): file.read_bytes() for file in inside}
        self.cuts: Counter[str] = Counter()  # file name -> how many more times to cut it in the middle
        self.damaged: set[str] = set()  # file names whose bytes are sent wrong
        self.sent: list[tuple[str, int]] = []  # file name and first byte of every GET

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self) -> "HubServer":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: HubServer
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        if path in (f"{self.server.api}/revision/main", f"{self.server.api}/revision/{COMMIT}"):
            self._json({"id": REPOSITORY, "sha": COMMIT})
        elif path == f"{self.server.api}/tree/{COMMIT}":
            self._json([self._tree_entry(name) for name in self.server.contents])
        elif (name := path.removeprefix(f"{self.server.files}/resolve/{COMMIT}/")) in self.server.contents:
            self._file(name, with_body)
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _tree_entry(self, name: str) -> dict[str, Any]:
        content = self.server.contents[name]
        entry = {"type": "file", "path": name, "size": len(content), "oid": git_hash(content)}
        if name.endswith(LARGE):
            entry["lfs"] = {"oid": etag(name, content), "size": len(content), "pointerSize": 134}
        return entry

    def _file(self, name: str, with_body: bool) -> None:
        content = self.server.contents[name]
        headers = {"ETag": f'"{etag(name, content)}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        first = int(self.headers["Range"].removeprefix("bytes=").partition("-")[0]) if "Range" in self.headers else 0
        if first:
            headers["Content-Range"] = f"bytes {first}-{len(content) - 1}/{len(content)}"
        body = content[first:]
        if name in self.server.damaged:
            body = bytes([body[0] ^ 1]) + body[1:]
        if not with_body:
            self._send(200, body, headers, keep=0)
            return
        self.server.sent.append((name, first))
        is_cut = self.server.cuts[name] > 0
        self.server.cuts[name] -= is_cut
        self._send(206 if first else 200, body, headers, keep=len(body) // 2 if is_cut else None)
        self.close_connection = self.close_connection or is_cut

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str], keep: int | None = None) -> None:
        """Send `body`, or only its first `keep` bytes although its whole length was announced."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:keep])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        pass
