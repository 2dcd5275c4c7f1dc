import json

from contract import output
from contract.document import Document
from contract.results import Progress, Round, Summary, Timings

DOCUMENT = Document(text="Clean.", extracted="As it was.", media_type="text/plain")
PROGRESS = Progress(what="part", done=1, total=2)
SUMMARY = Summary(
    summary="Es trägt.",
    style="general",
    model="small",
    finish_reason="stop",
    rounds=(Round(prompts=1, input_token_count=3, output_token_count=2),),
    timings=Timings(queue=0, time_to_first_token=1, generation=1, total=2),
)


def test_text_streams_and_nothing_follows_it() -> None:
    assert output.of_piece("Es ", "text") == "Es "
    assert output.of_summary(SUMMARY, DOCUMENT, "text") is None


def test_json_waits_for_one_object_that_has_no_document() -> None:
    assert output.of_piece("Es ", "json") is None
    sent = json.loads(output.of_summary(SUMMARY, DOCUMENT, "json") or "")
    assert (sent["summary"], sent["source"]) == ("Es trägt.", None)


def test_json_stream_is_a_line_for_each_piece_and_one_with_summary_and_document() -> None:
    assert output.of_piece("träg\n", "json_stream") == '{"text": "träg\\n"}\n'
    line = output.of_summary(SUMMARY, DOCUMENT, "json_stream") or ""
    assert line.index("\n") == len(line) - 1
    assert json.loads(line)["source"] == {"extracted": "As it was.", "clean": "Clean."}


def test_progress_is_told_in_every_format() -> None:
    assert [output.of_piece(PROGRESS, one) for one in ("text", "json", "json_stream")] == [PROGRESS] * 3
