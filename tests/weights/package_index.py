"""A package index on loopback, of the wheels in one folder, which can let a download wait and notes what it gave."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class PackageIndex(ThreadingHTTPServer):
    """Speaks the simple repository API: https://packaging.python.org/en/latest/specifications/simple-repository-api/."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.given: list[str] = []  # the wheels that were asked for
        self.stops_at = ""  # the beginning of the name of a wheel that is not given
        self.stopped = threading.Event()  # set when it was asked for
        self._over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple/"

    def __enter__(self) -> "PackageIndex":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self.shutdown()
        self.server_close()

    def wheel(self, name: str) -> bytes:
        """The wheel's bytes, for which whoever asks may wait until all is over."""
        self.given.append(name)
        if self.stops_at and name.startswith(self.stops_at):
            self.stopped.set()
            self._over.wait(60)
        return (self.folder / name).read_bytes()


class _Handler(BaseHTTPRequestHandler):
    server: PackageIndex

    def do_GET(self) -> None:
        kind, _, name = self.path.strip("/").partition("/")
        if kind == "simple":
            wheels = self.server.folder.glob(f"{name.replace('-', '_')}-*.whl")
            self._send(
                "text/html", "".join(f'<a href="/files/{wheel.name}">{wheel.name}</a>' for wheel in wheels).encode()
            )
        else:
            self._send("application/zip", self.server.wheel(name))

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # whoever asked was killed
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass
