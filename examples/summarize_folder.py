"""Summarize every file of a folder in one prediction: a line of JSON for each as it is done.

    python examples/summarize_folder.py FOLDER [STYLE] > summaries.jsonl

It talks to the server at PRECIS_URL, or to one on the default address, or starts one until it is done.
"""

import base64
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

from errors import PrecisError
from serving.client import Chunk, stream
from serving.inputs import data_url
from serving.server import any_server


def main(folder: Path, style: str = "general") -> int:
    logging.basicConfig(format="%(message)s")
    logging.getLogger("precis").setLevel(logging.INFO)
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    if not files:
        sys.exit(f"{folder} is no folder with files in it")
    with tempfile.TemporaryDirectory() as temporary:
        table = Path(temporary) / "documents.jsonl"
        with table.open("w") as rows:
            for file in files:
                content = base64.b64encode(file.read_bytes()).decode()
                print(json.dumps({"id": file.name, "file": content, "file_name": file.name}), file=rows)
        # On Replicate a file is uploaded, or given as an https:// address; data URLs end at 256 KB there.
        inputs = {"documents": data_url(table, "documents"), "style": style, "length": "brief"}
    try:
        with any_server(os.environ.get("PRECIS_URL")) as url:
            for event in stream(url, inputs):
                if isinstance(event, Chunk):
                    print(event.text, end="", flush=True)
                else:
                    print(f"{event.metrics['document_count']} documents", file=sys.stderr)
    except PrecisError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
