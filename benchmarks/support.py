"""What a model answers when it is asked whether an article supports a sentence, for all sentences of a set.

Knows: an engine, a file of answers to go on with, and how answers become a scale: Platt's (1999, "Probabilistic Outputs
for Support Vector Machines"), fitted by Newton's method. Knows nothing of what people said of the sentences' articles
but yes or no.
"""

import asyncio
import hashlib
import json
import math
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from generation.questions import Questions
from generation.replicas import Replicas
from verification.check import answer, closest, questions
from verification.grounding import Grounding
from verification.support import evidence
from weights import load
from weights.registry import Support

PRECISION = 0.9
_AT_ONCE = 4  # articles
_STEPS = 50  # of Newton's method

Answers = dict[str, list[float]]  # by article: of each sentence the log odds


def key(row: Mapping[str, Any]) -> str:
    """Return what an article's answers are kept under."""
    return hashlib.sha256(json.dumps([row["article"], row["summary_sentences"]]).encode()).hexdigest()[:16]


def read(file: Path) -> Answers:
    """Return the answers that are in a file, if there is one."""
    kept = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    return {line["key"]: line["odds"] for line in kept}


async def ask(rows: Sequence[Mapping[str, Any]], file: Path, seconds: float) -> Answers:
    """Ask the model that PRECIS_MODEL names, for so many seconds at most, and add its answers to `file`."""
    answers = read(file)
    missing = [row for row in rows if key(row) not in answers]
    if not missing or seconds <= 0:
        return answers
    remaining = iter(missing)
    served = load.find_served(None)
    engine = Replicas(partial(load.load, *served[:2]), served.spec.context_length)
    tokenizer = load.load_tokenizer(served.folder)
    await engine.start()
    began = time.monotonic()
    took = dict.fromkeys(("prompt_count", "input_token_count", "cached_token_count"), 0)

    async def work() -> None:
        for row in remaining:
            if time.monotonic() - began > seconds:
                return
            asks = Questions(engine, tokenizer, row["article"], bulk=False)
            source = Grounding([row["article"]])
            sentences = [sentence["sentence"] for sentence in row["summary_sentences"]]
            asked = [questions(one, closest(evidence(one, source), row["article"])) for one in sentences]
            odds = await asyncio.gather(*(answer(asks, both) for both in asked))
            answers[key(row)] = [round(one, 4) for one in odds]
            for name in took:
                took[name] += getattr(asks, name)
            with file.open("a") as out:
                out.write(json.dumps({"key": key(row), "odds": answers[key(row)]}) + "\n")

    try:
        await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    finally:
        await engine.stop()
    passed = time.monotonic() - began
    if took["prompt_count"]:
        computed = took["input_token_count"] - took["cached_token_count"]
        print(
            f"# {served.spec.alias}, {engine.setup.dtype}: {took['prompt_count']:,} questions in {passed:,.0f} s, "
            f"{computed:,} of {took['input_token_count']:,} tokens computed"
        )
    return answers


class Labelled(NamedTuple):
    """A sentence: a number that is low where it is doubted, and what people said."""

    score: float
    is_wrong: bool


def auc(labelled: Sequence[Labelled]) -> float:
    """Return how often a wrong sentence scores lower than a right one, ties counted half."""
    wrong = [one.score for one in labelled if one.is_wrong]
    right = [one.score for one in labelled if not one.is_wrong]
    wins = sum((low < high) + 0.5 * (low == high) for low in wrong for high in right)
    return wins / (len(wrong) * len(right)) if wrong and right else math.nan


def threshold(labelled: Sequence[Labelled], precision: float = PRECISION) -> float:
    """Return the highest score below which so many sentences of all are wrong; minus infinity where there is none."""
    best, wrong = -math.inf, 0
    ranked = sorted(labelled)
    for count, one in enumerate(ranked, start=1):
        wrong += one.is_wrong
        if wrong >= precision * count:
            following = ranked[count].score if count < len(ranked) else one.score + 1
            best = (one.score + following) / 2
    return best


def recall(labelled: Sequence[Labelled], below: float) -> float:
    """Return which part of the wrong sentences scores below it."""
    wrong = [one.score for one in labelled if one.is_wrong]
    return sum(score < below for score in wrong) / len(wrong) if wrong else math.nan


def scale(labelled: Sequence[Labelled]) -> Support:
    """Return the logistic curve of a sentence being right by its score, and the threshold on it.

    What it aims at is not quite 0 and 1, as Platt says, or answers without an error would make a step of it.
    """
    wrong = sum(one.is_wrong for one in labelled)
    aims = {True: 1 / (wrong + 2), False: (len(labelled) - wrong + 1) / (len(labelled) - wrong + 2)}
    slope, intercept = 1.0, 0.0
    for _ in range(_STEPS):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for score, is_wrong in labelled:
            p = 1 / (1 + math.exp(-slope * score - intercept))
            error, weight = p - aims[is_wrong], max(p * (1 - p), 1e-9)
            g0, g1 = g0 + error, g1 + error * score
            h00, h01, h11 = h00 + weight, h01 + weight * score, h11 + weight * score * score
        determinant = h00 * h11 - h01 * h01
        if determinant <= 0:
            break
        slope -= (h00 * g1 - h01 * g0) / determinant
        intercept -= (h11 * g0 - h01 * g1) / determinant
    at = 1 / (1 + math.exp(-slope * threshold(labelled) - intercept))
    return Support(slope=round(slope, 4), intercept=round(intercept, 4), threshold=round(at, 4))
