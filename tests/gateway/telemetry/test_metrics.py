"""What Prometheus reads, and that dashboard, alerts and docs ask for nothing else."""

import asyncio
import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from gateway.telemetry.metrics import Metrics
from gateway.upstreams.cog import CogUpstream
from gateway.upstreams.pool import Pool
from serving.server import ROOT
from tests.gateway.upstreams.test_pool import Silent, hold

OPERATIONS = ROOT / "docs" / "operations"
NAME = re.compile(r"\b(?:precis|process|up)(?:_\w+)?\b")
SUMMARY = {
    "summary": "Quibblesworth has left.",
    "usage": {"input_token_count": 100, "output_token_count": 11},
    "timings": {"time_to_first_token": 0.2, "generation": 0.5},
    "redactions": [{"type": "PERSON"}, {"type": "PERSON"}, {"type": "Quibblesworth was here"}],
}


def samples(metrics: Metrics) -> dict[tuple[str, ...], float]:
    """Each series: its name and the values of its labels."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def all_there_are() -> Metrics:
    """Metrics that tell also of a pool."""
    metrics = Metrics()
    metrics.look_at(Pool([Silent()], 1, 1))
    return metrics


def test_a_summary_is_counted_by_its_tokens_times_and_redactions() -> None:
    metrics = Metrics()
    metrics.observe_summary(SUMMARY)
    found = samples(metrics)
    assert found["precis_tokens_total", "input"] == 100
    assert found["precis_tokens_total", "output"] == 11
    assert found["precis_documents_total",] == 1
    assert found["precis_time_to_first_token_seconds_sum",] == 0.2
    assert found["precis_time_per_output_token_seconds_sum",] == pytest.approx(0.05)
    assert found["precis_redactions_total", "PERSON"] == 2


def test_a_text_in_place_of_a_type_becomes_no_label() -> None:
    metrics = Metrics()
    metrics.observe_summary(SUMMARY)
    assert samples(metrics)["precis_redactions_total", "OTHER"] == 1
    assert b"Quibblesworth" not in metrics.text()


@pytest.mark.parametrize("nonsense", [{}, {"usage": 7, "timings": None}, {"usage": {"input_token_count": "many"}}])
def test_a_summary_without_numbers_is_a_document_all_the_same(nonsense: dict[str, Any]) -> None:
    metrics = Metrics()
    metrics.observe_summary(nonsense)
    assert samples(metrics)["precis_documents_total",] == 1


def test_upstreams_and_the_queue_are_as_they_are_when_somebody_asks() -> None:
    async def run() -> list[dict[tuple[str, ...], float]]:
        metrics = Metrics()
        pool = Pool([Silent("one")], 1, 10, metrics.observe_wait)
        metrics.look_at(pool)
        pool.start()
        await asyncio.sleep(0)
        async with pool.place("a", 1):
            waiting = asyncio.create_task(hold(pool, "b", 0, []))
            await asyncio.sleep(0)
            busy = samples(metrics)
        await waiting
        pool.was_down(pool.lanes[0])
        down = samples(metrics)
        await pool.close()
        return [busy, down]

    busy, down = asyncio.run(run())
    assert busy["precis_queue_length",] == 1
    assert busy["precis_upstream_in_flight", "one"] == 1
    assert (busy["precis_upstream_up", "one"], down["precis_upstream_up", "one"]) == (1, 0)
    assert (busy["precis_upstream_failures_total", "one"], down["precis_upstream_failures_total", "one"]) == (0, 1)
    assert down["precis_queue_wait_seconds_count",] == 2


def test_an_upstream_s_password_is_no_part_of_its_name() -> None:
    assert CogUpstream("https://precis:Quibblesworth@model.example:5000/").name == "https://model.example:5000"


def test_a_status_that_no_job_has_any_more_is_told_no_more() -> None:
    metrics = Metrics()
    metrics.set_jobs({"queued": (2, 0, 0), "running": (1, 40, 2)})
    metrics.set_jobs({"running": (3, 50, 2), "done": (1, 100, 1)})
    assert {key: value for key, value in samples(metrics).items() if key[0].startswith("precis_job")} == {
        ("precis_jobs", "running"): 3,
        ("precis_jobs", "done"): 1,
        ("precis_job_documents", "succeeded"): 150,
        ("precis_job_documents", "failed"): 3,
    }


def names() -> set[str]:
    """What can be asked for: also sums, counts and buckets."""
    found = {"up"}
    for family in all_there_are().registry.collect():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        found |= {family.name + ending for ending in endings}
    return found


def dashboard_queries() -> list[str]:
    dashboard = json.loads((OPERATIONS / "grafana.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_the_dashboard_and_the_alerts_ask_for_what_there_is() -> None:
    queries = dashboard_queries() + [rule["expr"] for rule in alerts()]
    assert len(queries) >= 15
    asked = {name for query in queries for name in NAME.findall(re.sub(r'"[^"]*"', "", query))}
    assert asked - names() == set()


def test_the_table_of_metrics_is_the_whole_of_them() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    told = set(re.findall(r"^\| `(precis_\w+)`", page, re.M))
    assert told == {
        name.removesuffix("_count") for name in names() if re.match(r"precis_.*(?<!_bucket)(?<!_sum)$", name)
    }


def test_each_of_five_alerts_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    assert [rule["alert"] for rule in alerts()] == re.findall(r"^### (Precis\w+)$", page, re.M)
    assert len(alerts()) == 5
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in alerts())
