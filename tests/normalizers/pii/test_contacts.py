"""How people are reached, also where it is written so that programs do not see it."""

import pytest

from normalizers.pii.recognizers import find
from normalizers.pii.shadow import fold


def found(text: str, kind: str) -> list[str]:
    shadow = fold(text).text
    return [shadow[finding.start : finding.end] for finding in find(shadow) if finding.type == kind]


@pytest.mark.parametrize(
    "email",
    [
        *(
            "jane.holm[@]fjordbank[.]com",
            "jane.holm<at>fjordbank.com",
            "jane(at)x(dot)nl",
            "jane {at} post.kontor {dot} no",
        ),
        *(
            "jane.holm at fjordbank.com",
            "jane.holm_AT_fjordbank_DOT_com",
            "jane-at-kontor-dot-com",
            "jane AT kontor DOT no",
        ),
        *(
            "jane.holm@fjordbank(.)com",
            "jane @ fjordbank . co . uk",
            "jane.holm@post[.]fjordbank[.]com",
            "jane arroba kontor punto es",
            "jane@kontor dot com",
            "jane (at) kontor punkt de",
        ),
        *("o'dwyer@firm.example", "jack&jill@firm.example", '"jo smith"@firm.example'),
    ],
)
def test_an_email_is_found_as_a_whole(email: str) -> None:
    assert email in found(f"write to {email}, please", "EMAIL")


@pytest.mark.parametrize(
    "text",
    [
        "Look at example.com, we are at openai.com. Look at the dot product and point at each dot in it.",
        "We meet @ 5. ok thanks @anna. nice",
        "array[a] = f(a) + x (a) y.z, items(at).x, look-at-me",
    ],
)
def test_an_at_between_words_is_left(text: str) -> None:
    assert found(text, "EMAIL") == []


def test_a_phone_number_is_found_behind_labels_of_other_languages() -> None:
    assert found("Mob: 98765 43210", "PHONE") == ["98765 43210"]
    assert found("Handy 0151 23456789, Tél : 01 23 45 67 89", "PHONE") == ["0151 23456789", "01 23 45 67 89"]


def test_a_title_in_capitals_is_followed_by_a_name_in_capitals() -> None:
    assert found("19   MR. PRUITT: Objection. The MS. Word", "PERSON") == ["PRUITT"]


@pytest.mark.parametrize("at", ["&#64;", "&#x40;", "&commat;"])
def test_an_at_may_be_written_as_pages_do(at: str) -> None:
    assert found(f"write to rui{at}costa.example.", "EMAIL") == [f"rui{at}costa.example"]


def test_a_drink_is_no_doctor() -> None:
    assert found("a can of Dr Pepper", "PERSON") == []


@pytest.mark.parametrize(
    "number",
    [
        "oh seven seven double-oh nine hundred four five six",
        "five five five, oh one four seven",
        "null eins sieben eins acht vier",
    ],
)
def test_a_phone_number_is_found_in_words(number: str) -> None:
    text = f"call me on {number} after six"
    assert [text[f.start : f.end] for f in find(text) if f.type == "PHONE"] == [number]


@pytest.mark.parametrize("text", ["one two three four five six seven", "two hundred forty five of nine"])
def test_counting_is_no_phone_number(text: str) -> None:
    assert find(text) == []
