"""The whole of it on one machine: a model, a gateway, two services with a token each, documentation, a batch.

    python examples/real_world.py [DOCUMENTS]

Starts a model (or takes the one at PRECIS_URL) and a gateway before it, whose state lies in a temporary folder. The
law department gets `legal` and is always redacted; the newsroom chooses its style by a header. Then a job of DOCUMENTS
rows, 6 when nothing is said, and its results as they come.
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from serving.server import any_server, free_port

HERE = Path(__file__).parent
LETTER = (HERE / "documents" / "steam_arbitration.txt").read_text(encoding="utf-8")
PAGE = HERE / "documents" / "concurrent_receipt.html"
PRECIS = (sys.executable, "-m", "cli")


def main(documents: int) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        any_server(os.environ.get("PRECIS_URL")) as model,
        gateway(model, Path(folder)) as url,
    ):
        law = token("law department", "--scope", "summarize", "--style", "legal", "--require", "redact_pii=mask")
        news = token("newsroom", "--scope", "summarize", "--scope", "batch", "--requests-per-minute", "600")
        time.sleep(2)  # which a token may be unknown

        letter = f"{LETTER}\n\nQuestions: jane.doe@example.com, +1 202 555 0147"
        said = ask(url, law, json={"text": letter, "length": "brief"})
        print(f"law, {said['style']}, {len(said['redactions'])} redactions: {said['summary']}\n")

        with PAGE.open("rb") as page:
            said = ask(url, news, files={"file": page}, headers={"X-Summary-Style": "news"})
        removed = sum(removal["characters"] for removal in said["removals"])
        print(f"newsroom, {said['style']}, {removed:,} characters of boilerplate: {said['summary']}\n")

        files = {"file": (HERE / "documents" / "incident.txt").read_bytes(), "knowledge": documentation(Path(folder))}
        said = ask(url, news, files=files)
        print(f"newsroom, with {len(said['passages'])} passages of documentation: {said['summary']}\n")

        rows = "".join(
            json.dumps({"id": f"wire-{n}", "text": f"{LETTER[:1_500]} ({n})"}) + "\n" for n in range(documents)
        )
        headers = {"X-Summary-Style": "bullets", "X-Summary-Max-Tokens": "48", "Content-Type": "application/jsonl"}
        job = call("POST", f"{url}/batch-summarize", news, content=rows, headers=headers).json()
        for line in results(url, news, job["id"]):
            print(f"job, {line['id']}: {line['status']}, {len(line.get('summary', '')):,} characters")


@contextmanager
def gateway(model: str, folder: Path) -> Iterator[str]:
    """A gateway before a model, for as long as the block."""
    os.environ["XDG_STATE_HOME"] = str(folder)  # also for `precis tokens`
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*PRECIS, "gateway", "--upstream", model, "--port", str(port)], stderr=log)
    try:
        for _ in range(300):
            try:
                httpx.get(f"{url}/healthz").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def token(name: str, *policy: str) -> str:
    made = subprocess.run([*PRECIS, "tokens", "create", name, *policy], check=True, capture_output=True, text=True)
    return made.stdout.strip()


def call(method: str, url: str, bearer: str, **content: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}"} | dict(content.pop("headers", {}))  # type: ignore[call-overload]  # of any kind
    answer = httpx.request(method, url, headers=headers, timeout=600, **content)  # type: ignore[arg-type]  # httpx checks it
    if answer.is_error:
        sys.exit(answer.json()["detail"])
    return answer


def ask(url: str, bearer: str, **content: object) -> dict[str, Any]:
    said: dict[str, Any] = call("POST", f"{url}/summarize", bearer, **content).json()
    return said


def documentation(folder: Path) -> bytes:
    archive = folder / "documentation.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(HERE / "knowledge", "knowledge")
    return archive.read_bytes()


def results(url: str, bearer: str, job: str) -> Iterator[dict[str, Any]]:
    """The lines of a job as they come, from a cursor that outlives the connection."""
    cursor = None
    while True:
        status = call("GET", f"{url}/jobs/{job}", bearer).json()["status"]  # before what there is: all of it is seen
        found = call("GET", f"{url}/jobs/{job}/results", bearer, params={"cursor": cursor} if cursor else None)
        cursor = found.headers["Precis-Next-Cursor"]
        yield from map(json.loads, found.text.splitlines())
        if status in ("done", "failed"):
            return
        time.sleep(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6)
