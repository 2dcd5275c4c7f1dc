"""Summaries that know the user's own documentation, through Cog's server."""

import json
import re
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from errors import UserError
from indexing import update
from indexing.library import load_embedder
from serving import client, server
from serving.inputs import data_url
from styles import catalog
from weights import load

DOCUMENTATION = {
    "plx.md": "# PLX\n\nPLX is short for pallet exchange station. It stands in hall 14 and turns pallets that arrive "
    "with their labels to the wall. Margaret Okonkwo looks after the PLX and is rung when it stops.\n",
    "holidays.md": "# Holidays\n\nThe office is closed between Christmas and the new year. Ask for days off in the "
    "calendar, two weeks before you leave.\n",
}
UNRELATED = {
    "bread.md": "# Rye bread\n\nMix the sourdough with rye flour and warm water, and let it rest for an hour. Bake it "
    "on a hot stone until the crust is dark.\n",
}
TEXT = (
    "The PLX stopped on Tuesday at nine, and the trucks for Neudorf waited for two hours. Margaret Okonkwo was rung at "
    "ten. The shift leader asks that the PLX is looked at before the winter, because it has stopped three times since "
    "August and each time the trucks were late."
)


def archive(folder: Path, files: dict[str, str], name: str) -> Path:
    path = folder / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w") as opened:
            for file, text in files.items():
                opened.writestr(file, text)
        return path
    inside = folder / f"{name}.files"
    inside.mkdir()
    for file, text in files.items():
        (inside / file).write_text(text)
    with tarfile.open(path, "w:gz") as tar:
        tar.add(inside, "documentation")
    return path


@pytest.fixture(scope="module")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> str:
    return data_url(archive(tmp_path_factory.mktemp("knowledge"), DOCUMENTATION, "documentation.zip"))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    origin = folder / "documentation"
    origin.mkdir()
    for file, text in DOCUMENTATION.items():
        (origin / file).write_text(text)
    update.build(origin, folder / "index", load_embedder(*load.find_embedding_model()))
    return folder / "index"


def predict(url: str, **inputs: Any) -> dict[str, Any]:
    prediction: dict[str, Any] = client.summarize(url, {"text": TEXT, "max_tokens": 60, **inputs}, timeout=240)
    return prediction


def summary(url: str, **inputs: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads("".join(predict(url, output_format="json", **inputs)["output"]))
    return parsed


def test_the_passage_that_a_document_needs_stands_in_its_prompt(server_url: str, documentation: str) -> None:
    with_knowledge = summary(server_url, knowledge=documentation, max_tokens=4)
    without = summary(server_url, max_tokens=4)
    assert [passage["source"] for passage in with_knowledge["passages"]] == ["plx.md"]
    (passage,) = with_knowledge["passages"]
    assert "pallet exchange station" in passage["text"]
    assert passage["number"] == 1
    assert 0 <= passage["start"] < passage["end"]
    assert with_knowledge["usage"]["input_token_count"] > without["usage"]["input_token_count"] + 40
    assert without["passages"] is None


def test_what_a_summary_cites_is_there_and_is_marked_as_cited(server_url: str, documentation: str) -> None:
    prediction = predict(server_url, knowledge=documentation, output_format="json")
    answer = json.loads("".join(prediction["output"]))
    cited = {int(number) for group in re.findall(r"\[([\d, ]+)\]", answer["summary"]) for number in group.split(",")}
    assert cited == {passage["number"] for passage in answer["passages"] if passage["cited"]}
    metrics = prediction["metrics"]
    assert (metrics["passage_count"], metrics["cited_passage_count"]) == (1, len(cited))
    assert metrics["removed_citation_count"] == answer["removed_citations"]
    assert metrics["retrieval_time"] > 0


def test_unrelated_documentation_changes_nothing(server_url: str, tmp_path: Path) -> None:
    unrelated = data_url(archive(tmp_path, UNRELATED, "bread.tar.gz"))
    with_knowledge, without = summary(server_url, knowledge=unrelated), summary(server_url)
    assert with_knowledge["passages"] == []
    assert with_knowledge["summary"] == without["summary"]


@pytest.mark.parametrize("mode", ["mask", "pseudonym"])
def test_a_redacted_name_does_not_come_back_through_a_passage(server_url: str, documentation: str, mode: str) -> None:
    prediction = predict(server_url, knowledge=documentation, redact_pii=mode, output_format="json")
    answer = json.dumps({name: value for name, value in prediction.items() if name != "input"})
    assert "Okonkwo" not in answer
    assert "pallet exchange station" in answer
    assert "plx.md" in answer


@pytest.mark.parametrize("style", catalog.load_all())
@pytest.mark.parametrize("output_format", ["text", "json"])
def test_knowledge_goes_with_every_style(server_url: str, documentation: str, style: str, output_format: str) -> None:
    prediction = predict(
        server_url, knowledge=documentation, style=style, output_format=output_format, length="brief", max_tokens=8
    )
    assert prediction["metrics"]["passage_count"] == 1
    assert "".join(prediction["output"]).strip()


def test_a_long_document_has_its_passages_in_the_merge(server_url: str, documentation: str) -> None:
    text = "\n\n".join(f"## Day {day}\n\n{TEXT}" for day in range(12))
    answer = summary(server_url, text=text, knowledge=documentation, strategy="map_reduce", length="brief")
    assert len(answer["rounds"]) > 1
    assert [passage["source"] for passage in answer["passages"]] == ["plx.md"]


def test_rows_of_a_table_share_the_knowledge(server_url: str, documentation: str, tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps({"id": str(n), "text": f"{n}. {TEXT}"}) + "\n" for n in range(3)))
    inputs = {"documents": data_url(rows), "knowledge": documentation, "max_tokens": 24, "verify": True}
    answer = client.summarize(server_url, inputs, timeout=240)
    lines = [json.loads(line) for line in "".join(answer["output"]).splitlines()]
    assert [line["status"] for line in lines] == ["succeeded"] * 3
    assert {passage["source"] for line in lines for passage in line["passages"]} == {"plx.md"}
    assert all("text" not in passage for line in lines for passage in line["passages"])
    assert all("unsupported" in line for line in lines)


def test_verification_names_sentences_and_places(server_url: str) -> None:
    prediction = predict(server_url, verify=True, output_format="json")
    answer = json.loads("".join(prediction["output"]))
    spans = [(one["start"], one["end"]) for one in answer["verification"]["sentences"]]
    assert spans
    assert max(end for _, end in spans) <= len(answer["summary"])
    assert prediction["metrics"]["unsupported_count"] == len(answer["verification"]["unsupported"])


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"use_knowledge": True}, "E4001"),
        ({"knowledge": "data:application/zip;base64,UEsDBAo="}, "E4002"),
        ({"knowledge_filter": "{"}, "E4006"),
        ({"knowledge_filter": '{"path": 1}'}, "E4006"),
        ({"knowledge": "/etc"}, "E1004"),
    ],
)
def test_what_is_wrong_has_a_code(server_url: str, inputs: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError, match=f"^{code} "):
        predict(server_url, **inputs)


def test_a_filter_that_no_passage_meets_leaves_none(server_url: str, documentation: str) -> None:
    other = summary(server_url, knowledge=documentation, knowledge_filter='{"type": "html"}', max_tokens=4)
    assert other["passages"] == []
    with pytest.raises(UserError, match=r"^E4006 "):
        predict(server_url, knowledge=documentation, knowledge_filter='{"colour": "red"}')


@pytest.fixture(scope="module")
def baked_url(index: Path) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_KNOWLEDGE", str(index))
        with server.running_server() as url:
            yield url


def test_the_index_in_the_image_is_used_when_it_is_asked_for(baked_url: str) -> None:
    assert summary(baked_url, max_tokens=4)["passages"] is None
    asked = summary(baked_url, use_knowledge=True, max_tokens=4)
    assert [passage["source"] for passage in asked["passages"]] == ["plx.md"]


def test_an_index_in_an_archive_goes_before_it(baked_url: str, tmp_path: Path) -> None:
    unrelated = data_url(archive(tmp_path, UNRELATED, "bread.zip"))
    assert summary(baked_url, use_knowledge=True, knowledge=unrelated, max_tokens=4)["passages"] == []
