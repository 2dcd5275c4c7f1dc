"""What is no prose costs the model little, and what stands in it is found all the same."""

import json

import pytest

from benchmarks.redaction_cost import KINDS, text_of
from normalizers.pii import dense
from normalizers.pii.names import NameModel
from weights import load


@pytest.fixture(scope="module")
def model() -> NameModel:
    return NameModel(load.find_names_model())


def shown(model: NameModel, text: str) -> tuple[int, int]:
    """How many tokens the model is shown of a text, and how many it has."""
    tokens = model._tokenize(text)
    return int(dense.shown(text, tokens.starts, tokens.ends, tokens.words).sum()), len(tokens.ids)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_text_has_more_than_about_twice_the_tokens_of_prose(model: NameModel, kind: str) -> None:
    of_prose, _ = shown(model, text_of("prose", 20_000))
    assert shown(model, text_of(kind, 20_000))[0] < 2.5 * of_prose


def test_prose_is_shown_whole(model: NameModel) -> None:
    count, of = shown(model, text_of("prose", 20_000))
    assert count == of


def test_a_contact_list_is_shown_whole_but_for_marks(model: NameModel) -> None:
    text = "\n".join(f"Ann Lee, 5{n} Oak St., Springfield, IL 6270{n % 10}, 217-555-01{n:02}" for n in range(40))
    count, of = shown(model, text)
    assert count > 0.9 * of


@pytest.mark.parametrize("indent", [None, 2])
def test_names_in_json_are_found(model: NameModel, indent: int | None) -> None:
    names = ["Jonathan Richardson", "Maria Gonzales", "Wei Zhang"]
    people = [{"id": 7_000_000 + n, "name": name, "total": 12.5 * n, "paid": True} for n, name in enumerate(names * 8)]
    text = json.dumps(people, indent=indent)
    found = [text[one.start : one.end] for one in model.find(text) if one.type == "PERSON"]
    for name in names:
        assert sum(name in one for one in found) >= 7


def test_a_name_among_numbers_is_found(model: NameModel) -> None:
    numbers = text_of("digits", 3_000)
    text = f"{numbers}\nReported by Jonathan Richardson\n{numbers}"
    assert "Jonathan Richardson" in {text[one.start : one.end] for one in model.find(text)}
