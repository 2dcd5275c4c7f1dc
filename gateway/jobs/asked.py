"""What a job was asked to do, as it lies among the files: the upload, and beside it its options and webhook.

Knows: two objects in a job's folder. Options may be texts, and a URL may have a secret: so neither is in the database.
Knows nothing of what becomes of the job.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.files import Files
from gateway.policy import Policy

_UPLOAD, _ASKED = "upload", "asked.json"


@dataclass(frozen=True)
class Asked:
    """Inputs of all documents, what its token may have a document ask for, and a URL or nothing."""

    options: dict[str, Any]
    policy: Policy
    webhook: str


def write(files: Files, folder: str, asked: Asked, upload: Path) -> None:
    """Write down a new job. Raises Fault E5006."""
    said = {"options": asked.options, "policy": asked.policy.model_dump(mode="json"), "webhook": asked.webhook}
    files.write(f"{folder}/{_ASKED}", json.dumps(said).encode())
    files.put(upload, f"{folder}/{_UPLOAD}")


def read(files: Files, folder: str) -> Asked:
    """Return what a job was asked. Raises FileNotFoundError when its files were removed."""
    said = json.loads(files.read(f"{folder}/{_ASKED}"))
    return Asked(said["options"], Policy(**said["policy"]), said["webhook"])


def get_upload(files: Files, folder: str, to: Path) -> None:
    """Copy the upload to where it can be read in any order. Raises FileNotFoundError, Fault E5006."""
    files.get(f"{folder}/{_UPLOAD}", to)
