"""The run of a card comes to its end on a CPU, and what is not as it should be is a row that says so."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import attention, card, many_rows, rows
from benchmarks.card import CONTINUOUS, PRECIS, SMALL, STATIC, VLLM, Row
from errors import UserError
from generation.engine_setup import EngineSetup

FAST = EngineSetup("cuda", "bfloat16", "kernels-community/flash-attn2", True, True, 1_000, 256, block_tables=True)
SLOW = replace(FAST, attention="sdpa", graphs=False, why_slow="the kernel did not load")


def answers(setup: EngineSetup, *tokens: list[int]) -> attention.Answers:
    return attention.Answers(setup, list(tokens), weights=1, cache=1, peak=1)


def test_it_runs_small_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "card.json"
    monkeypatch.setattr(sys, "argv", ["card", "--small", "--json", str(file)])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PRECIS_REPLICAS", "1")
    with many_rows.model(None) as folder:
        monkeypatch.setenv("PRECIS_MODEL", folder)
        with pytest.raises(SystemExit) as end:
            card.main()
    printed = capsys.readouterr().out
    assert not end.value.code, printed
    written = json.loads(file.read_text())
    by_name = {row["what"]: row for row in written["rows"]}
    loads = [(row["values"]["way"], row["values"]["clients"]) for row in written["rows"] if "way" in row["values"]]
    assert loads[:6] == [(way, clients) for way in (PRECIS, STATIC, CONTINUOUS) for clients in SMALL.requests]
    assert len({row["values"]["tokens_in"] for row in written["rows"] if row["values"].get("clients") == 2}) == 1
    assert "precis_cpu attention" in by_name["the engine, as the server says"]["measured"]
    same = by_name["greedy answers, precis_cpu and sdpa"]["values"]
    assert (same["equal"], same["answers"]) == (SMALL.compared, SMALL.compared)
    assert by_name[f"{PRECIS}, a table in one prediction"]["values"]["documents"] == SMALL.rows
    assert "one prompt" in by_name[f"{PRECIS}, a document of 3,000 tokens"]["measured"]
    assert VLLM in by_name or f"{VLLM}, 1 at once" in by_name
    assert printed.count("\n| ") == len(by_name) + 1
    assert rows.reports(60)[0] not in file.read_text() + printed


def test_a_card_that_fell_back_fails_and_says_what_is_missing() -> None:
    assert not card.choice(FAST).failed
    slow = card.choice(SLOW)
    assert slow.failed
    assert "without flash attention, CUDA graphs: the kernel did not load" in slow.measured
    on_cpu = replace(SLOW, device="cpu", attention="precis_cpu")
    assert not card.choice(on_cpu).failed


def test_answers_are_equal_token_by_token_and_the_first_that_differs_is_told() -> None:
    chosen = answers(FAST, [1, 2, 3], [1, 2, 3], [1, 2], [4])
    sdpa = answers(SLOW, [1, 2, 3], [1, 9, 3], [1, 2, 3], [4])
    row = card.equality(chosen, sdpa)
    assert row.measured == "2 of 4 equal; the others differ from token 2, 3 on"
    assert not row.failed


def test_one_kind_of_attention_twice_is_no_comparison() -> None:
    assert card.equality(answers(SLOW, [1]), answers(SLOW, [1])).failed


def crashing() -> Iterator[Row]:
    yield Row("first", "1", "good")
    raise RuntimeError("out of memory")


def test_a_part_that_fails_is_a_row_behind_those_that_it_had() -> None:
    found = list(card.part("the part", time.monotonic() + 100, SMALL, crashing))
    assert [(row.what, row.failed) for row in found] == [("first", False), ("the part", True)]
    assert found[1].measured == "failed: RuntimeError: out of memory"


def test_a_part_for_which_no_time_is_left_is_a_row() -> None:
    (row,) = card.part("the part", time.monotonic() - 1, SMALL, crashing)
    assert row.failed
    assert row.measured == "no time was left of 9 minutes"


def test_a_refused_card_is_measured_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(card.ALLOW_SLOW, "0")

    def measure() -> Iterator[Row]:
        if os.environ[card.ALLOW_SLOW] != "1":
            raise UserError("E2006", f"on this card the engine has no flash attention; {card.ALLOW_SLOW}=1 serves")
        yield Row("rate", "1", "slow")

    refused, rate = card.even_if_slow(measure)
    assert refused.failed
    assert "no flash attention" in refused.measured
    assert rate.what == "rate"


def test_another_refusal_is_not_tried_again() -> None:
    def measure() -> Iterator[Row]:
        raise UserError("E2001", "no such model")
        yield

    with pytest.raises(UserError):
        list(card.even_if_slow(measure))


def test_rates_stand_beside_the_static_batches_of_their_size(capsys: pytest.CaptureFixture[str]) -> None:
    def rate(way: str, clients: int, tokens: float) -> Row:
        return Row(f"{way}, {clients}", "", "", {"way": way, "clients": clients, "tokens_a_second": tokens})

    card.print_table([rate(PRECIS, 1, 30), rate(PRECIS, 8, 90), Row("memory", "1", "2 MB"), rate(STATIC, 8, 45)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[-2].strip() for line in lines[2:]] == ["", "2.00", "", "1.00"]
