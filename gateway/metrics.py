"""What Prometheus asks for at `/metrics`: counts and times, none of which says who or what.

Knows: names of metrics, their labels, and what a summary's usage and timings mean for them. `docs/operations.md` has
them as a table. Knows nothing of requests or of where anything is counted.
"""

import re
from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = CONTENT_TYPE_LATEST

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_TYPE = re.compile(r"[A-Z_]{1,32}")  # of a redaction; an upstream says it


class Metrics:
    """The metrics of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        one = {"namespace": "precis", "registry": self.registry}
        self._requests = Counter("requests", "Requests that were answered.", ("route", "status"), **one)
        self._seconds = Histogram(
            "request_seconds", "From a request to the end of its answer.", ("route",), buckets=_SECONDS, **one
        )
        self._errors = Counter("errors", "Errors that were answered, and of documents in jobs.", ("code",), **one)
        self._queue = Gauge("queue_length", "Requests that wait for a place at an upstream.", **one)
        self._wait = Histogram(
            "queue_wait_seconds", "How long a request waited for a place.", buckets=_SECONDS, **one
        )
        self._first = Histogram(
            "time_to_first_token_seconds",
            "From a document's arrival in the model to its summary's first token.",
            buckets=_SECONDS,
            **one,
        )
        self._next = Histogram(
            "time_per_output_token_seconds", "Between two tokens of a summary.", buckets=_TOKEN_SECONDS, **one
        )
        self._tokens = Counter("tokens", "Tokens that models read and wrote.", ("direction",), **one)
        self._documents = Counter("documents", "Documents that were summarized, or failed.", ("outcome",), **one)
        self._redactions = Counter("redactions", "Personal data that was replaced, of requests.", ("type",), **one)
        self._up = Gauge("upstream_up", "Whether an upstream is given work.", ("upstream",), **one)
        self._in_flight = Gauge("upstream_in_flight", "Predictions under way at an upstream.", ("upstream",), **one)
        self._failures = Counter(
            "upstream_failures", "Times that an upstream did not answer, or not as a model.", ("upstream",), **one
        )
        self._jobs = Gauge("jobs", "Jobs in the database that all gateways share.", ("status",), **one)

    def observe_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered; `route` is the pattern of its path, never the path."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_error(self, code: str, number: int = 1) -> None:
        """Count errors with one of the codes in errors.py."""
        self._errors.labels(code).inc(number)

    def set_queue(self, length: int) -> None:
        """Say how many requests wait."""
        self._queue.set(length)

    def observe_wait(self, seconds: float) -> None:
        """Say how long one waited that waits no more, whether it got a place or not."""
        self._wait.observe(seconds)

    def observe_summary(self, summary: Mapping[str, Any]) -> None:
        """Count one document's summary, the object of `output_format=json`."""
        self.count_documents(1, "succeeded")
        usage, timings = summary["usage"], summary["timings"]
        self.count_tokens(usage["input_token_count"], usage["output_token_count"])
        self._first.observe(timings["time_to_first_token"])
        if usage["output_token_count"] > 1:
            self._next.observe(timings["generation"] / (usage["output_token_count"] - 1))
        for kind, number in Counts(one["type"] for one in summary["redactions"]).items():
            self._redactions.labels(kind if _TYPE.fullmatch(kind) else "OTHER").inc(number)

    def count_documents(self, number: int, outcome: str) -> None:
        """Count documents that have `succeeded` or `failed`."""
        self._documents.labels(outcome).inc(number)

    def count_tokens(self, read: int, written: int) -> None:
        """Count tokens."""
        self._tokens.labels("input").inc(read)
        self._tokens.labels("output").inc(written)

    def set_upstreams(self, upstreams: Iterable[tuple[str, bool, int]]) -> None:
        """Say of each upstream, by its name, whether it is given work and how many predictions are under way there."""
        for name, is_up, in_flight in upstreams:
            self._up.labels(name).set(is_up)
            self._in_flight.labels(name).set(in_flight)

    def count_failure(self, upstream: str) -> None:
        """Count a failure that is an upstream's own."""
        self._failures.labels(upstream).inc()

    def set_jobs(self, by_status: Mapping[str, int]) -> None:
        """Say how many jobs there are of each status."""
        self._jobs.clear()
        for status, number in by_status.items():
            self._jobs.labels(status).set(number)

    def text(self) -> bytes:
        """All of them, as CONTENT_TYPE says."""
        return generate_latest(self.registry)
