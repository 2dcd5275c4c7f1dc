"""Run Precis on Replicate with the replicate client: run, stream, create and wait, cancel.

    REPLICATE_API_TOKEN=... python examples/replicate_client.py OWNER/NAME[:VERSION] FILE

REPLICATE_BASE_URL points it at another server that speaks Replicate's API.
"""

import sys
from pathlib import Path

import replicate
from replicate.client import Client


def main(name: str, file: Path) -> None:
    client = Client()  # REPLICATE_API_TOKEN, REPLICATE_BASE_URL
    name, _, version = name.partition(":")
    version = version or latest_version(client, name)
    reference = f"{name}:{version}"
    inputs = {"text": file.read_text(encoding="utf-8"), "style": "executive", "length": "brief"}

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
    print("".join(client.run(reference, input=inputs, wait=False)))


def stream(client: Client, reference: str, inputs: dict[str, str]) -> None:
    print("--- stream")
    for event in client.stream(reference, input=inputs):
        print(event, end="", flush=True)
    print()


def create_and_wait(client: Client, version: str, inputs: dict[str, str]) -> None:
    print("--- create and wait")
    prediction = client.predictions.create(version=version, input=inputs)
    print(prediction.id, prediction.status)
    prediction.wait()
    print(prediction.status, prediction.metrics)


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
    except (replicate.exceptions.ReplicateError, replicate.exceptions.ModelError) as error:
        sys.exit(str(error))
