"""Values out, placeholders in, and nothing of the values anywhere else."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import Fault
from normalizers.pii import recognizers
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.redactor import Redactor


def names(*known: str) -> Detector:
    """Stand where the model stands: find these names, the first time that each occurs only."""

    def find(text: str) -> list[Finding]:
        places = [(name, text.find(name)) for name in known]
        return [Finding(at, at + len(name), "PERSON", 0.9, "names") for name, at in places if at >= 0]

    return find


def redactor(mode: str = "mask", *known: str, keep: Sequence[str] = ()) -> Redactor:
    return Redactor(mode, [recognizers.find, names(*known)], keep)


def test_mask_names_the_type_and_the_report_the_place() -> None:
    text = "Write to ida.berg@posten.no, or ask Ida Berg."
    clean, redactions = redactor("mask", "Ida Berg").redact(text)
    assert clean == "Write to [EMAIL], or ask [PERSON]."
    assert [(r.type, text[r.start : r.end]) for r in redactions] == [
        ("EMAIL", "ida.berg@posten.no"),
        ("PERSON", "Ida Berg"),
    ]


def test_a_pseudonym_is_stable_over_texts_case_and_spaces() -> None:
    same = redactor("pseudonym", "Ida Berg", "Ole Lund")
    assert same.redact("Ida Berg met Ole Lund. IDA  BERG left.")[0] == "[PERSON_1] met [PERSON_2]. [PERSON_1] left."
    assert same.redact("A passage about Ole Lund")[0] == "A passage about [PERSON_2]"


def test_a_name_found_once_is_found_everywhere_and_so_is_its_surname() -> None:
    clean, redactions = redactor("pseudonym", "Ida Berg").redact("Ida Berg came. Then Berg spoke, and Ida Berg left.")
    assert clean == "[PERSON_1] came. Then [PERSON_1] spoke, and [PERSON_1] left."
    assert [r.detector for r in redactions] == ["names", "known value", "known value"]


def test_a_person_whose_name_is_a_things_is_found_again_but_not_in_the_things() -> None:
    text = "Peter Kallmann signed. Kallmann has no Kallmann syndrome."
    assert redactor("mask", "Peter Kallmann").redact(text)[0] == "[PERSON] signed. [PERSON] has no Kallmann syndrome."
    text = "Ida Hill-Burton signed. Hill-Burton left."
    assert redactor("mask", "Ida Hill-Burton").redact(text)[0] == "[PERSON] signed. [PERSON]-[PERSON] left."


def test_what_is_called_after_someone_who_is_named_as_well_is_redacted_unless_it_is_a_kind_of_thing() -> None:
    text = "Ole Lund is ill. Lund index cards, the Ole Lund Foundation, Lund syndrome."
    clean = "[PERSON] is ill. [PERSON] index cards, the [PERSON] Foundation, Lund syndrome."
    assert redactor("mask", "Ole Lund").redact(text)[0] == clean


def test_a_name_has_one_pseudonym_in_any_order_and_with_an_initial() -> None:
    known = ("Ida Berg", "Berg, Ida", "I. Berg", "Ole Berg")
    clean, _ = redactor("pseudonym", *known).redact("Ida Berg; Berg, Ida; I. Berg; Ole Berg.")
    assert clean == "[PERSON_1]; [PERSON_1]; [PERSON_1]; [PERSON_2]."


def test_whom_an_email_names_is_found_in_the_text() -> None:
    text = "From: dana.whitcombe@posten.no\nDana, can you? Whitcombe"
    assert redactor().redact(text)[0] == "From: [EMAIL]\n[PERSON], can you? [PERSON]"
    for other in ("customer.support@posten.no, Support", "dana@posten.no, Dana", "dana.berg.no@posten.no, Berg"):
        assert redactor().redact(other)[0] == f"[EMAIL], {other.split()[-1]}"


def test_a_part_that_is_an_ordinary_word_here_is_left() -> None:
    clean, _ = redactor("mask", "Mark Stone").redact("Mark Stone threw a stone. Stone is hard. Mark ran.")
    assert clean == "[PERSON] threw a stone. Stone is hard. [PERSON] ran."


def test_house_numbers_and_lower_case_places_are_not_looked_for_elsewhere() -> None:
    def places(text: str) -> list[Finding]:
        return (
            [Finding(0, 4, "LOCATION", 0.9, "names"), Finding(6, 11, "LOCATION", 0.9, "names")]
            if text[:1] == "5"
            else []
        )

    text = "5021, shore, then 5021 steps to the shore."
    assert Redactor("mask", [places], ()).redact(text)[0] == "[LOCATION], [LOCATION], then 5021 steps to the shore."


def test_a_word_of_a_url_is_not_looked_for_elsewhere() -> None:
    def urls(text: str) -> list[Finding]:
        return [
            Finding(match.start(), match.end(), "URL", 0.9, "names")
            for match in re.finditer(r"^linux|\b\w+\.no$", text)
        ]

    text = "linux is linux, and kontor.no is\nkontor.no"
    assert Redactor("mask", [urls], ()).redact(text)[0] == "[URL] is linux, and [URL] is\n[URL]"


def test_kept_terms_stay_even_inside_a_name() -> None:
    keep = redactor("mask", "Acme Lund", keep=["acme", "help@acme.com"])
    assert keep.redact("Acme Lund: help@acme.com, ole@acme.com")[0] == "Acme [PERSON]: help@acme.com, [EMAIL]"


def test_overlapping_findings_become_one_of_the_validated_type() -> None:
    card = "4111 1111 1111 1111"

    def vague(text: str) -> list[Finding]:
        return [Finding(text.index(card) - 3, text.index(card) + 6, "LOCATION", 1.0, "names")] if card in text else []

    clean, (redaction,) = Redactor("mask", [recognizers.find, vague], ()).redact(f"Pay at {card}.")
    assert clean == "Pay [CARD]."
    assert (redaction.type, redaction.detector) == ("CARD", "checksum")


def test_hidden_values_are_found_and_offsets_are_those_of_the_original() -> None:
    text = "☎ id\u0430\u200b@posten.no \ufb01"
    clean, (redaction,) = redactor().redact(text)
    assert clean == "☎ [EMAIL] \ufb01"
    assert text[redaction.start : redaction.end] == "id\u0430\u200b@posten.no"


def test_numbers_of_placeholders_that_came_with_the_text_are_not_given_again() -> None:
    assert redactor("pseudonym", "Ida Berg").redact("[PERSON_1] knows Ida Berg")[0] == "[PERSON_1] knows [PERSON_2]"


def test_a_failing_detector_fails_the_request_and_tells_nothing() -> None:
    def broken(text: str) -> list[Finding]:
        raise RuntimeError(text)

    with pytest.raises(Fault) as caught:
        Redactor("mask", [recognizers.find, broken], ()).redact("secret of Ida Berg")
    assert caught.value.code == "E5004"
    assert "Ida" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("finding", [(0, 99, "PERSON"), (3, 3, "PERSON"), (-1, 2, "PERSON"), (0, 2, "MADE_UP")])
def test_an_impossible_finding_fails_the_request(finding: tuple[int, int, str]) -> None:
    with pytest.raises(Fault, match="E5004"):
        Redactor("mask", [lambda _: [Finding(*finding, 0.5, "broken")]], ()).redact("short")


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode"):
        Redactor("off", [], ())


VALUES = [
    *("ida.berg@posten.no", "+47 22 86 44 00", "(415) 555-2671", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"),
    *("219-09-9999", "8.8.4.4", "https://eve:pa55word@db.kontor.no/x", "AKIAIOSFODNN7EXAMPLE", "Ida Berg", "Ole Lund"),
    *("12 Harbour Street, Apt 4", "Berg", "IDA BERG", "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe"),
]
PROSE = st.text(st.sampled_from("aeginorst MX09.,:;-+@#()[]/\n\u200b\u0430é_"), max_size=12)
TEXTS = st.lists(st.one_of(st.sampled_from([*VALUES, "SSN", "phone: ", "[PERSON]", "[EMAIL_2]", " "]), PROSE)).map(
    " ".join
)
MODES = st.sampled_from(["mask", "pseudonym"])


@given(TEXTS, MODES)
def test_redacting_twice_changes_nothing(text: str, mode: str) -> None:
    first = redactor(mode, "Ida Berg", "Ole Lund")
    once, _ = first.redact(text)
    assert first.redact(once) == (once, ())
    assert redactor(mode, "Ida Berg", "Ole Lund").redact(once) == (once, ())


@given(
    st.lists(st.sampled_from(VALUES), min_size=1),
    st.lists(st.sampled_from(["and", "the old", "said that", "..."])),
    MODES,
)
def test_no_value_is_left_in_text_report_or_repr(values: list[str], words: list[str], mode: str) -> None:
    text = ". ".join(f"{value}, {' '.join(words)}" for value in ["Ida Berg", "Ole Lund", *values])
    redactor_ = redactor(mode, "Ida Berg", "Ole Lund")
    clean, redactions = redactor_.redact(text)
    shown = f"{clean} {[r.model_dump() for r in redactions]} {redactor_!r}"
    for value in values:
        assert not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", shown, re.IGNORECASE)


@given(TEXTS, MODES)
def test_the_report_and_the_text_rebuild_each_other(text: str, mode: str) -> None:
    clean, redactions = redactor(mode, "Ida Berg", "Ole Lund").redact(text)
    position, pattern = 0, ""
    for redaction in redactions:
        assert position <= redaction.start < redaction.end <= len(text)
        pattern += re.escape(text[position : redaction.start]) + rf"\[{redaction.type}(?:_[0-9]+)?\]"
        position = redaction.end
    assert re.fullmatch(pattern + re.escape(text[position:]), clean)


@pytest.mark.parametrize("text", ["Ida Berg method", "Mary Jones disease", "Romberg Hansen", "I. Berg method"])
def test_a_name_that_goes_on_beyond_a_term_is_a_persons(text: str) -> None:
    name = text.removesuffix(" method").removesuffix(" disease")
    assert redactor("mask", name).redact(text)[0] == text.replace(name, "[PERSON]")


def test_an_office_before_a_name_is_no_part_of_it() -> None:
    assert redactor("mask", "Judge Adeyemi").redact("before Judge Adeyemi today")[0] == "before Judge [PERSON] today"


def test_what_stands_between_a_term_and_a_name_stays() -> None:
    assert redactor("mask", "Romberg, Hansen").redact("Romberg, Hansen")[0] == "Romberg, [PERSON]"


def test_a_name_inside_a_term_stays() -> None:
    assert redactor("mask", "Berg", "Romberg").redact("The Berg method. Romberg negative.")[1] == ()


def test_what_a_person_logs_in_with_is_found_by_the_name() -> None:
    text = "Felicity Whitcombe signed. user=fwhitcombe host=nb-whitcombef, not fwhitcomber."
    redactor = Redactor("mask", [lambda text: [Finding(0, 18, "PERSON", 0.9, "x")] if text[0] == "F" else []])
    assert redactor.redact(text)[0] == "[PERSON] signed. user=[PERSON] host=nb-[PERSON], not fwhitcomber."
