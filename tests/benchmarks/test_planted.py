"""Planted values stand where they are said to be, and what is left of one is a leak."""

import json
from pathlib import Path
from random import Random

from benchmarks.planted import EACH, KINDS, TEXTS, Planted, Text, leaks, plant, texts

PROSE = " ".join(f"Sentence number {number} of the report says nothing." for number in range(60))


def test_each_type_is_planted_and_its_value_stands_at_its_place() -> None:
    planted = plant(PROSE, Random(1))
    assert sorted(value.type for value in planted.values) == sorted([*KINDS] * EACH)
    for value in planted.values:
        around = planted.text[: value.start] + "{}" + planted.text[value.end :]
        assert any(form in around for form in KINDS[value.type][1]), value.type


def test_long_documents_give_as_many_texts_as_are_wanted(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    lines = (json.dumps({"document": f"{PROSE} " * repeats}) for repeats in (2, 60, 200))
    file.write_text("\n".join(lines), encoding="utf-8")
    found = texts([file, file], Random(1))
    assert len(found) == TEXTS
    assert all(len(text.values) == EACH * len(KINDS) for text in found)


def test_the_same_seed_plants_the_same() -> None:
    assert plant(PROSE, Random(2)) == plant(PROSE, Random(2))


def test_what_is_left_of_a_value_is_a_leak_and_a_blank_or_two_letters_are_none() -> None:
    text = Text("Ask Ann Lee-Marsh now.", (Planted(4, 17, "PERSON"),))
    assert list(leaks(text, [(4, 17)])) == []
    assert list(leaks(text, [(4, 7), (8, 11), (12, 17)])) == []
    assert list(leaks(text, [(4, 7)])) == ["PERSON"]
    assert list(leaks(text, [])) == ["PERSON"]
