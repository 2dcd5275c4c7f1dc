"""What is made of what was fetched: the files that the benchmarks read, of the form in which others publish a set.

Knows: both forms of each set. Knows nothing about where files come from or go.
"""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.sets import Source

XSUM_QUESTION = "\n\nSummarize the above article in 1 sentence.\n"

Files = dict[str, bytes]  # by name: what was downloaded, or what stands in benchmarks/data


def article_pages(files: Files, _source: Source) -> Files:
    """Some of the pages, as they are, and what people marked in them."""
    truth = json.loads(files["ground-truth.json"])
    pages = {name: content for name, content in files.items() if name.startswith("html/")}
    marked = {name: truth[name] for name in (Path(page).name.removesuffix(".html.gz") for page in pages)}
    return pages | {"html/ground-truth.json": json.dumps(marked, ensure_ascii=False).encode()}


def scifact(files: Files, source: Source) -> Files:
    """All abstracts, and some of the test claims with the abstracts that answer them."""
    with zipfile.ZipFile(io.BytesIO(files["scifact.zip"])) as archive:
        corpus, queries = (_rows(archive.read(f"scifact/{name}.jsonl")) for name in ("corpus", "queries"))
        judgements = archive.read("scifact/qrels/test.tsv").decode().splitlines()[1:]
    relevant = defaultdict(list)
    for query, document, _ in map(str.split, judgements):
        relevant[query].append(document)
    texts = {row["_id"]: row["text"] for row in queries}
    claims = ({"id": item, "text": texts[item], "relevant": sorted(relevant[item])} for item in source.items)
    abstracts = ({"id": row["_id"], "title": row["title"], "text": row["text"]} for row in corpus)
    return {
        "retrieval/scifact/corpus.jsonl": _lines(abstracts, ensure_ascii=True),
        "retrieval/scifact/queries.jsonl": _lines(claims, ensure_ascii=True),
    }


def qags(files: Files, source: Source) -> Files:
    """As it is."""
    return {source.name: files["mturk_cnndm.jsonl"]}


def realsumm(files: Files, source: Source) -> Files:
    """Articles and references of REALSumm, which are tokens there, made into text."""
    articles, references = (files[name].decode().split("\n") for name in ("ptr_generator/src.txt", "bart/ref.txt"))
    pairs = enumerate(zip(map(detokenized, articles), map(detokenized, references), strict=True))
    return _summaries(source, {f"realsumm-{number}": _texts(*pair) for number, pair in pairs})


def detokenized(line: str) -> str:
    """Return a line's text, whose <t> Penn Treebank tokens </t> stand with spaces between them: a line for each <t>."""
    return "\n".join(_detokenized(tokens) for tokens in re.findall(r"<t>(.*?)</t>", line))


def _detokenized(text: str) -> str:
    text = text.replace("``", '"').replace("''", '"')
    text = re.sub(r"\s+([.,;:!?%)\]])", r"\1", text)
    text = re.sub(r"([(\[$£€])\s+", r"\1", text)
    text = re.sub(r"\s+('s|n't|'re|'ve|'ll|'d|'m)\b", r"\1", text, flags=re.IGNORECASE)
    text = re.sub(r'"\s+([^"]*?)\s+"', r'"\1"', text)
    return " ".join(text.split())


def xsum(files: Files, source: Source) -> Files:
    """Articles of XSum, without the prompt that they stand in there."""
    texts = {}
    for number, row in enumerate(_rows(files["xsum_0shot.jsonl"])):
        article = row["article"].removeprefix("###\nArticle: ").removesuffix(XSUM_QUESTION)
        texts[f"xsum-{number}"] = _texts(article, row["summary_gt"].strip())
    return _summaries(source, texts)


def writers(files: Files, source: Source) -> Files:
    """Articles, each with the summaries that writers made of it."""
    articles: dict[str, str] = {}
    summaries: defaultdict[str, list[str]] = defaultdict(list)
    for row in json.loads(files["writer_summaries.json"]):
        articles[row["article_id"]] = row["article"].strip()
        summaries[row["article_id"]].append(row["summary"].strip())
    return _summaries(source, {item: _texts(article, summaries[item]) for item, article in articles.items()})


def dialogsum(files: Files, source: Source) -> Files:
    """Conversations with three summaries each."""
    texts = {}
    for row in _rows(files["dialogsum.test.jsonl"]):
        texts[row["fname"]] = _texts(row["dialogue"], [row[f"summary{number}"].strip() for number in (1, 2, 3)])
    return _summaries(source, texts)


def _texts(document: str, references: str | list[str]) -> dict[str, Any]:
    if isinstance(references, str):
        return {"document": document, "reference": references}
    return {"document": document, "reference": references[0], "references": references}


def _summaries(source: Source, texts: Mapping[str, dict[str, Any]]) -> Files:
    """The file of the chosen items, each a line {id, document, reference, references?, source, license}."""
    about = {"source": source.source, "license": source.license}
    return {source.name: _lines({"id": item} | texts[item] | about for item in source.items)}


def _rows(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.split(b"\n") if line.strip()]


def _lines(rows: Iterable[dict[str, Any]], ensure_ascii: bool = False) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=ensure_ascii) + "\n" for row in rows).encode()


CONVERTERS: dict[str, Callable[[Files, Source], Files]] = {
    "html": article_pages,
    "retrieval/scifact": scifact,
    "faithfulness/qags_cnndm.jsonl": qags,
    "summaries/news_cnndm.jsonl": realsumm,
    "summaries/news_xsum.jsonl": xsum,
    "summaries/news_writers.jsonl": writers,
    "summaries/dialogue_dialogsum.jsonl": dialogsum,
}
