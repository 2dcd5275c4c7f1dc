import base64
from pathlib import Path
from typing import Any

import pytest

from contract.request import SummaryRequest
from errors import UserError


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"text": "a", "length": "endless"}, "E1009 length is 'endless'; it must be one of brief, standard, detailed"),
        ({"text": "a", "temperature": 2.5}, "E1009 temperature is 2.5; it must be 0.0 to 2.0"),
        ({"text": "a", "temperature": float("nan")}, "E1009 temperature is nan; it must be 0.0 to 2.0"),
        ({"text": "a", "top_k": 0}, "E1009 top_k is 0; it must be 1 to 256"),
        ({"text": "a", "max_tokens": 5000}, "E1009 max_tokens is 5,000; it must be 0 to 4,096"),
        ({"text": "a", "focus": "x" * 1001}, "E1009 focus is 1,001 characters; it must be 0 to 1,000"),
        ({"text": "a", "seed": -1}, "E1009 seed is -1; it must be 0 to 2,147,483,647"),
        (
            {"text": "a", "stop_sequences": ("x" * 101,)},
            "E1010 stop sequence 1 has 101 characters; it must have 1 to 100",
        ),
        ({"text": "ä" * 10_000_001}, "E1005 text is 20,000,002 bytes; the limit is 20,000,000"),
        ({"text": " "}, "E1001 text holds 1 characters, none of them visible, and no document"),
        ({"text": "a", "document": Path("x")}, "E1003 text and document were both given; send one of them"),
        ({"text": "a", "redact_pii": "on"}, "E1009 redact_pii is 'on'; it must be one of off, mask, pseudonym"),
        ({"text": "a", "keep_terms": ("x",) * 101}, "E1009 keep_terms is 101 terms; it must be 0 to 100"),
        (
            {"text": "a", "redact_terms": ("x", " ")},
            "E1009 redact_terms, term 2 is 0 characters; it must be 1 to 200",
        ),
        (
            {"text": "a", "prompt": "b"},
            "E1015 text and prompt are names of one input and were both given; send one",
        ),
        (
            {"text": "a", "max_tokens": 1, "max_new_tokens": 1},
            "E1015 max_tokens and max_new_tokens are names of one input and were both given; send one",
        ),
        ({"prompt": "a", "document": Path("x")}, "E1003 text and document were both given; send one of them"),
        ({"prompt": "a", "max_new_tokens": 5000}, "E1009 max_tokens is 5,000; it must be 0 to 4,096"),
        ({"text": "data:text/plain;base64,YWJ"}, "E1103 text: the data URL's 3 characters are no base64"),
        (
            {"text": "data:,", "focus": "data:,a"},
            "E1001 text holds 0 characters, none of them visible, and no document",
        ),
        ({"text": "data:,a", "document": Path("x")}, "E1003 text and document were both given; send one of them"),
        ({"text": "a", "focus": f"data:,{'x' * 1001}"}, "E1009 focus is 1,001 characters; it must be 0 to 1,000"),
        (
            {"text": "a", "stop_sequences": ("a", f"data:,b%0A{'x' * 101}")},
            "E1010 stop sequence 3 has 101 characters; it must have 1 to 100",
        ),
        (
            {"document": "/etc/passwd"},
            "E1004 document must be a file, an http(s) URL or a data URL; a path is not read",
        ),
    ],
)
def test_a_request_that_is_wrong_says_what_and_names_both_numbers(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as refused:
        SummaryRequest(**inputs)
    assert str(refused.value) == message


def test_a_request_of_defaults_needs_only_a_text() -> None:
    assert SummaryRequest(text="a").temperature == 0


def test_other_names_of_inputs_are_those_inputs() -> None:
    inputs: dict[str, Any] = {"text": "", "max_tokens": 0, "prompt": "a", "max_new_tokens": 7}
    assert SummaryRequest(**inputs) == SummaryRequest(text="a", max_tokens=7)
    unused: dict[str, Any] = {"text": "a", "prompt": "", "max_new_tokens": 0}
    assert SummaryRequest(**unused) == SummaryRequest(text="a")


@pytest.mark.parametrize("name", ["text", "prompt", "html"])
def test_a_text_that_is_a_data_url_is_the_file_that_it_holds(name: str) -> None:
    inputs: dict[str, Any] = {name: "data:application/pdf;base64,JVBERg=="}
    found = SummaryRequest(**inputs)
    assert (found.text, found.html, found.file) == ("", "", b"%PDF")
    assert found.file_name.endswith(".pdf")
    assert "PDF" not in repr(found)


def test_any_other_text_that_is_a_data_url_is_the_text_that_it_holds() -> None:
    url = f"data:text/plain;base64,{base64.b64encode(('ä' * 1_000).encode()).decode()}"
    found = SummaryRequest(text="a", focus=url, system_prompt="data:,Be%20brief%0A", knowledge_filter='data:,{"a":"b"}')
    assert (found.focus, found.system_prompt, found.passage_filter) == ("ä" * 1_000, "Be brief", {"a": "b"})


def test_of_a_data_url_in_a_list_each_line_is_an_item() -> None:
    lines = "data:,Ann%20Roe%0D%0A%0ABo%0A"
    found = SummaryRequest(text="a", keep_terms=("Cy", lines), redact_terms=(lines,), stop_sequences=("data:,END",))
    assert found.keep_terms == ("Cy", "Ann Roe", "Bo")
    assert found.redact_terms == ("Ann Roe", "Bo")
    assert found.stop_sequences == ("END",)


def test_prose_about_data_urls_stays_as_it_is() -> None:
    prose = "data:text/plain;base64,YWI= is how two letters are written."
    found = SummaryRequest(text=prose, focus="data: what is it?", keep_terms=("data:sales,marketing",))
    assert (found.text, found.focus, found.keep_terms) == (prose, "data: what is it?", ("data:sales,marketing",))


def test_the_text_is_in_neither_repr_nor_error() -> None:
    assert "secret" not in repr(
        SummaryRequest(
            text="secret", focus="secret", system_prompt="secret", keep_terms=("secret",), redact_terms=("secret",)
        )
    )
    unknown: dict[str, Any] = {"text": "secret", "unknown": "secret"}
    with pytest.raises(ValueError, match="unknown") as refused:
        SummaryRequest(**unknown)
    assert "secret" not in str(refused.value)
