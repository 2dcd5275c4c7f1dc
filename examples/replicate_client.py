"""Run Precis on Replicate with the replicate client: run, stream, create and wait, cancel.

    REPLICATE_API_TOKEN=... python examples/replicate_client.py OWNER/NAME[:VERSION] FILE

REPLICATE_BASE_URL points it at another server that speaks Replicate's API, such as `precis serve --replicate-api`.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import httpx  # the client's own, whose errors it passes on
from replicate.client import Client
from replicate.exceptions import ModelError, ReplicateError


def main(name: str, file: Path) -> None:
    client = Client()  # REPLICATE_API_TOKEN, REPLICATE_BASE_URL
    name, _, version = name.partition(":")
    version = version or latest_version(client, name)
    reference = f"{name}:{version}"
    inputs = {"text": file.read_text(encoding="utf-8", errors="replace"), "style": "executive", "length": "brief"}

    run(client, reference, inputs)
    stream(client, reference, inputs)
    create_and_wait(client, version, inputs)
    cancel(client, version, inputs)


def latest_version(client: Client, name: str) -> str:
    version = client.models.get(name).latest_version
    if version is None:
        sys.exit(f"{name} has no version yet: push one with `make push MODEL={name}`")
    return version.id


def run(client: Client, reference: str, inputs: dict[str, str]) -> None:
    # wait=False polls until the end. The default holds one request for at most 60 s, and what is there by then
    # comes back as if it were the whole output.
    print("--- run")
    print(text(client.run(reference, input=inputs, wait=False)))


def text(pieces: Iterable[object]) -> str:
    """Join pieces of output. One that begins with https: or data: is no text to the client, which wraps it."""
    return "".join(map(str, pieces))


def stream(client: Client, reference: str, inputs: dict[str, str]) -> None:
    print("--- stream")
    is_done = False
    for event in client.stream(reference, input=inputs):
        is_done = event.event.value == "done"
        if event.event.value == "output":
            print(event.data, end="", flush=True)
    print()
    if not is_done:  # the client takes a stream that breaks off for one that is complete
        sys.exit("the stream broke off")


def create_and_wait(client: Client, version: str, inputs: dict[str, str]) -> None:
    print("--- create and wait")
    prediction = client.predictions.create(version=version, input=inputs)
    print(prediction.id, prediction.status)
    prediction.wait()
    print(prediction.status, prediction.metrics)
    if prediction.status != "succeeded":
        sys.exit(prediction.error or prediction.status)


def cancel(client: Client, version: str, inputs: dict[str, str]) -> None:
    print("--- cancel")
    prediction = client.predictions.create(version=version, input=inputs)
    prediction.cancel()
    prediction.wait()
    print(prediction.error or "", prediction.status)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    # A stream's error is a RuntimeError, a name that is none a ValueError, and so is an answer that is not Replicate's.
    except (OSError, RuntimeError, ValueError, httpx.HTTPError, ModelError, ReplicateError) as error:
        sys.exit(str(error) or type(error).__name__)
