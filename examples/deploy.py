"""A deployment for a night: warm while it is needed, with no instance that costs afterwards.

    REPLICATE_API_TOKEN=... python examples/deploy.py OWNER/DEPLOYMENT OWNER/MODEL HARDWARE

Makes the deployment when there is none. `precis deploy` does the same from a shell; REPLICATE_BASE_URL points both at
another server that speaks Replicate's API.
"""

import sys
from pathlib import Path

from batch.deploy import Wanted, deploy
from batch.jobs import map as summarize
from errors import PrecisError

DOCUMENTS = Path(__file__).parent / "documents"


def main(name: str, model: str, hardware: str) -> None:
    deploy(Wanted(name, model, hardware=hardware, min_instances=1, max_instances=2), print)
    try:
        deploy(Wanted(name), print, is_waited_for=True)
        rows = [{"id": file.name, "text": file.read_text(encoding="utf-8")} for file in sorted(DOCUMENTS.glob("*.txt"))]
        for result in summarize(rows, to=f"replicate:deployments/{name}", style="general"):
            print(result)
    finally:
        deploy(Wanted(name, min_instances=0), print)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except PrecisError as error:
        sys.exit(str(error))
