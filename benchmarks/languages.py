"""Whether summaries are in the language that was asked for: documents of five languages, invented for this.

    python -m benchmarks.languages                          # the embedded model
    python -m benchmarks.languages --model qwen2.5-1.5b --each 2

`languages.jsonl` holds ten documents {id, language, document} of each language. Every one is summarized twice: in its
own language, which is what nobody asks for gets, and in another: English for half of the documents, and for the others
the next language of the set. Printed for each: the share of summaries in the right language, as py3langid tells it.
"""

import argparse
import asyncio
import json
import os
from pathlib import Path

from benchmarks import machine
from benchmarks.summaries import summarize
from contract.languages import SAME_LANGUAGE, english_name
from pipeline import Pipeline
from splitting import language

SET = Path(__file__).with_name("languages.jsonl")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", help="what PRECIS_MODEL takes: an alias, a folder, or owner/name@revision")
    parser.add_argument("--length", default="brief", choices=["brief", "standard", "detailed"])
    parser.add_argument("--each", type=int, default=1, help="take only every so many-th document of a language")
    arguments = parser.parse_args()
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
    documents: dict[str, list[str]] = {}
    for line in SET.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        documents.setdefault(row["language"], []).append(row["document"])
    pipeline = await Pipeline.load()
    print(f"# {machine.describe()}; length {arguments.length}")
    print("| documents in | number | own language | English | another |\n|---|---|---|---|---|")
    names = list(documents)
    for place, name in enumerate(names):
        texts = documents[name][:: arguments.each]
        half = (len(texts) + 1) // 2
        other = names[(place + 1) % len(names)]
        own = _share(pipeline, texts, SAME_LANGUAGE, name, arguments.length)
        english = _share(pipeline, texts[:half], "English", "English", arguments.length)
        another = _share(pipeline, texts[half:], other, other, arguments.length)
        shares = await asyncio.gather(own, english, another)
        print(f"| {name} | {len(texts)} | {shares[0]} | {shares[1]} | {other}: {shares[2]} |", flush=True)
    await pipeline.close()


async def _share(pipeline: Pipeline, texts: list[str], asked: str, expected: str, length: str) -> str:
    """Return how many of the texts' summaries are in the language that is expected, of how many."""
    found = await asyncio.gather(*(summarize(pipeline, text, language=asked, length=length) for text in texts))
    right = sum(english_name(language.code(summary.summary)) == expected for summary in found if summary)
    return f"{right} of {len(texts)}"


if __name__ == "__main__":
    asyncio.run(main())
