"""Names in a table's column are told by its head, whatever the model knows of them."""

import pytest

from normalizers.pii.name_columns import find


def names(text: str) -> list[str]:
    return [text[found.start : found.end] for found in find(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Name,Email\nIda Berg,ida@posten.no\nOle,ole@posten.no\n", ["Ida Berg", "Ole"]),
        ("| First name | Last name |\n|---|---|\n| Ole | Lund |\n| Li | Na |", ["Ole", "Lund", "Li", "Na"]),
        ("Staff:\nId\tPatient\tRoom\n1\tD'Angelo, see below\t4\n2\tÓ Sé\t5\n\nWe left.", ["Ó Sé"]),
        ('"Vorname";"Ort"\n"Jürgen";"Ulm"', ["Jürgen"]),
        ("Name | Phone\nOle | 1\nTotal | 2\nn/a | 3", ["Ole"]),
    ],
)
def test_a_column_under_such_a_head_holds_names(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "| Name | Type | Default |\n|---|---|---|\n| Timeout | int | 3 |",
        "Name, place and date\nHammer, Ulm and May\n",
        "Employee\nHammer\n",
        "First name | Last name",
    ],
)
def test_of_other_tables_and_of_prose_nothing_is_taken(text: str) -> None:
    assert names(text) == []


@pytest.mark.parametrize("text", ["Name,Email\n" * 50_000, "Name,Email\nOle,1\n\n" * 50_000, "Name," * 50_000])
def test_many_heads_take_linear_time(text: str) -> None:
    assert len(names(text)) <= 50_000
