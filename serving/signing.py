"""How a webhook is signed, so that whoever receives it knows from whom it is: Standard Webhooks, HMAC with SHA-256.

Knows: the form of a secret, and what is signed (https://www.standardwebhooks.com). Knows nothing of what is told to
whom.
"""

import base64
import hashlib
import hmac
import time

_PREFIX = "whsec_"


def key_of(secret: str) -> bytes:
    """Return the key in a secret that is written as whsec_ and base64. Raises ValueError for any other."""
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def secret_of(key: bytes) -> str:
    """Return a key as it is written."""
    return f"{_PREFIX}{base64.b64encode(key).decode('ascii')}"


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return what the header `webhook-signature` has of a message."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode('ascii')}"


def headers(key: bytes, message_id: str, body: bytes) -> dict[str, str]:
    """Return the headers of a message that is sent now, and whose body is JSON."""
    timestamp = str(int(time.time()))
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(key, message_id, timestamp, body),
    }
