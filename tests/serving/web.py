"""A small web server on this machine that answers in the ways of those outside."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STEP_SECONDS = 0.05


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        name, _, number = path[1:].partition("/")
        getattr(self, f"get_{name.partition('.')[0]}", self.get_nothing)(number or query)

    def get_file(self, _: str) -> None:
        self.answer(200, "größer 長さ".encode(), ("Content-Type", "text/html; charset=utf-8"))

    def get_redirect(self, target: str) -> None:
        self.answer(302, b"", ("Location", target))

    def get_loop(self, _: str) -> None:
        self.answer(301, b"", ("Location", "/loop"))

    def get_packed(self, _: str) -> None:
        self.answer(200, gzip.compress(b"a"), ("Content-Encoding", "gzip"))

    def get_bytes(self, size: str) -> None:
        self.answer(200, b"x" * int(size))

    def get_chunks(self, number: str, chunk: bytes = b"0123456789") -> None:
        self.begin(("Transfer-Encoding", "chunked"))
        with suppress(ConnectionError):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) * int(number) + b"0\r\n\r\n")

    def get_large(self, number: str) -> None:
        self.get_chunks(number, b"x" * 100_000)

    def get_half(self, _: str) -> None:
        self.begin(("Content-Length", "100"))
        self.wfile.write(b"x" * 50)
        self.close_connection = True

    def get_drip(self, _: str) -> None:
        self.server.dripping.set()  # type: ignore[attr-defined]
        self.begin(("Content-Length", "1000000"))
        self.close_connection = True
        try:
            while True:
                self.wfile.write(b"x")
                time.sleep(STEP_SECONDS)
        except OSError:
            self.server.left.set()  # type: ignore[attr-defined]

    def get_garbage(self, _: str) -> None:
        self.wfile.write(b"what is this\r\n\r\n")
        self.close_connection = True

    def get_nothing(self, _: str) -> None:
        self.answer(404, b"secret")

    def begin(self, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Web:
    """Its address, and what it saw of one who fetches from /drip."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.dripping = threading.Event()
        self.left = threading.Event()
        server.dripping, server.left = self.dripping, self.left  # type: ignore[attr-defined]


@contextmanager
def web() -> Iterator[Web]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Web(server)
        finally:
            server.shutdown()
            thread.join()
