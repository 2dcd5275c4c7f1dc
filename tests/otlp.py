"""Who receives traces: OTLP over HTTP, as a collector does."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Received:
    """All that came."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []

    def names(self) -> set[str]:
        return {span.name for span in self.spans}

    def of(self, name: str) -> Span:
        (span,) = [span for span in self.spans if span.name == name]
        return span

    def ancestors(self, span: Span) -> list[str]:
        """The names of the spans that one is in, from the innermost out."""
        by_id = {one.span_id: one for one in self.spans}
        found = []
        while (parent := by_id.get(span.parent_span_id)) is not None:
            found.append(parent.name)
            span = parent
        return found


@contextmanager
def receiver() -> Iterator[Received]:
    """One, for as long as the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.bodies.append(body)
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for of_scope in of_resource.scope_spans:
                    received.spans.extend(of_scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received = Received(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()
