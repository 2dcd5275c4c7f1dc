"""What stands where a model would and says what no model of ours does: the text that it was sent, in all places.

The first word of a text says which. Whatever is no such word is answered as the model answers.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def summary(text: str, **more: Any) -> dict[str, Any]:
    """The last line of a model's output."""
    usage = {"input_token_count": 3, "output_token_count": 2}
    said = {"summary": text, "style": "general", "model": "parrot", "finish_reason": "stop", "usage": usage}
    return said | {"timings": {"generation": 1.0, "time_to_first_token": 0.1}, "redactions": []} | more


def output(text: str) -> bytes:
    """An event with a piece of the output."""
    return event("output", {"chunk": text})


def event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


def ended(**said: Any) -> bytes:
    return event("completed", {"status": "succeeded", "metrics": {}} | said)


def whole(said: Any) -> bytes:
    """All events of a prediction whose output is this."""
    return output(json.dumps(said) + "\n") + ended()


ANSWERS: dict[str, Callable[[str], bytes]] = {
    "fails": lambda text: ended(status="failed", error=text),
    "canceled": lambda text: ended(status="canceled", error=text),
    "cut": lambda text: output(json.dumps(summary(text))),  # and the connection ends
    "garbage": lambda text: text.encode(),
    "deep": lambda text: b"event: output\ndata: " + b"[" * 100_000 + b"\n\n",
    "deepoutput": lambda text: output("[" * 100_000 + "\n") + ended(),
    "odd": lambda text: event("log", {"data": 7}) + ended(),
    "list": lambda text: event("completed", [text]),
    "nosummary": lambda text: whole({"said": text}),
    "usage": lambda text: whole(summary(text, usage=[text])),
    "counts": lambda text: whole(summary(text, usage={"input_token_count": text, "output_token_count": -5})),
    "infinite": lambda text: whole(summary(text, usage={"input_token_count": float("inf")}, score=float("nan"))),
    "types": lambda text: whole(summary(text, redactions=[{"type": text}], timings=text)),
    "surrogate": lambda text: whole(summary("\ud800 " + text)),
    "large": lambda text: whole(summary(text + " " + "x" * 10_000_000)),
    "logs": lambda text: event("log", {"data": f"{text}\n"}) + whole(summary(text)),
}
STATUSES: dict[str, tuple[int, Callable[[str], bytes]]] = {
    "refused": (422, lambda text: json.dumps({"detail": [{"loc": ["body", "input", "text"], "msg": text}]}).encode()),
    "refusedtext": (422, lambda text: json.dumps({"detail": text}).encode()),
    "refusedodd": (400, lambda text: json.dumps({"error": text}).encode()),
    "refusedgarbage": (422, lambda text: text.encode()),
    "page": (200, lambda text: f"<html>{text}</html>".encode()),
}


class Parrot(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    health = b'{"status": "READY"}'
    asked: list[dict[str, Any]] = []  # noqa: RUF012 (each parrot() has its own)

    def do_GET(self) -> None:
        self.answer(200, self.health, "application/json")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        given = json.loads(body)["input"]
        self.asked.append(given)
        text = str(given.get("text") or given.get("focus") or "")
        first = text.partition(" ")[0]
        if first == "reset":
            # Linger for no time: the other side sees its connection reset.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        if first in STATUSES:
            status, said = STATUSES[first]
            self.answer(status, said(text), "application/json")
        else:
            said = ANSWERS.get(first, lambda text: whole(summary(text)))
            self.answer(200, said(text), "text/event-stream")

    def answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def parrot(**attributes: Any) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Run one; its URL, and the inputs that it was sent."""
    asked: list[dict[str, Any]] = []
    handler = type("Handler", (Parrot,), {"asked": asked, **attributes})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
