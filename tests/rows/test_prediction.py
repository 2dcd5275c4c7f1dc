"""Rows through a summarizer that is not the model: what is under test is who runs when, and what a line says."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.document import Redaction
from contract.request import SummaryRequest
from contract.results import Placeholders, Round, Summary, Timings, Totals
from errors import Fault, UserError
from rows import prediction, tables
from rows.prediction import WINDOW
from rows.row import Row

TIMINGS = Timings(queue=0, time_to_first_token=0, generation=0, total=0)


async def summarize(request: SummaryRequest) -> Summary:
    """The first word, by a summarizer with moods."""
    if "sleep" in request.text:
        await asyncio.sleep(0.05)
    if "break" in request.text:
        raise RuntimeError(request.text)
    if "die" in request.text:
        raise Fault("E5001")
    return Summary(
        summary=request.text.split()[0],
        style=request.style,
        model="test",
        finish_reason="stop",
        rounds=(Round(prompts=1, input_token_count=3, output_token_count=1),),
        timings=TIMINGS,
        redactions=(Redaction(type="PERSON", start=0, end=1, detector="test", score=1),) * 2,
        placeholders=None if request.redact_pii == "off" else Placeholders(leaked=0, invented=0, damaged=0),
    )


def table(folder: Path, *rows: Any) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def run(path: Path, by: Callable[[SummaryRequest], Awaitable[Summary]] = summarize, **options: Any) -> list[Any]:
    """All that came out: lines as objects, then the Totals."""

    async def collect() -> list[Any]:
        request = SummaryRequest(documents=path, **options)
        items = [item async for item in prediction.stream(path, request, by)]
        return [json.loads(item) if isinstance(item, str) else item for item in items]

    return asyncio.run(asyncio.wait_for(collect(), 30))


def test_every_row_has_a_line_and_a_bad_one_stops_no_other(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        {"id": "a", "text": "Alpha one"},
        "no json",
        {"custom_id": "c", "text": "Gamma", "style": "news", "redact_pii": "mask"},
        {"id": 4, "text": "Delta", "length": "endless"},
        {"id": "e", "text": "break me"},
        {"id": "f", "text": "die"},
        {"id": "g"},
    )
    *lines, totals = run(path)
    by_line = {line["line"]: line for line in lines}
    assert by_line[1] == {
        "id": "a", "line": 1, "status": "succeeded", "summary": "Alpha", "style": "general", "finish_reason": "stop",
        "usage": {"input_token_count": 3, "output_token_count": 1},
    }  # fmt: skip
    assert (by_line[3]["id"], by_line[3]["style"], by_line[3]["redactions"]) == ("c", "news", {"PERSON": 2})
    assert {number: line["error"]["code"] for number, line in by_line.items() if line["status"] == "failed"} == {
        2: "E1013", 4: "E1009", 5: "E5000", 6: "E5001", 7: "E1013",
    }  # fmt: skip
    assert totals == Totals(succeeded=2, failed=5, input_token_count=6, output_token_count=2)
    assert "me" not in json.dumps(by_line[5]).split()


def test_lines_come_in_the_order_in_which_rows_are_done(tmp_path: Path) -> None:
    path = table(tmp_path, {"id": 1, "text": "Slow sleep"}, {"id": 2, "text": "Fast"})
    assert [line["id"] for line in run(path)[:-1]] == [2, 1]


def test_options_of_the_request_hold_where_a_row_has_none(tmp_path: Path) -> None:
    path = table(tmp_path, {"text": "Alpha"}, {"text": "Beta", "style": "legal"})
    lines = run(path, style="news")[:-1]
    assert sorted(line["style"] for line in lines) == ["legal", "news"]


def test_no_more_rows_are_under_way_than_the_window(tmp_path: Path) -> None:
    under_way, most = 0, 0
    full = asyncio.Event()

    async def count(request: SummaryRequest) -> Summary:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == WINDOW:
            await asyncio.sleep(0.05)  # for one too many to come
            full.set()
        await full.wait()
        under_way -= 1
        return await summarize(request)

    path = table(tmp_path, *({"text": f"Row {n}"} for n in range(3 * WINDOW)))
    assert len(run(path, count)) == 3 * WINDOW + 1
    assert most == WINDOW


def test_a_table_that_breaks_off_ends_with_a_line_that_says_where_and_the_totals(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n1,Alpha\n2,"never closed\n')
    first, last, totals = run(path)
    assert (first["id"], first["status"]) == ("1", "succeeded")
    message = "E1014 line 3: a quote opens here and never closes"
    assert last == {
        "id": None, "line": None, "status": "failed", "error": {"code": "E1014", "message": message},
    }  # fmt: skip
    assert totals == Totals(succeeded=1, failed=1, input_token_count=3, output_token_count=1)


def test_a_table_without_a_row_that_can_be_read_fails(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('id,text\n2,"never closed\n')
    with pytest.raises(UserError, match=r"E1014 .*line 2"):
        run(path)


def test_a_stream_that_is_left_cancels_its_rows(tmp_path: Path) -> None:
    cancelled: list[str] = []

    async def wait(request: SummaryRequest) -> Summary:
        if request.text == "First":
            return await summarize(request)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(request.text)
            raise
        raise AssertionError

    async def leave() -> None:
        path = table(tmp_path, {"text": "First"}, {"text": "Second"}, {"text": "Third"})
        items = prediction.stream(path, SummaryRequest(documents=path), wait)
        await anext(items)
        await asyncio.sleep(0.1)
        await items.aclose()
        await asyncio.sleep(0.1)
        assert sorted(cancelled) == ["Second", "Third"]  # here: asyncio.run() cancels whatever is left

    asyncio.run(leave())


def test_a_reader_that_breaks_is_a_fault_and_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> Iterator[Row]:
        raise RuntimeError("a fault of ours")
        yield

    monkeypatch.setattr(tables, "read", broken)
    with pytest.raises(ExceptionGroup):
        run(table(tmp_path, {"text": "Alpha"}))
