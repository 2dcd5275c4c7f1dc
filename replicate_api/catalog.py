"""What there is: one account, one model with one version under whatever name it is asked for, and Replicate's hardware.

Knows: that a version is its schema, so its id is the schema's digest. Every `owner/name` is the served model, so that
code written for a model on Replicate runs as it is. Knows nothing of predictions.
"""

import hashlib
import json
from typing import Any

ACCOUNT = {"type": "user", "username": "local", "name": "local", "github_url": None, "avatar_url": None}

HARDWARE = [
    {"name": "CPU", "sku": "cpu"},
    {"name": "Nvidia T4 GPU", "sku": "gpu-t4"},
    {"name": "Nvidia L40S GPU", "sku": "gpu-l40s"},
    {"name": "2x Nvidia L40S GPU", "sku": "gpu-l40s-2x"},
    {"name": "Nvidia A100 (80GB) GPU", "sku": "gpu-a100-large"},
    {"name": "2x Nvidia A100 (80GB) GPU", "sku": "gpu-a100-large-2x"},
    {"name": "Nvidia H100 GPU", "sku": "gpu-h100"},
    {"name": "2x Nvidia H100 GPU", "sku": "gpu-h100-2x"},
]
SKUS = tuple(hardware["sku"] for hardware in HARDWARE)


def version_id(schema: dict[str, Any]) -> str:
    """The id of the version that has this schema."""
    return hashlib.sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()


def version(schema: dict[str, Any], created_at: str) -> dict[str, Any]:
    """A version as the API shows it."""
    return {
        "id": version_id(schema),
        "created_at": created_at,
        "cog_version": schema.get("info", {}).get("version", ""),
        "openapi_schema": schema,
    }


def model(owner: str, name: str, schema: dict[str, Any], created_at: str, base: str) -> dict[str, Any]:
    """A model as the API shows it."""
    return {
        "url": f"{base}/{owner}/{name}",
        "owner": owner,
        "name": name,
        "description": "Served on this machine.",
        "visibility": "private",
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": version(schema, created_at),
    }


def page(results: list[Any], following: str | None = None) -> dict[str, Any]:
    """A page of a list, as the API shows it."""
    return {"results": results, "next": following, "previous": None}
