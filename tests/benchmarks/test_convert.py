"""A published set becomes the rows that are read here."""

import io
import json
import zipfile
from typing import Any

import pytest

from benchmarks.convert import CONVERTERS, detokenized
from benchmarks.sets import Source


def convert(name: str, files: dict[str, str | bytes], items: tuple[str, ...]) -> dict[str, list[Any]]:
    source = Source(name, "", "free", {}, {}, items, "somewhere")
    made = CONVERTERS[name](
        {file: content.encode() if isinstance(content, str) else content for file, content in files.items()}, source
    )
    return {file: [json.loads(line) for line in content.decode().splitlines()] for file, content in made.items()}


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def row(id: str, document: str, *references: str) -> dict[str, Any]:  # noqa: A002 (the field's name)
    several = {"references": list(references)} if len(references) > 1 else {}
    return {
        "id": id,
        "document": document,
        "reference": references[0],
        **several,
        "source": "somewhere",
        "license": "free",
    }


def test_claims_come_with_the_abstracts_that_answer_them_in_the_chosen_order() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("scifact/corpus.jsonl", lines({"_id": "7", "title": "T", "text": "Ü", "metadata": {}}))
        zipped.writestr("scifact/queries.jsonl", lines(*({"_id": i, "text": f"claim {i}"} for i in "123")))
        zipped.writestr("scifact/qrels/test.tsv", "query-id\tcorpus-id\tscore\n1\t9\t1\n1\t7\t1\n3\t7\t1\n")
    assert convert("retrieval/scifact", {"scifact.zip": archive.getvalue()}, ("3", "1")) == {
        "retrieval/scifact/corpus.jsonl": [{"id": "7", "title": "T", "text": "Ü"}],
        "retrieval/scifact/queries.jsonl": [
            {"id": "3", "text": "claim 3", "relevant": ["7"]},
            {"id": "1", "text": "claim 1", "relevant": ["7", "9"]},
        ],
    }


def test_tokens_become_text() -> None:
    name = "summaries/news_cnndm.jsonl"
    files: dict[str, str | bytes] = {
        "ptr_generator/src.txt": "<t> one . </t>\n<t> ( cnn ) he did n't pay £ 5 , `` why ? '' </t>",
        "bart/ref.txt": "<t> One . </t>\n<t> He didn't . </t> <t> Bob 's asked : why ? </t>",
    }
    wanted = row("realsumm-1", '(cnn) he didn\'t pay £5, "why?"', "He didn't.\nBob's asked: why?")
    assert convert(name, files, ("realsumm-1",)) == {name: [wanted]}


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ("it 's 5 % ; more", "it's 5%; more"),
        ('he said " yes " and " no "', 'he said "yes" and "no"'),
        ("a [ b ] c !", "a [b] c!"),
        ("I 'M sure they 'll go", "I'M sure they'll go"),
    ],
)
def test_punctuation_stands_where_people_write_it(tokens: str, text: str) -> None:
    assert detokenized(f"<t> {tokens} </t>") == text


def test_an_article_loses_the_prompt_that_it_stood_in() -> None:
    name = "summaries/news_xsum.jsonl"
    prompt = "###\nArticle: The ska group.\n\nSummarize the above article in 1 sentence.\n"
    file = lines({"article": "other", "summary_gt": "no"}, {"article": prompt, "summary_gt": " A drummer died. "})
    assert convert(name, {"xsum_0shot.jsonl": file}, ("xsum-1",)) == {
        name: [row("xsum-1", "The ska group.", "A drummer died.")]
    }


def test_all_summaries_of_an_article_stand_in_its_row() -> None:
    name = "summaries/news_writers.jsonl"
    some = [{"article_id": "x", "article": "Text. ", "summary": f"{i} "} for i in "12"]
    file = json.dumps([*some, {"article_id": "y", "article": "Other.", "summary": "3"}])
    assert convert(name, {"writer_summaries.json": file}, ("x",)) == {name: [row("x", "Text.", "1", "2")]}


def test_a_conversation_has_three_references() -> None:
    name = "summaries/dialogue_dialogsum.jsonl"
    file = lines({"fname": "test_1", "dialogue": "A: Hi. ", "summary1": "1 ", "summary2": "2", "summary3": "3"})
    assert convert(name, {"dialogsum.test.jsonl": file}, ("test_1",)) == {
        name: [row("test_1", "A: Hi. ", "1", "2", "3")]
    }
