"""Receive the webhooks of Replicate, or of `precis serve --replicate-api`: verify each, and print its id and status.

    REPLICATE_API_TOKEN=... python examples/webhook_receiver.py PORT

REPLICATE_BASE_URL points it at another server that speaks Replicate's API. Signatures are those of Standard Webhooks
(https://www.standardwebhooks.com). Nothing of a document or a summary is printed.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

SKEW_SECONDS = 300
MAX_BYTES = 32_000_000
HEADERS = ("id", "timestamp", "signature")


class Verifier:
    """Says what is wrong with a webhook. Of those that were right it knows the ids for as long as they could return."""

    def __init__(self, secret: str) -> None:
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._seen: dict[str, float] = {}

    def problem(self, message_id: str, timestamp: str, signatures: str, body: bytes) -> str:
        now = time.time()
        if not message_id or not timestamp.isdecimal() or abs(now - int(timestamp)) > SKEW_SECONDS:
            return "it is too old, or of the future"
        signed = f"{message_id}.{timestamp}.".encode() + body
        expected = b"v1," + base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256))
        # Several while a secret is changed for another. Compared in a time that tells nothing.
        if not any(hmac.compare_digest(expected, given.encode()) for given in signatures.split()):
            return "its signature is wrong"
        if message_id in self._seen:
            return "it came before"
        self._seen = {seen: at for seen, at in self._seen.items() if now - at <= 2 * SKEW_SECONDS}
        self._seen[message_id] = now
        return ""


class Handler(BaseHTTPRequestHandler):
    verifier: Verifier
    timeout = 10  # seconds, after which who is silent is left

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_BYTES:
            self.answer(413)
            return
        body = self.rfile.read(int(length))
        message_id, timestamp, signatures = (self.headers.get(f"webhook-{name}", "") for name in HEADERS)
        if problem := self.verifier.problem(message_id, timestamp, signatures, body):
            print(f"refused: {problem}", flush=True)
            self.answer(403)
            return
        prediction = json.loads(body)
        print(prediction["id"], prediction["status"], flush=True)
        self.answer(204)  # soon: a sender that waits long sends again. What takes time is done elsewhere

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def secret() -> str:
    base = os.environ.get("REPLICATE_BASE_URL", "https://api.replicate.com").rstrip("/").removesuffix("/v1")
    headers = {"Authorization": f"Bearer {os.environ['REPLICATE_API_TOKEN']}"}
    request = urllib.request.Request(f"{base}/v1/webhooks/default/secret", headers=headers)  # noqa: S310 (as configured)
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return str(json.load(answer)["key"])


def main(port: int) -> None:
    Handler.verifier = Verifier(secret())
    with HTTPServer(("", port), Handler) as server:
        print(f"listening on port {server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(int(sys.argv[1]))
    except KeyError as error:
        sys.exit(f"{error} is not set")
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
