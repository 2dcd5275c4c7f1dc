"""Summarize a document beside a folder of documentation that explains its terms, and show what was cited.

    python examples/with_knowledge.py [DOCUMENT FOLDER]

It talks to the server at PRECIS_URL, or to one on the default address, or starts one until it is done. The folder is
indexed there for this request, or found by its digest; `precis knowledge build` makes an index to send in its place.
"""

import json
import logging
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from errors import PrecisError
from serving.client import summarize
from serving.inputs import data_url
from serving.server import any_server

HERE = Path(__file__).parent


def main(document: Path, documentation: Path) -> int:
    logging.basicConfig(format="%(message)s")
    if not documentation.is_dir():
        sys.exit(f"{documentation} is no folder")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            archive = Path(temporary) / "documentation.tar.gz"
            with tarfile.open(archive, "w:gz") as tar:
                tar.add(documentation, documentation.name)
            files = {"document": data_url(document), "knowledge": data_url(archive, "knowledge")}
        with any_server(os.environ.get("PRECIS_URL")) as url:
            answer = json.loads("".join(summarize(url, {**files, "output_format": "json", "verify": True})["output"]))
    except PrecisError as error:
        print(error, file=sys.stderr)
        return 1
    print(answer["summary"], end="\n\n")
    for passage in answer["passages"]:
        cited = "cited" if passage["cited"] else "not cited"
        print(f"[{passage['number']}] {passage['source']}, characters {passage['start']} to {passage['end']}, {cited}")
    for place in answer["verification"]["unsupported"]:
        print(f"unsupported {place['kind']}: {answer['summary'][place['start'] : place['end']]}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (1, 3):
        sys.exit(__doc__)
    given = [Path(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(given or [HERE / "documents" / "incident.txt", HERE / "knowledge"])))
