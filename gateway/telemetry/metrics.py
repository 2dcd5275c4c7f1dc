"""What Prometheus asks for at `/metrics`: counts and times, none of which says who or what.

Knows: names of metrics, their labels, and what a summary's usage and timings mean for them. `docs/operations.md` has
them as a table. Knows nothing of requests or of where anything is counted.
"""

import re
from collections import Counter as Counts
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from gateway.upstreams.pool import Pool

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # type: ignore[no-untyped-call]  # a third series beside each sum and count, which nobody asks for

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_TOKEN_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
_TYPE = re.compile(r"[A-Z_]{1,32}")  # of a redaction; an upstream says it


class Metrics:
    """The metrics of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        one: dict[str, Any] = {"namespace": "precis", "registry": self.registry}
        self._requests = Counter("requests", "Requests that were answered.", ("route", "status"), **one)
        self._seconds = Histogram(
            "request_seconds", "From a request to the end of its answer.", ("route",), buckets=_SECONDS, **one
        )
        self._errors = Counter("errors", "Errors that were answered.", ("code",), **one)
        self._wait = Histogram("queue_wait_seconds", "How long a request waited for a place.", buckets=_SECONDS, **one)
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
        self._documents = Counter("documents", "Documents that were summarized while their callers waited.", **one)
        self._redactions = Counter("redactions", "Personal data that was replaced, of requests.", ("type",), **one)
        self._jobs = Gauge("jobs", "Jobs in the database that all gateways share.", ("status",), **one)
        self._job_documents = Gauge("job_documents", "Documents of those jobs that have ended.", ("outcome",), **one)

    def observe_request(self, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered; `route` is the pattern of its path, never the path."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_error(self, code: str) -> None:
        """Count an error that was answered, by its code in errors.py."""
        self._errors.labels(code).inc()

    def observe_wait(self, seconds: float) -> None:
        """Say how long one waited that waits no more, whether it got a place or not."""
        self._wait.observe(seconds)

    def observe_summary(self, summary: Mapping[str, Any]) -> None:
        """Count one document's summary, the object of `output_format=json`; what an upstream left out is not there."""
        self._documents.inc()
        with suppress(KeyError, TypeError, ValueError, OverflowError):
            usage, timings = summary["usage"], summary["timings"]
            read, written = int(usage["input_token_count"]), int(usage["output_token_count"])
            self._tokens.labels("input").inc(read)
            self._tokens.labels("output").inc(written)
            self._first.observe(float(timings["time_to_first_token"]))
            if written > 1:
                self._next.observe(float(timings["generation"]) / (written - 1))
            for kind, number in Counts(str(one["type"]) for one in summary["redactions"]).items():
                self._redactions.labels(kind if _TYPE.fullmatch(kind) else "OTHER").inc(number)

    def look_at(self, pool: Pool) -> None:
        """Tell of a pool what it is like whenever somebody asks."""
        self.registry.register(_OfPool(pool))

    def set_jobs(self, totals: Mapping[str, tuple[int, int, int]]) -> None:
        """Say of each status how many jobs there are, and how many of their documents are done and have failed."""
        self._jobs.clear()
        for status, (number, _, _) in totals.items():
            self._jobs.labels(status).set(number)
        self._job_documents.labels("succeeded").set(sum(done for _, done, _ in totals.values()))
        self._job_documents.labels("failed").set(sum(failed for _, _, failed in totals.values()))

    def text(self) -> bytes:
        """All of them, as CONTENT_TYPE says."""
        return generate_latest(self.registry)


class _OfPool(Collector):
    """What is known of the queue and the upstreams, where they are."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "precis_queue_length", "Requests that wait for a place at an upstream.", self._pool.waiting
        )
        up = GaugeMetricFamily("precis_upstream_up", "Whether an upstream is given work.", labels=["upstream"])
        in_flight = GaugeMetricFamily(
            "precis_upstream_in_flight", "Predictions under way at an upstream.", labels=["upstream"]
        )
        failures = CounterMetricFamily(
            "precis_upstream_failures", "Times that an upstream did not answer as a model does.", labels=["upstream"]
        )
        for lane in self._pool.lanes:
            name = [lane.upstream.name]
            up.add_metric(name, lane.is_up)
            in_flight.add_metric(name, lane.in_flight)
            failures.add_metric(name, lane.failures)
        yield from (up, in_flight, failures)
