"""Words alone are believed when the whole text speaks for them."""

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.pii import names, plausible
from normalizers.pii.finding import Finding
from weights import load, registry

OTHER_WORDS = " and" * plausible.SHORT


def believed(text: str, scores: Mapping[str, list[float]]) -> list[str]:
    """Give each word the score that is its turn, as the model would, and find those from 0.3 on; full names at once."""
    turns = {word: iter(of_word) for word, of_word in scores.items()}
    likelihoods = [
        plausible.Likelihood(*match.span(), next(turns[match.group()]) if match.group() in turns else 0.0)
        for match in re.finditer(r"Ida Berg|\w+", text)
    ]
    findings = [Finding(start, end, "PERSON", score, "names") for start, end, score in likelihoods if score >= 0.3]
    return [text[finding.start : finding.end] for finding in plausible.believed(text, findings, likelihoods)]


def test_a_word_that_is_a_name_in_few_of_its_places_is_none() -> None:
    assert believed("Rust is fast. So Rust wins. Use Rust." + OTHER_WORDS, {"Rust": [0.0, 0.9, 0.1]}) == []
    assert believed("Ida is fast. So Ida wins. Ask Ida." + OTHER_WORDS, {"Ida": [0.1, 0.7, 0.6]}) == ["Ida", "Ida"]


def test_a_word_that_stands_once_is_believed() -> None:
    assert believed("So Ida wins." + OTHER_WORDS, {"Ida": [0.3]}) == ["Ida"]


def test_a_short_text_is_no_witness() -> None:
    assert believed("Will you come, Will?", {"Will": [0.0, 0.4]}) == ["Will"]
    assert believed("Will you come, Will?" + OTHER_WORDS, {"Will": [0.0, 0.4]}) == []


def test_a_word_in_lower_case_is_another_one() -> None:
    assert believed("Mark said: mark it, and mark that." + OTHER_WORDS, {"Mark": [0.4]}) == ["Mark"]
    assert believed("MARK said so, said Mark." + OTHER_WORDS, {"MARK": [0.0], "Mark": [0.4]}) == []


def test_a_word_in_lower_case_needs_more() -> None:
    assert believed("in this syntax, that syntax" + OTHER_WORDS, {"syntax": [0.9, 0.2]}) == []
    assert believed("In this Syntax, that Syntax" + OTHER_WORDS, {"Syntax": [0.9, 0.2]}) == ["Syntax"]


def test_a_title_speaks_for_the_word_behind_it() -> None:
    likely = {"Berg": [0.0, 0.4, 0.0]}
    assert believed("The Berg rule, of Colonel Berg, the Berg way." + OTHER_WORDS, likely) == ["Berg"]
    assert believed("The Berg rule, of kernel Berg, the Berg way." + OTHER_WORDS, likely) == []


def test_among_people_a_word_needs_little() -> None:
    likely = {"Lund": [0.3, 0.0, 0.0], "Rust": [0.3, *[0.0] * 9]}
    text = "So Lund said. Lund left. Lund won. The Rust." + " A Rust." * 9 + OTHER_WORDS
    assert believed(text, likely) == []
    people = {"Ida Berg": [0.9], "Ole": [0.9] * 3}
    assert believed("Ida Berg came. " + text, likely | people) == ["Ida Berg", "Lund"]
    assert believed("Ole, Ole, Ole. " + text, likely | people) == ["Ole", "Ole", "Ole", "Lund"]
    assert believed("PyTorch, PyTorch, PyTorch. " + text, likely | {"PyTorch": [0.9] * 3}) == ["PyTorch"] * 3
    # One full name in very many words makes no text about people.
    assert believed("Ida Berg came. " + text + OTHER_WORDS * 5, likely | people) == ["Ida Berg"]


@pytest.mark.parametrize(("elsewhere", "expected"), [(0.3, [0, 13]), (0.1, [0])])
def test_a_name_in_lower_case_is_one_wherever_it_is_on_average(elsewhere: float, expected: list[int]) -> None:
    text = "ida berg, so ida"
    found = [Finding(0, 8, "PERSON", 0.9, "names")]
    likelihoods = [plausible.Likelihood(0, 3, 0.95), plausible.Likelihood(13, 16, elsewhere)]
    more = plausible.echoes(text, found, likelihoods)
    assert [finding.start for finding in [*found, *more]] == expected


@pytest.mark.parametrize("value", ["Ida Berg", "40"])
def test_only_words_alone_and_only_names_and_places_are_doubted(value: str) -> None:
    text = f"{value}, {value}" + OTHER_WORDS
    likelihoods = [plausible.Likelihood(*match.span(), 0.0) for match in re.finditer(r"\w+", text)]
    findings = [Finding(0, len(value), "PERSON" if value[0].isalpha() else "ID_NUMBER", 0.4, "names")]
    assert plausible.believed(text, findings, likelihoods) == findings


@pytest.mark.parametrize("value", ["1", "64", "16-1", "S3", "base64", "s390x", "W3C"])
def test_a_short_number_and_code_are_no_place(value: str) -> None:
    assert plausible.believed(value, [Finding(0, len(value), "LOCATION", 0.9, "names")], []) == []


@pytest.mark.parametrize(
    "value", ["62704", "1213", "SW1A1AA", "12 Main St", "IL 62704", "Apt 4", "Springfield", "D-10"]
)
def test_an_address_or_a_part_that_tells_it_is_one(value: str) -> None:
    findings = [Finding(0, len(value), "LOCATION", 0.9, "names")]
    assert plausible.believed(value, findings, []) == findings


@pytest.mark.parametrize("value", ["pypdfium2", "manylinux2014", "riscv32imc", "cfnlintrc", "EN"])
def test_a_word_in_lower_case_with_few_digits_is_no_number_that_identifies(value: str) -> None:
    assert plausible.believed(value, [Finding(0, len(value), "LICENCE", 0.9, "names")], []) == []


@pytest.mark.parametrize("value", ["d1234567", "morga657054sm9ij", "GB52AEJL57263335291959", "VGhvbWFzIFJhbWlyZXo"])
def test_a_number_that_identifies_is_one(value: str) -> None:
    findings = [Finding(0, len(value), "LICENCE", 0.9, "names")]
    assert plausible.believed(value, findings, []) == findings


@given(
    st.lists(st.tuples(st.sampled_from(["Ida", "ida", "Rust", "Ida Berg", "62"]), st.floats(0, 1)), max_size=40),
    st.sampled_from(["", OTHER_WORDS]),
)
def test_what_is_believed_was_found_and_one_answer_holds_for_a_word(parts: list[tuple[str, float]], rest: str) -> None:
    text, findings = "", []
    for value, score in parts:
        findings.append(Finding(len(text), len(text) + len(value), "PERSON", score, "names"))
        text += value + ", "
    likelihoods = [plausible.Likelihood(found.start, found.end, found.score) for found in findings]
    others = [plausible.Likelihood(*match.span(), 0.0) for match in re.finditer("and", rest)]
    kept = plausible.believed(text + rest, findings, [*likelihoods, *others])
    assert kept == [finding for finding in findings if finding in kept]
    refused = {text[finding.start : finding.end] for finding in findings if finding not in kept}
    assert not refused.intersection(text[finding.start : finding.end] for finding in kept)


def test_the_model_is_asked_about_the_whole_text() -> None:
    """What the model says of a product is not taken at its word when it says it of one sentence only."""
    model = names.NameModel(load.find(registry.resolve("rampart")))
    alone = "She asked Cargo about it."
    assert [alone[finding.start : finding.end] for finding in model.find(alone)] == ["Cargo"]
    text = f"{alone} " + "The documentation of Cargo is long, and the Cargo package manager is old. " * 9
    assert model.find(text) == []


def test_digits_alone_are_no_place_unless_one_is_near() -> None:
    def places(text: str) -> list[str]:
        found = [Finding(*match.span(), "LOCATION", 0.9, "names") for match in re.finditer(r"Jena|[0-9]{4,5}", text)]
        return [text[place.start : place.end] for place in plausible.believed(text, found, [])]

    assert places("EXPOSE 3306 and 1002") == []
    assert places("07743 Jena") == ["07743", "Jena"]
    assert places("zip 07743") == ["07743"]
    assert places("Jena." + " and" * 40 + " 3306") == ["Jena"]
