"""What the default model writes is worth reading: where it is here, it reads one document and its rules are looked at.

Skipped where the model is not here: CI has the small one. The document is short, the answers are greedy.
"""

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from benchmarks.styles import is_in_form, leaks
from benchmarks.summaries import copied, summarize
from computing import int8_linear, memory
from contract.results import Summary
from pipeline import Pipeline
from serving.server import ROOT
from styles import catalog
from weights import registry

DOCUMENT = (ROOT / "examples/documents/incident.txt").read_text("utf-8")
STYLES = ("general", "executive", "bullets", "tldr")
NEEDED = 6_000_000_000  # bytes
MOST_COPIED = 0.5  # of its sequences of eight words

pytestmark = [
    pytest.mark.skipif(
        not (registry.FOLDER / registry.DEFAULT / "precis.json").exists()
        or not int8_linear.is_possible()
        or memory.available() < NEEDED,
        reason="the default model is not here, or would take minutes",
    ),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def summaries() -> Iterator[dict[str, Summary]]:
    """A summary of the document in each style, and one in German."""

    async def write() -> dict[str, Summary]:
        pipeline = await Pipeline.load()
        try:
            one = partial(summarize, pipeline, DOCUMENT, length="standard")
            asked = {style: one(style=style) for style in STYLES} | {"German": one(language="German")}
            made = await asyncio.gather(*asked.values())
        finally:
            await pipeline.close()
        return {name: summary for name, summary in zip(asked, made, strict=True) if summary is not None}

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PRECIS_MODEL", registry.DEFAULT)
        environment.setenv("PRECIS_REPLICAS", "1")
        yield asyncio.run(write())


@pytest.mark.parametrize("style", STYLES)
def test_a_summary_has_its_styles_form_and_length(summaries: dict[str, Summary], style: str) -> None:
    summary = summaries[style]
    assert is_in_form(style, summary.summary), summary.summary
    assert len(summary.summary.split()) <= 1.2 * catalog.get(style).lengths["standard"].words


def test_most_summaries_come_to_their_end(summaries: dict[str, Summary]) -> None:
    cut = [style for style in STYLES if summaries[style].finish_reason != "stop"]
    assert len(cut) <= 1, cut


@pytest.mark.parametrize("style", STYLES)
def test_it_is_in_the_models_own_words_about_the_matter(summaries: dict[str, Summary], style: str) -> None:
    text = summaries[style].summary
    assert not leaks(text), text
    assert copied(text, DOCUMENT) <= MOST_COPIED, text


def test_it_is_in_the_language_that_was_asked_for(summaries: dict[str, Summary]) -> None:
    words = summaries["German"].summary.casefold().split()
    assert {"der", "die", "das", "und"} & set(words), words
