"""What the benchmarks of many documents share: articles, a file of rows, and its answers line by line.

Knows: the form of `documents` and of its output. Knows nothing about what is measured.
"""

import itertools
import json
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.sets import DATA, present
from serving import client, inputs

FOLDER = DATA / "summaries"
_GOLDEN = 0.6180339887498949  # steps of this part of a circle are spread evenly over it, however many they are


def articles(folder: Path = FOLDER) -> list[str]:
    """The documents of news_*.jsonl, shortest first. Ends the program when there are none."""
    lines = (line for file in sorted(folder.glob("news_*.jsonl")) for line in file.read_text("utf-8").splitlines())
    found = sorted((json.loads(line)["document"] for line in lines), key=len)
    if not found:
        present(folder / "news_*.jsonl")
    return found


def reports(characters: int, folder: Path = FOLDER) -> list[str]:
    """The government's reports that the repository holds, cut into texts of so many characters."""
    lines = (folder / "gov_report_long.jsonl").read_text("utf-8").splitlines()
    whole = (json.loads(line)["document"] for line in lines)
    return [
        text[first : first + characters] for text in whole for first in range(0, len(text) - characters + 1, characters)
    ]


def numbered(articles: list[str]) -> Iterator[str]:
    """Articles without end, each with a first line of its own, so that no prompt is in a cache whole.

    `articles` are sorted by length, and any few that come out in a row are short and long alike.
    """
    for number in itertools.count(1):
        article = articles[int(number * _GOLDEN % 1 * len(articles))]
        yield f"This is article {number} of the collection.\n\n{article}"


def sentences(count: int) -> Iterator[str]:
    """Texts without end of so many sentences, each of them of 20 tokens, and no text like another."""
    for number in itertools.count(1):
        yield " ".join(sentence(count * number + place) for place in range(count))


def sentence(number: int) -> str:
    return f"Ferry number {number} left the harbour {number % 60} minutes late because of the fog, its captain said."


def table(texts: Iterable[str]) -> str:
    """A JSON Lines file of the texts as `documents` takes it; the rows' ids are "1", "2", …"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(texts, start=1))
        return inputs.data_url(file, "documents")


def answers(url: str, inputs: dict[str, Any]) -> Generator[dict[str, Any], None, None]:
    """Run one prediction of `documents` and yield each row's answer as it comes. Closing it cancels it.

    A row that failed ends the program: whatever is measured here, all rows can be summarized.
    """
    with closing(client.stream(url, inputs)) as events:  # type: ignore[type-var]  # an iterator that is a generator
        for line in whole_lines(event.text for event in events if isinstance(event, client.Chunk)):
            answer: dict[str, Any] = json.loads(line)
            if answer["status"] != "succeeded":
                raise SystemExit(f"row {answer['id']} {answer['status']}: {answer.get('error')}")
            yield answer


def whole_lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines that the pieces are parts of, each as soon as it is complete: a piece may hold some, or part of one."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        yield from filter(None, lines)
    if rest:
        yield rest
