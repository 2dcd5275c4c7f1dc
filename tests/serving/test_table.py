"""A table of documents through Cog's server, in a plain JSON answer: Cog drops the output of what fails."""

import json
import shutil
from pathlib import Path

import pytest

from errors import UserError
from serving import client
from serving.inputs import data_url
from serving.server import ROOT, running_server

PREDICTOR = Path(__file__).parent / "predictors" / "table.py"


def test_a_table_that_breaks_off_loses_neither_the_rows_before_nor_the_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PREDICTOR, tmp_path / "predict.py")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    broken, none = tmp_path / "broken.csv", tmp_path / "none.csv"
    broken.write_text('id,text\n1,Alpha\n2,Beta\n3,"never closed\n')
    none.write_text('id,text\n3,"never closed\n')
    with running_server(tmp_path, timeout=60) as url:
        answer = client.summarize(url, {"documents": data_url(broken)}, timeout=30)
        with pytest.raises(UserError, match="E1014 line 2"):
            client.summarize(url, {"documents": data_url(none)}, timeout=30)
    *rows, last = map(json.loads, "".join(answer["output"]).splitlines())
    assert sorted((row["id"], row["summary"]) for row in rows) == [("1", "Alpha"), ("2", "Beta")]
    assert last["error"] == {"code": "E1014", "message": "E1014 line 4: a quote opens here and never closes"}
    assert (answer["metrics"]["document_count"], answer["metrics"]["failed_count"]) == (3, 1)
