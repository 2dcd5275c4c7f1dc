"""What is asked by header, form or JSON becomes predict()'s inputs."""

import asyncio
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import UploadFile

from errors import UserError
from gateway import options


def test_headers_name_options_of_any_type() -> None:
    headers = {
        "x-summary-style": "legal",
        "X-Summary-Redact-Pii": "mask",
        "x-summary-max-tokens": "80",
        "x-summary-verify": "true",
        "x-summary-temperature": "0.5",
        "x-summary-keep-terms": '["Rhein", "Main"]',
        "accept": "application/json",
    }
    assert options.from_headers(headers.items()) == {
        "style": "legal",
        "redact_pii": "mask",
        "max_tokens": 80,
        "verify": True,
        "temperature": 0.5,
        "keep_terms": ["Rhein", "Main"],
    }


@pytest.mark.parametrize(
    "name", ["X-Summary-Stile", "X-Summary-Text", "X-Summary-Documents", "X-Summary-Output-Format"]
)
def test_a_header_that_is_no_option_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(UserError, match=r"E7005 .* options are style, length"):
        options.from_headers([(name, "x")])


def test_a_header_of_another_type_is_refused() -> None:
    with pytest.raises(UserError, match="E1009 max_tokens must be a whole number; what was given is not"):
        options.from_headers([("X-Summary-Max-Tokens", "many")])
    with pytest.raises(UserError, match="E1009 temperature must be a text, a number of 64 bits"):
        options.from_headers([("X-Summary-Temperature", "nan")])


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'"text"', b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused_without_being_quoted(body: bytes) -> None:
    with pytest.raises(UserError, match="E7006"):
        options.from_json(body)


def test_a_name_that_is_no_input_is_refused_and_null_is_left_out() -> None:
    with pytest.raises(UserError, match="E7006 a name is that of no input; inputs are text") as refused:
        options.from_json(b'{"texx": "a"}')
    assert "texx" not in str(refused.value)
    assert options.from_json(b'{"text": "a", "seed": null}') == {"text": "a"}


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", "9" * 400, '{"a": 1}', "[[1]]", "[" * 900 + "]" * 900])
def test_a_value_that_no_input_can_have_is_refused_before_a_model_sees_it(value: str) -> None:
    with pytest.raises(UserError, match="E1009 seed must be a text, a number of 64 bits"):
        options.from_json(f'{{"text": "a", "seed": {value}}}'.encode())


def test_an_input_of_two_names_has_one_afterwards() -> None:
    assert options.from_json(b'{"prompt": "a", "max_new_tokens": 9}') == {"text": "a", "max_tokens": 9}
    assert options.from_headers([("X-Summary-Max-New-Tokens", "9")]) == {"max_tokens": 9}
    with pytest.raises(UserError, match="E1015 max_tokens and max_new_tokens"):
        options.from_form([("max_new_tokens", "9"), ("max_tokens", "5")])


def test_of_a_text_no_value_is_shown_also_where_a_number_was_sent_for_it() -> None:
    given = {"text": 491511234567, "focus": True, "max_tokens": 5, "verify": True, "style": "legal"}
    shown = {"text": "12 characters", "focus": "4 characters", "max_tokens": 5, "verify": True, "style": "legal"}
    assert options.shown(given) == shown


def test_a_form_may_name_a_url_and_never_a_path_of_the_gateway() -> None:
    form = options.from_form([("document", "https://example.com/a.pdf"), ("max_tokens", "5")])
    assert form == {"document": "https://example.com/a.pdf", "max_tokens": 5}
    with pytest.raises(UserError, match="E1004 document must be a file"):
        options.from_form([("document", "/etc/passwd")])


def test_a_file_becomes_a_data_url_of_its_type_and_one_over_the_limit_is_refused() -> None:
    assert asyncio.run(options.data_url(upload(b"hi", "a.html"), "document")) == "data:text/html;base64,aGk="
    with pytest.raises(UserError, match=r"E1005 document is 20,000,001 bytes; the limit is 20,000,000"):
        asyncio.run(options.data_url(upload(bytes(20_000_001), "a.txt"), "document"))


def upload(content: bytes, name: str) -> UploadFile:
    return UploadFile(BytesIO(content), size=len(content), filename=name)


@given(st.binary(max_size=200))
def test_no_body_does_anything_but_give_inputs_or_an_error_of_ours(body: bytes) -> None:
    try:
        found = options.from_json(body)
    except UserError as error:
        assert error.code == "E7006"
    else:
        assert found.keys() <= options.fields().keys()
