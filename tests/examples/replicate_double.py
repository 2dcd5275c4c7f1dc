"""So much of Replicate's HTTP API as the replicate client uses, in front of a real Cog server, for tests only."""

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

VERSION = "1" * 64
TERMINAL = ("succeeded", "failed", "canceled")


class Double(ThreadingHTTPServer):
    """Predictions by id; each is run on the Cog server by a thread of its own, as server-sent events."""

    def __init__(self, cog_url: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.cog_url = cog_url
        self.predictions: dict[str, dict[str, Any]] = {}
        self.changed = threading.Condition()
        self.openapi = httpx.get(f"{cog_url}/openapi.json", trust_env=False).json()

    def create(self, inputs: dict[str, Any]) -> dict[str, Any]:
        number = uuid.uuid4().hex
        urls = {name: f"{self.url}/v1/predictions/{number}{end}" for name, end in PATHS.items()}
        facts = {"id": number, "model": "owner/precis", "version": VERSION, "status": "starting", "input": inputs}
        self.predictions[number] = facts | {"urls": urls, "output": [], "created_at": "", "logs": ""}
        threading.Thread(target=self.run, args=(number, inputs)).start()
        return self.predictions[number]

    def run(self, number: str, inputs: dict[str, Any]) -> None:
        body, accept = {"id": number, "input": inputs}, {"Accept": "text/event-stream"}
        with (
            httpx.Client(trust_env=False, timeout=60) as client,
            client.stream("POST", f"{self.cog_url}/predictions", json=body, headers=accept) as response,
        ):
            lines = iter(response.iter_lines())
            for line in lines:
                if line.startswith("event: "):
                    self.tell(number, line.removeprefix("event: "), json.loads(next(lines).removeprefix("data: ")))

    def tell(self, number: str, event: str, data: dict[str, Any]) -> None:
        prediction = self.predictions[number]
        with self.changed:
            if event == "start":
                prediction["status"] = "processing"
            elif event == "output":
                prediction["output"].append(data["chunk"])
            elif event == "completed":
                prediction |= {name: data[name] for name in ("status", "error", "metrics") if name in data}
            self.changed.notify_all()

    def chunks(self, number: str) -> Iterator[str]:
        prediction, sent, is_over = self.predictions[number], 0, False
        while not is_over:
            is_over = prediction["status"] in TERMINAL  # read before the output: nothing is missed
            chunks = prediction["output"][sent:]
            sent += len(chunks)
            yield from chunks
            if not is_over:
                with self.changed:
                    self.changed.wait(0.1)

    def wait_for_output(self, number: str) -> None:
        """Wait until a cancel is safe: in a prediction's first instant Cog may lose it, or fail the prediction."""
        prediction = self.predictions[number]
        with self.changed:
            self.changed.wait_for(lambda: prediction["output"] or prediction["status"] in TERMINAL, timeout=60)


PATHS = {"get": "", "cancel": "/cancel", "stream": "/stream"}


class Handler(BaseHTTPRequestHandler):
    """The paths of the API."""

    server: Double

    def do_GET(self) -> None:
        match self.path.split("/")[2:]:
            case ["models", *_, "versions", number]:
                self.answer(version(number, self.server.openapi))
            case ["models", owner, name]:
                latest = version(VERSION, self.server.openapi)
                self.answer({"url": "", "owner": owner, "name": name, "visibility": "private", "run_count": 0,
                             "latest_version": latest})  # fmt: skip
            case ["predictions", number]:
                self.answer(self.server.predictions[number])
            case ["predictions", number, "stream"]:
                self.stream(number)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self.path.split("/")[2:]:
            case ["predictions"]:
                self.answer(self.server.create(json.loads(body)["input"]), 201)
            case ["predictions", number, "cancel"]:
                self.server.wait_for_output(number)
                httpx.post(f"{self.server.cog_url}/predictions/{number}/cancel", trust_env=False)
                self.answer(self.server.predictions[number])

    def answer(self, value: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, number: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for count, chunk in enumerate(self.server.chunks(number)):
            data = chunk.replace("\n", "\ndata: ")
            self.wfile.write(f"event: output\nid: {count}\ndata: {data}\n\n".encode())
        self.wfile.write(b"event: done\nid: done\ndata: {}\n\n")

    def log_message(self, *_: object) -> None:
        pass


def version(number: str, openapi: dict[str, Any]) -> dict[str, Any]:
    return {"id": number, "created_at": "2026-01-01T00:00:00Z", "cog_version": "0.23.1", "openapi_schema": openapi}


@contextmanager
def replicate_double(cog_url: str) -> Iterator[str]:
    """The address of a double in front of the Cog server at `cog_url`."""
    double = Double(cog_url)
    threading.Thread(target=double.serve_forever).start()
    try:
        yield double.url
    finally:
        double.shutdown()
        double.server_close()
