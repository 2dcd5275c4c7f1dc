"""Deployments: a model under a name of its own, with hardware and a number of instances that nothing here obeys.

Knows: their releases, and how long one without instances takes to have one, if faults say so. There is one account,
and every owner is it. Knows nothing of predictions.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from replicate_api.answers import invalid
from replicate_api.catalog import ACCOUNT, SKUS
from replicate_api.faults import Faults
from replicate_api.store import Store, now

IDLE_SECONDS = 60.0  # without a prediction, after which there are no instances but the least

_FIELDS = ("name", "model", "version", "hardware", "min_instances", "max_instances")
_CHANGEABLE = _FIELDS[2:]


@dataclass(eq=False)
class Deployment:
    """One deployment, by its name."""

    id: str
    owner: str
    model: str
    version: str
    hardware: str
    min_instances: int
    max_instances: int
    number: int = 1  # of the release
    created_at: str = field(default_factory=now)
    kept_since: None = None  # what is set up stays
    asked_at: float = float("-inf")
    warm_at: float = float("-inf")

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        configuration = {name: getattr(self, name) for name in ("hardware", "min_instances", "max_instances")}
        release = {
            "number": self.number,
            "model": self.model,
            "version": self.version,
            "created_at": self.created_at,
            "created_by": ACCOUNT,
            "configuration": configuration,
        }
        return {"owner": self.owner, "name": self.id, "current_release": release}


class Deployments:
    """The deployments there are."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.store: Store[Deployment] = Store()

    def create(self, asked: dict[str, Any], version: str) -> Deployment:
        """Make one of `version`, the model's. Raises Refused, 422."""
        missing = [name for name in _FIELDS if name not in asked]
        if missing:
            raise invalid(dict.fromkeys(missing, "this field is required"))
        _check(asked, version)
        if any(deployment.id == asked["name"] for deployment in self.store):
            raise invalid({"name": "a deployment of this name exists"})
        owner = str(asked["model"]).partition("/")[0]
        deployment = Deployment(asked["name"], owner, **{name: asked[name] for name in _FIELDS[1:]})
        self.store.add(deployment)
        return deployment

    def update(self, name: str, asked: dict[str, Any], version: str) -> Deployment:
        """Release one anew. Raises Refused, 404 and 422."""
        deployment = self.store.get(name)
        changes = {name: asked[name] for name in _CHANGEABLE if asked.get(name) is not None}
        _check({name: getattr(deployment, name) for name in _CHANGEABLE} | changes, version)
        for field_name, value in changes.items():
            setattr(deployment, field_name, value)
        deployment.number += 1
        deployment.created_at = now()
        return deployment

    def warm_up(self, deployment: Deployment) -> float:
        """The seconds that a prediction made now must wait for an instance."""
        moment = time.monotonic()
        is_idle = moment - max(deployment.asked_at, deployment.warm_at) > IDLE_SECONDS
        deployment.asked_at = moment
        if is_idle and deployment.min_instances == 0 and (rule := self._faults.hit("cold")):
            deployment.warm_at = moment + rule.seconds
        return max(0.0, deployment.warm_at - moment)


def _check(asked: dict[str, Any], version: str) -> None:
    """Raise Refused, 422, for what cannot be deployed."""
    problems = {}
    least, most = asked["min_instances"], asked["max_instances"]
    if not (isinstance(least, int) and isinstance(most, int) and 0 <= least <= most):
        problems["min_instances"] = "must be a whole number, 0 or more, and no more than max_instances"
    if asked["version"] != version:
        problems["version"] = f"is not the version that is served, {version}"
    if asked["hardware"] not in SKUS:
        problems["hardware"] = f"must be one of {', '.join(SKUS)}"
    if problems:
        raise invalid(problems)
