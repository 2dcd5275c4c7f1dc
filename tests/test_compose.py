"""compose.yaml, which nobody runs here, names files that are here and settings that there are."""

from typing import Any

import yaml

from gateway.settings import PREFIX, Settings
from serving.server import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_it_has_gateway_model_database_and_what_looks_at_them() -> None:
    assert set(COMPOSE["services"]) == {"gateway", "model", "postgres", "prometheus", "grafana"}


def test_what_is_mounted_from_here_is_here_and_every_volume_is_declared() -> None:
    mounts = [volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])]
    assert [mount for mount in mounts if mount.startswith(".") and not (ROOT / mount).is_file()] == []
    assert {mount for mount in mounts if not mount.startswith(".")} == set(COMPOSE["volumes"])
    assert (ROOT / COMPOSE["services"]["gateway"]["build"]["dockerfile"]).is_file()


def test_the_gateway_s_settings_are_settings() -> None:
    dockerfile = (ROOT / COMPOSE["services"]["gateway"]["build"]["dockerfile"]).read_text()
    named = [*COMPOSE["services"]["gateway"]["environment"], *dockerfile.replace("=", " ").split()]
    ours = {name.removeprefix(PREFIX).lower() for name in named if name.startswith(PREFIX)}
    assert {"upstreams", "database", "host"} <= ours <= set(Settings.model_fields)


def test_nothing_is_reached_from_other_machines() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 3
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_grafana_finds_the_source_that_the_dashboard_names() -> None:
    operations = ROOT / "docs" / "operations"
    (source,) = yaml.safe_load((operations / "grafana-sources.yml").read_text())["datasources"]
    assert f'"uid": "{source["uid"]}"' in (operations / "grafana.json").read_text()
    (job,) = yaml.safe_load((operations / "prometheus.yml").read_text())["scrape_configs"]
    assert f'job="{job["job_name"]}"' in (operations / "alerts.yml").read_text()
