from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contract.request import MAX_BYTES
from errors import Fault, PrecisError, UserError
from serving.client import Chunk, Completed, describe, error_from, stream, summarize
from serving.inputs import data_url
from serving.server import SPARE_PLACES, free_port, health, running_server
from tests.serving.processes import eventually

PLACES = 2 + SPARE_PLACES


def test_a_prediction_comes_back_whole(words_url: str) -> None:
    prediction = summarize(words_url, {"text": "one two", "style": "loud"})
    assert prediction["status"] == "succeeded"
    assert "".join(prediction["output"]) == "ONE TWO "
    assert prediction["metrics"]["output_token_count"] == 2


def test_a_stream_gives_every_piece_and_then_the_metrics(words_url: str) -> None:
    *chunks, last = stream(words_url, {"text": "one two"})
    assert chunks == [Chunk("one "), Chunk("two ")]
    assert isinstance(last, Completed)
    assert (last.status, last.metrics["output_token_count"]) == ("succeeded", 2)


def test_an_input_of_none_means_the_default(words_url: str) -> None:
    assert summarize(words_url, {"text": "a", "document": None, "style": None})["output"] == ["a "]


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("report.txt", ".txt"),
        ("report.html", ".html"),
        ("report.htm", ".html"),
        ("report.pdf", ".pdf"),
        ("README", ".txt"),
        ("notes.of-a-kind", ".txt"),
    ],
)
def test_a_file_arrives_whole_and_with_its_extension(words_url: str, tmp_path: Path, name: str, seen: str) -> None:
    (tmp_path / name).write_text("größer 長さ", encoding="utf-8")
    arrived, *words = summarize(words_url, {"document": data_url(tmp_path / name)})["output"]
    assert arrived.strip().endswith(f"file{seen}")
    assert words == ["größer ", "長さ "]


def test_markdown_is_sent_as_markdown(tmp_path: Path) -> None:
    (tmp_path / "report.MD").write_text("# one")
    assert data_url(tmp_path / "report.MD") == "data:text/markdown;base64,IyBvbmU="


def test_a_missing_file_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"E1004 .*none\.txt"):
        data_url(tmp_path / "none.txt")
    with pytest.raises(UserError, match="E1004"):
        data_url(tmp_path)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UserError, match=r"E1005 document large\.txt is 20,000,001 bytes; the limit is 20,000,000"):
        data_url(tmp_path / "large.txt")


@pytest.mark.parametrize("call", [summarize, lambda *args: list(stream(*args))])
@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("refuse", UserError, "E1002 document is 9,214 tokens; the model's context holds 8,192"),
        ("one break", Fault, "E5001 the engine stopped"),
        ("stumble", Fault, "E5000 .*no code here"),
    ],
)
def test_the_error_of_a_failed_prediction_is_raised_with_its_code(
    words_url: str, call: Callable[..., object], text: str, kind: type[PrecisError], message: str
) -> None:
    with pytest.raises(kind, match=message) as raised:
        call(words_url, {"text": text})
    assert "Traceback" not in str(raised.value)


def test_pieces_that_came_before_a_failure_are_not_lost(words_url: str) -> None:
    events = stream(words_url, {"text": "one two break"})
    assert [next(events), next(events)] == [Chunk("one "), Chunk("two ")]
    with pytest.raises(Fault, match="E5001"):
        next(events)


def test_an_input_that_the_schema_forbids_is_the_callers_error(words_url: str) -> None:
    with pytest.raises(UserError, match='E1009 style: "shrill" is not one of'):
        summarize(words_url, {"style": "shrill"})


def test_an_error_does_not_repeat_a_long_input(words_url: str) -> None:
    with pytest.raises(UserError, match=r"text: …x*\" is longer than 50 characters") as raised:
        summarize(words_url, {"text": "x" * 10_000})
    assert len(str(raised.value)) < 300


def test_nobody_there_is_an_error_with_the_address() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(UserError, match=f"E3001 nothing answers at {url}"):
        summarize(url, {})


def test_a_full_server_is_tried_again_until_a_place_is_free(words_url: str) -> None:
    def hold_a_place(_number: int) -> None:
        with pytest.raises(Fault, match="E5002"):
            list(stream(words_url, {"text": "sleep"}, timeout=4))

    with ThreadPoolExecutor(PLACES) as pool:
        holders = pool.map(hold_a_place, range(PLACES))
        assert eventually(lambda: health(words_url)["status"] == "BUSY")
        with pytest.raises(UserError, match=f"E3002 {words_url} had no free place for 0.3 s"):
            summarize(words_url, {"text": "a"}, patience=0.3)
        assert summarize(words_url, {"text": "a"}, patience=60)["output"] == ["a "]
        assert len(list(holders)) == PLACES


def test_leaving_a_stream_cancels_the_prediction(words_url: str) -> None:
    with pytest.raises(Fault, match="E5002"):
        list(stream(words_url, {"text": "sleep"}, timeout=0.5))
    with ThreadPoolExecutor(PLACES) as pool:  # every place is free, long before the sleeper would have woken
        texts = pool.map(lambda _: summarize(words_url, {"text": "a"}, patience=5)["output"], range(PLACES))
        assert list(texts) == [["a "]] * PLACES


def test_a_worker_that_dies_is_a_fault(words_project: Path) -> None:
    with running_server(words_project, timeout=60) as url:
        with pytest.raises(Fault, match="Worker crashed"):
            summarize(url, {"text": "crash"})
        with pytest.raises(Fault):
            summarize(url, {"text": "one"})


def test_a_document_that_cog_cannot_fetch_is_the_callers_error(words_url: str) -> None:
    with pytest.raises(UserError, match="E1004 Input validation error"):
        summarize(words_url, {"document": f"http://127.0.0.1:{free_port()}/none.txt"})


def test_an_error_text_without_a_known_code_is_an_internal_fault() -> None:
    assert error_from("E9999 from the future").args == ("E5000 E9999 from the future",)
    assert isinstance(error_from("Prediction failed: UserError: E1001 nothing"), UserError)
    assert isinstance(error_from("Prediction failed: Fault: E5002 too late"), Fault)


def test_metrics_are_told_in_one_line_as_far_as_they_are_there() -> None:
    metrics = {"output_token_count": 1234, "predict_time": 2.5, "model": "m"}
    assert describe(metrics) == "1,234 tokens out, 2.50 s in all"
    assert describe({}) == ""
