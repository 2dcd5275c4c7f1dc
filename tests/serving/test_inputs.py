import base64
from pathlib import Path
from typing import Any

import pytest

from contract.request import MAX_BYTES, MAX_KNOWLEDGE_BYTES
from errors import UserError
from serving.inputs import data_url, describe, parse, typed
from serving.server import ROOT
from serving.signature import read

FIELDS = read(ROOT / "predict.py").inputs


@pytest.mark.parametrize(
    ("pairs", "inputs"),
    [
        (["style=legal", "max_tokens=60"], {"style": "legal", "max_tokens": 60}),
        (["verify=True", "strip_boilerplate=false"], {"verify": True, "strip_boilerplate": False}),
        (["temperature=0.5", "seed=7"], {"temperature": 0.5, "seed": 7}),
        (["focus=a=b"], {"focus": "a=b"}),
        (["keep_terms=Ann", "keep_terms=Bo"], {"keep_terms": ["Ann", "Bo"]}),
        (['stop_sequences=["a", "b"]'], {"stop_sequences": ["a", "b"]}),
        (["document=HTTPS://example.org/a.pdf"], {"document": "HTTPS://example.org/a.pdf"}),
    ],
)
def test_every_input_has_the_type_that_predict_says(pairs: list[str], inputs: dict[str, Any]) -> None:
    assert typed(pairs, FIELDS) == inputs


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("colour=red", "E1009 'colour' is no input; an input is name=value, of text, document, "),
        ("style", "E1009 'style' is no input"),
        ("max_tokens=3.5", "E1009 max_tokens must be a whole number; what was given is not"),
        ("verify=2", "E1009 verify must be true or false; what was given is not"),
        ('keep_terms=["a"', "E1009 keep_terms begins as a JSON array"),
        ("document=@none.pdf", "E1004 none.pdf cannot be read"),
    ],
)
def test_what_is_no_input_says_why(pair: str, message: str) -> None:
    with pytest.raises(UserError) as refused:
        typed([pair], FIELDS)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("written", ["@{}", "{}"])
def test_a_file_is_named_with_or_without_a_mark(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.md").write_text("# one")
    inputs = typed([f"document={written.format(tmp_path / 'a.md')}"], FIELDS)
    assert inputs == {"document": f"data:text/markdown;base64,{base64.b64encode(b'# one').decode()}"}


def test_any_input_may_be_a_file_and_of_a_list_each_is_an_item(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one")
    url = f"data:text/plain;base64,{base64.b64encode(b'one').decode()}"
    pairs = [f"text=@{tmp_path}/a.txt", f"focus=@{tmp_path}/a.txt", "keep_terms=Ann", f"keep_terms=@{tmp_path}/a.txt"]
    assert typed(pairs, FIELDS) == {"text": url, "focus": url, "keep_terms": ["Ann", url]}


def test_what_does_not_come_from_a_person_here_reads_no_file_of_ours() -> None:
    assert parse(["focus=@/etc/passwd", "keep_terms=@/etc/passwd"], FIELDS) == {
        "focus": "@/etc/passwd",
        "keep_terms": ["@/etc/passwd"],
    }


def test_each_file_is_held_to_the_limit_of_its_own_input(tmp_path: Path) -> None:
    large = tmp_path / "index.tar"
    with large.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UserError, match=r"E1005 document index\.tar is 20,000,001 bytes; the limit is 20,000,000"):
        data_url(large)
    assert data_url(large, "knowledge")
    with large.open("wb") as file:
        file.truncate(MAX_KNOWLEDGE_BYTES + 1)
    with pytest.raises(UserError, match=r"E1005 knowledge index\.tar is 100,000,001 bytes; the limit is 100,000,000"):
        data_url(large, "knowledge")


def test_the_help_names_every_input_with_its_choices() -> None:
    text = describe(FIELDS)
    assert [line.split()[0] for line in text.splitlines()] == [field.name for field in FIELDS]
    assert "One of brief, standard, detailed. Default: standard." in text
