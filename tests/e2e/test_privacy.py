"""Nothing talks to strangers, and nothing is written but where docs/privacy.md says."""

import sys
from pathlib import Path

from serving.server import ROOT
from tests import strace

COMPILED = [ROOT / room / "__pycache__" for room in ("computing", "generation")]
PREDICTIONS = """
import json, zipfile
from pathlib import Path
from serving import client
from serving.inputs import data_url
from serving.server import running_server

TEXT = "Margaret Okonkwo rang the PLX in hall 14 on Tuesday at nine, and the trucks for Neudorf waited for two hours."
notes, rows = Path("notes.zip"), Path("rows.jsonl")
with zipfile.ZipFile(notes, "w") as archive:
    archive.writestr("plx.md", "# PLX\\n\\nPLX is short for pallet exchange station. It stands in hall 14.")
rows.write_text("".join(json.dumps({"id": number, "text": TEXT}) + "\\n" for number in range(3)))
options = {"redact_pii": "mask", "max_tokens": 8}
with running_server() as url:
    one = {"text": TEXT, "knowledge": data_url(notes, "knowledge"), "verify": True, "output_format": "json"}
    found = json.loads("".join(client.summarize(url, one | options)["output"]))
    assert found["passages"] and found["redactions"]
    lines = client.summarize(url, {"documents": data_url(rows, "documents")} | options)["output"]
    assert "".join(lines).count("succeeded") == 3
"""


def test_predictions_ask_for_no_address_but_this_machines_and_write_where_docs_say(tmp_path: Path) -> None:
    seen = strace.run([sys.executable, "-c", PREDICTIONS], tmp_path, {"PRECIS_REPLICAS": "1"})
    assert seen.strangers == []
    cache = tmp_path / "HOME" / ".cache"
    places = (tmp_path / "TMPDIR", cache / "precis", Path("/tmp/coglet"), *COMPILED)  # noqa: S108 (Cog's)
    elsewhere = {path for path in seen.written if not any(path.is_relative_to(place) for place in places)}
    assert elsewhere == {cache, tmp_path / "notes.zip", tmp_path / "rows.jsonl"}


def test_what_names_a_model_of_names_is_safe_by_itself(tmp_path: Path) -> None:
    """Whoever imports it, with nothing called before."""
    code = "from normalizers.pii import names; from weights import load; names.load(load.find_names_model())"
    assert strace.run([sys.executable, "-c", code], tmp_path, {}) == strace.Seen([], set())
