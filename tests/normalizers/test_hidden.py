"""What cleaning removes or replaces hides no personal data: detectors read the text as the model will."""

import re
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.request import SummaryRequest
from normalizers import steps
from normalizers.cleaning.unicode import clean
from normalizers.pii.detectors import Detectors, load_detectors
from normalizers.pii.stream_guard import StreamGuard
from weights import load, registry

NAME, EMAIL, CARD = "Jonathan Richardson", "jonathan.richardson@example.com", "4111 1111 1111 1111"
SENTENCES = {
    NAME: "Yesterday we met {} at the office.",
    EMAIL: "You can write to {} about it.",
    CARD: "It was paid with card {} on Monday.",
}


@cache
def removed() -> list[str]:
    """All that cleaning removes. What takes another code point's form, such as U+212B, is seen as before."""
    return [one for one, new in changed().items() if new in ("", "\ufffd")]


def replaced(plain: str) -> list[str]:
    """All that cleaning replaces by `plain`."""
    return [one for one, new in changed().items() if new == plain]


@cache
def changed() -> dict[str, str]:
    """What becomes of each character that cleaning changes: of 256 at once it is seen that it changes none."""
    found: dict[str, str] = {}
    for first in range(0, sys.maxunicode + 1, 256):
        characters = [chr(code) for code in range(first, first + 256)]
        if clean(apart := "x".join(["", *characters, ""])) != apart:
            found |= {one: new for one in characters if (new := clean(f"x{one}y")[1:-1]) != one}
    return found


@pytest.fixture(scope="module")
def detectors() -> Detectors:
    return load_detectors(load.find(registry.resolve("rampart")))


def told(value: str, text: str) -> list[str]:
    """What of `value` a reader sees in `text`: the whole, or a word of three letters or more of a half."""
    words = set(re.findall(r"\w+", clean(text)))
    halves = {half for place in range(len(value) + 1) for half in (value[:place], value[place:])}
    parts = {part for half in halves for part in re.findall(r"\w{3,}", half)}
    joined = re.sub(r"\W", "", value)
    return [*sorted(parts & words), *([joined] if joined in re.sub(r"\W", "", clean(text)) else [])]


def prepared(detectors: Detectors, value: str, variants: Sequence[str]) -> tuple[str, steps.Prepared]:
    text = "\n".join(SENTENCES[value].format(variant) for variant in variants)
    beside = SENTENCES[value].format(variants[0])
    request = SummaryRequest(text=text, focus=beside, system_prompt=beside, redact_pii="mask")
    return text, steps.prepare(request, detectors)


def leaks(detectors: Detectors, value: str, variants: Sequence[str]) -> list[str]:
    """What of `value`, written as the variants are, comes into a prompt or, repeated by the model, into a summary."""
    text, (document, request, redactor) = prepared(detectors, value, variants)
    assert redactor is not None
    guard = StreamGuard(redactor)
    summary = "".join(map(guard.feed, re.findall(r"(?s).{1,20}", text))) + guard.finish()
    return [
        part for read in (document.text, request.focus, request.system_prompt, summary) for part in told(value, read)
    ]


def with_one_between_each(value: str, characters: list[str]) -> Iterator[str]:
    """The value over and over, one of the characters between any two of its own, until each had its turn."""
    gaps = len(value) - 1
    for start in range(0, len(characters), gaps):
        between = [*characters[start : start + gaps], *[""] * gaps]
        yield value[0] + "".join(map("".join, zip(between, value[1:], strict=False)))


@pytest.mark.parametrize("value", SENTENCES)
def test_no_character_that_is_removed_hides_a_value(detectors: Detectors, value: str) -> None:
    """Each of them at one place; the next test tries all places."""
    assert len(removed()) > 10_000
    assert leaks(detectors, value, list(with_one_between_each(value, removed()))) == []


@st.composite
def hidden(draw: st.DrawFn, value: str) -> str:
    for character, place in draw(
        st.lists(st.tuples(st.sampled_from(removed()), st.integers(1, len(value) - 1)), min_size=1, max_size=3)
    ):
        value = value[:place] + character + value[place:]
    return value


@pytest.mark.parametrize("value", SENTENCES)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_wherever_they_stand(detectors: Detectors, value: str, data: st.DataObject) -> None:
    variants = data.draw(st.lists(hidden(value), min_size=1, max_size=20))
    assert leaks(detectors, value, variants) == []


@pytest.mark.parametrize("value", [NAME, EMAIL, CARD])
def test_the_report_says_where_a_hidden_value_stands(detectors: Detectors, value: str) -> None:
    invisible = removed()
    variants = [value[:place] + invisible[place] + value[place:] for place in range(1, len(value))]
    text, (document, _, _) = prepared(detectors, value, variants)
    assert [text[found.start : found.end] for found in document.redactions if found.end - found.start > 9] == variants


@pytest.mark.parametrize("value", [EMAIL, CARD])
@pytest.mark.parametrize("plain", [" ", "\n"])
def test_no_space_or_line_end_of_another_kind_hides_an_email_or_a_card(
    detectors: Detectors, value: str, plain: str
) -> None:
    odd = cycle(replaced(plain))
    for place in range(1, len(value)):
        assert leaks(detectors, value, [value[:place] + next(odd) + value[place:]]) == []


@pytest.mark.parametrize("plain", [" ", "\n"])
def test_none_hides_more_of_a_name_than_a_plain_one(detectors: Detectors, plain: str) -> None:
    """Of a name that a space parts within a word, the model may miss a half: it sees two words, as any reader does."""
    odd = cycle([one for one in replaced(plain) if one != "\t"])  # that parts cells, so a name as well
    for place in range(1, len(NAME)):
        texts = [
            prepared(detectors, NAME, [NAME[:place] + parting + NAME[place:]])[1].document.text
            for parting in (plain, next(odd))
        ]
        assert texts[0] == texts[1]
    for one in replaced(plain):
        assert leaks(detectors, NAME, [NAME.replace(" ", one)]) == []
