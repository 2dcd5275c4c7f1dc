"""Rows and their answers survive the way: lines in pieces, numbers on articles, a file in a URL."""

import base64
import json
from itertools import islice

from benchmarks.rows import numbered, table, whole_lines


def test_a_line_in_pieces_and_lines_in_one_piece_come_out_whole_and_once() -> None:
    pieces = ['{"id"', ': "1"}\n{"id": "2"}\n{"id"', "", ': "3"}', "\n", '{"id": "4"}']
    assert [json.loads(line)["id"] for line in whole_lines(pieces)] == ["1", "2", "3", "4"]


def test_a_line_is_out_before_the_next_piece_is_asked_for() -> None:
    pieces = iter(["first\nsec", "ond\n"])
    lines = whole_lines(pieces)
    assert next(lines) == "first"
    assert list(pieces) == ["ond\n"]


def test_every_article_begins_in_its_own_way_and_any_few_are_short_and_long_alike() -> None:
    articles = ["x" * length for length in range(1, 61)]
    some = list(islice(numbered(articles), 200))
    assert len({text.partition("\n")[0] for text in some}) == 200
    lengths = [len(text.partition("\n\n")[2]) for text in some]
    for few in (8, 16, 48, 200):
        for first in range(0, 200 - few + 1, few):
            assert 20 <= sum(lengths[first : first + few]) / few <= 41, (few, first)


def test_the_file_has_a_line_for_every_text() -> None:
    content = base64.b64decode(table(["one\nline", "two"]).partition(",")[2]).decode()
    assert [json.loads(line) for line in content.splitlines()] == [
        {"id": "1", "text": "one\nline"},
        {"id": "2", "text": "two"},
    ]
