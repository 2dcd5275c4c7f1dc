"""A sentence has the support that a model's answer means, once; and is doubted for that, or for what a rule found."""

import asyncio
import math
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from contract.results import Evidence, Verification
from errors import Fault
from verification import support
from verification.check import Check, Model, closest, log_odds, questions
from verification.verify import verify

DOCUMENT = "The bridge opened in 1984. It carries trams. " + "A ferry took all there was before. " * 3
SCALE = SimpleNamespace(slope=2.0, intercept=-1.0, threshold=0.3)


class Answers:
    """Says no of what has cheese in it, and remembers what it was asked."""

    prompt_count = input_token_count = cached_token_count = 0

    def __init__(self, *, fits: bool = True) -> None:
        self.fits = fits
        self.asked: list[tuple[str, str | None]] = []

    async def ask(self, question: str, parts: str | None = None) -> float:
        self.asked.append((question, parts))
        self.prompt_count += 1
        return -3.0 if "cheese" in question else 2.0


def checked(text: str, asks: Answers | None, passages: Sequence[str] = (), times: int = 1) -> Verification:
    async def rules(text: str, document: str, passages: Sequence[str]) -> Verification:
        return verify(text, document, passages)

    async def parts(sentences: Sequence[str], texts: Sequence[str]) -> list[str]:
        return support.parts(sentences, texts)

    async def whole() -> Verification:
        check = Check(DOCUMENT, rules, None if asks is None else Model(asks, SCALE, parts))
        return [await check.verify(text, passages) for _ in range(times)][-1]

    return asyncio.run(whole())


def test_a_sentence_s_support_is_its_answer_on_the_model_s_scale_and_below_the_threshold_it_is_doubted() -> None:
    found = checked("The bridge carries trams. The bridge is of cheese.", Answers())
    first, second = (one.copied for one in found.sentences)
    expected = [1 / (1 + math.exp(1 - 2 * log_odds(2.0, first))), 1 / (1 + math.exp(1 - 2 * log_odds(-3.0, second)))]
    assert [one.support for one in found.sentences] == pytest.approx(expected, abs=0.001)
    assert [one.unsupported for one in found.sentences] == [False, True]
    assert (found.checked_by, found.asked and found.asked.prompts) == ("rules and model", 4)


def test_a_sentence_that_is_copied_as_a_whole_is_believed_sooner() -> None:
    copied, joined = checked("The bridge opened in 1984. The trams opened in 1984.", Answers()).sentences
    assert copied.copied == 1
    assert joined.copied < 0.7
    assert copied.support and joined.support and copied.support > joined.support


def test_what_a_rule_finds_is_doubted_whatever_the_model_says() -> None:
    (sentence,) = checked("The bridge opened in 1985.", Answers()).sentences
    assert sentence.support
    assert sentence.support > 0.9
    assert sentence.unsupported


def test_without_a_model_rules_doubt_and_there_is_no_support() -> None:
    found = checked("The bridge opened in 1985. The bridge carries trams.", None)
    assert [(one.support, one.unsupported) for one in found.sentences] == [(None, True), (None, False)]
    assert (found.checked_by, found.asked) == ("rules", None)


def test_a_sentence_is_asked_about_once_and_without_what_was_put_into_it() -> None:
    asks = Answers()
    checked("The bridge carries trams [1]. The bridge carries trams [unsupported].", asks, times=2)
    assert tuple(asked for asked, _ in asks.asked) == questions("The bridge carries trams.", "It carries trams.")


def test_what_the_document_says_closest_stands_before_the_question() -> None:
    asks = Answers()
    checked("It opened in 1984 for trams, and the bridge carries them. Cheese is sold.", asks)
    bare, first, *others = (asked for asked, _ in asks.asked)
    assert "The document says" not in bare
    assert "The document says: The bridge opened in 1984. […] It carries trams.\n\nSentence: It opened" in first
    assert tuple(others) == questions("Cheese is sold.")


def test_support_is_the_mean_of_two_answers() -> None:
    class Divided(Answers):
        async def ask(self, question: str, parts: str | None = None) -> float:
            await super().ask(question, parts)
            return 1.0 if "Answer yes or no" in question else -2.0

    (sentence,) = checked("The bridge carries trams.", Divided()).sentences
    assert sentence.support == pytest.approx(1 / (1 + math.exp(1 - 2 * log_odds(-0.5, sentence.copied))), abs=0.001)


def test_a_fault_of_the_engine_is_raised_as_it_is() -> None:
    class Dying(Answers):
        async def ask(self, question: str, parts: str | None = None) -> float:
            raise Fault("E5001")

    with pytest.raises(Fault, match="E5001"):
        checked("The bridge carries trams. The bridge is of cheese.", Dying())


def test_of_what_is_closest_only_what_is_short_enough_and_of_the_document_stands_there() -> None:
    document = "".join(f"{number:04d}" for number in range(500))
    first, second, long = (
        Evidence(passage=0, start=start, end=end, score=1) for start, end in [(8, 12), (0, 4), (20, 900)]
    )
    other = Evidence(passage=1, start=0, end=4, score=1)
    assert closest((first, second, long), document) == "0000 […] 0002"
    assert closest((first, long), document) == closest((other, first), document) == "0002"
    assert closest((long, first), document) == closest((), document) == ""


def test_a_line_of_a_word_or_two_is_not_asked_about() -> None:
    asks = Answers()
    found = checked("# Summary\n\nThe bridge carries trams.", asks)
    assert [one.support is None for one in found.sentences] == [True, False]
    assert tuple(asked for asked, _ in asks.asked) == questions("The bridge carries trams.", "It carries trams.")


def test_passages_stand_beside_a_document_that_fits_and_among_the_parts_of_one_that_does_not() -> None:
    passages = ["Trams are trains that run in streets."]
    whole, parted = Answers(), Answers(fits=False)
    checked("The bridge carries trams.", whole, passages)
    checked("The bridge carries trams.", parted, passages)
    question, parts = whole.asked[0]
    assert passages[0] in question
    assert parts is None
    question, parts = parted.asked[0]
    assert passages[0] not in question
    assert parts is not None
    assert passages[0] in parts
    assert "It carries trams." in parts


def test_parts_are_what_stands_around_the_closest_sentences_in_the_document_s_order() -> None:
    filler = [f"Line {number} says that nothing happened to the ferry." for number in range(400)]
    lines = [*filler[:100], "The mayor sold the ferry.", *filler[100:300], "Its price was 40 crowns.", *filler[300:]]
    (found,) = support.parts(["The ferry's price was 40 crowns, and the mayor sold it."], [" ".join(lines)])
    assert found.index("The mayor sold the ferry.") < found.index("Its price was 40 crowns.")
    assert len(found) < 3_000
    assert support.parts(["Quantum leaps."], ["The ferry is slow."]) == [""]
