"""What 8 bits cost: a model's perplexity with its layers in int8, beside the same weights in float32, in one run.

    python -m benchmarks.int8                                # the default model
    python -m benchmarks.int8 --model smollm2-135m FILE      # lines {"document": …}, such as a set of benchmarks.fetch

Of each document the first TOKENS are read. Speed is `benchmarks.engine`'s to say.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks import machine
from benchmarks.sets import DATA, present
from computing import hardware
from generation import batching
from weights import load

TOKENS = 800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path, nargs="?", default=DATA / "summaries" / "news_cnndm.jsonl")
    parser.add_argument("--model", help="what PRECIS_MODEL takes: an alias, a folder, or owner/name@revision")
    parser.add_argument("--limit", type=int, default=8, help="documents")
    arguments = parser.parse_args()
    if arguments.model:
        os.environ["PRECIS_MODEL"] = arguments.model
    batching.set_threads()
    lines = present(arguments.documents).read_text(encoding="utf-8").splitlines()[: arguments.limit]
    documents = [json.loads(line)["document"] for line in lines]
    print(f"# {machine.describe()}")
    print(
        "| model | layers in | perplexity | beside float32 | documents, tokens | seconds |\n|---|---|---|---|---|---|"
    )
    exact = report(documents, "float32", None)
    report(documents, hardware.INT8, exact)


def report(documents: list[str], dtype: str, exact: float | None) -> float:
    """Print a row and return the perplexity."""
    os.environ["PRECIS_DTYPE"] = dtype
    folder, spec = load.find_for_setup(None)
    model, tokenizer = load.load(folder, spec)
    batching.lay_out(model)
    began, losses = time.perf_counter(), [loss(model, tokenizer, document) for document in documents]
    tokens = sum(count for _, count in losses)
    perplexity = math.exp(sum(total for total, _ in losses) / tokens)
    beside = f"{perplexity / exact - 1:+.2%}" if exact else "1"
    seconds = time.perf_counter() - began
    print(f"| {spec.alias} | {dtype} | {perplexity:.3f} | {beside} | {len(documents)}, {tokens:,} | {seconds:.0f} |")
    return perplexity


@torch.inference_mode()
def loss(model: Any, tokenizer: Any, document: str) -> tuple[float, int]:
    """The negative log-likelihood of a document's beginning, in all, and of how many tokens."""
    tokens = torch.tensor([tokenizer(document, truncation=True, max_length=TOKENS)["input_ids"]])
    logits = model(tokens).logits[0, :-1].float()
    total = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum")
    return total.item(), tokens.shape[1] - 1


if __name__ == "__main__":
    main()
