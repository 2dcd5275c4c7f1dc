"""A number that is nobody's is left, whatever a model takes it for."""

import re

import pytest

from normalizers.pii import recognizers
from normalizers.pii.finding import Finding
from normalizers.pii.impersonal import around


def every_number(text: str) -> list[Finding]:
    """A model that takes all that has a digit for a tax number."""
    return [Finding(*match.span(), "TAX_ID", 0.9, "names") for match in re.finditer(r"[\w.-]*[0-9][\w.-]*", text)]


@pytest.mark.parametrize(
    "text",
    [
        "cherry-pick 9fceb02d into PR #1182 and MR !204",
        "Fixes: 7c1e0b93, Reverts 41d0c2ba9f; after 3e9a71c0d4 all is well",
        "KB5034441 and MS17-010, in RAL 7016",
        "sha256:9f86d081884c7d65, MD5 d41d8cd98f00",
        "UPS 1Z999AA10123456784, MPN 9120-4431",
        "ISBN 978-0-306-40615-7, ISSN 2049-3630, ORCID 0000-0002-1825-0097, PMID 32939066, arXiv 2401.01234",
        "doi:10.1038/s41586-020-2649-2",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8, request 550e8400-e29b-41d4-a716-446655440000",
        "order 112-4839201-5532107, tracking 1Z999AA10123456784, sku 555-0142-03, Budget code 4711-0815-42",
        "it took 00:01:12.944 at 0x7ffd3a2b1c40",
        "see SMITH-000123 and ABC0001234",
        "CVE-2021-44228, CPT 99213, LOINC 2345-7, flight BA2490, bug 1029384",
        "RMA 558120, PO 4500017733, GL 61002000, EN 60601-1-2, SNOMED 44054006, CUSIP 037833100",
        "Invoice 2024-000418, Rechnung Nr. 20250118, Kundenauftrag 300118842, facture 20240311",
        "revenue 12,884,201 and 1.040.486,47 at 595 nm",
        "Mozilla/5.0 Safari/537.36",
    ],
)
def test_a_number_of_a_thing_is_left(text: str) -> None:
    assert around(every_number)(text) == []


@pytest.mark.parametrize("text", ["NDC 0002-8215-01", "Invoice 2024-000418, due", "lot 20240311-07, batch"])
def test_a_number_of_a_thing_is_no_phone_number(text: str) -> None:
    assert not [finding for finding in recognizers.find(text) if finding.type == "PHONE"]


def test_what_is_written_as_a_phone_number_is_one_behind_any_word() -> None:
    assert [finding.type for finding in recognizers.find("item: 415-555-2671")] == ["PHONE"]


@pytest.mark.parametrize("text", ["port: 8443", "token_count=318", '"pageSize": 500', "content-length: 48213"])
def test_what_a_program_counts_is_no_place(text: str) -> None:
    start = next(place for place, character in enumerate(text) if character.isdigit())
    assert around(lambda _: [Finding(start, len(text), "LOCATION", 1.0, "names")])(text) == []


@pytest.mark.parametrize("text", ["account: 48213077", "passport: 48213077", "support: 0800482130"])
def test_a_label_that_ends_like_a_count_is_a_persons(text: str) -> None:
    assert len(around(lambda _: [Finding(text.index(" ") + 1, len(text), "ID_NUMBER", 0.9, "names")])(text)) == 1


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("Chrome 119.0.6045.199", "6045.199"),
        ("pod api-6c9f7d8b5-zk2lq", "6c9f7d8b5"),
        ("sha512-ve9DsVNYG/MReqQhVUojodkhN692BErMA/jW7kbM==", "jW7kbM"),
        ("value 1607635102.00", "1607635102"),
    ],
)
def test_a_piece_of_a_longer_code_is_left(text: str, piece: str) -> None:
    start = text.index(piece)
    assert around(lambda _: [Finding(start, start + len(piece), "LICENCE", 0.9, "names")])(text) == []


@pytest.mark.parametrize("code", ["D123-4567-8901", "SMITH 610129-AB9CD", "AB12-CD34/889"])
def test_half_of_what_may_be_a_persons_number_stays_found(code: str) -> None:
    text = f"driving licence {code}, she said"
    start = text.index(code) + len(code) - 4
    assert len(around(lambda _: [Finding(start, start + 4, "LICENCE", 0.9, "names")])(text)) == 1


def test_pieces_that_are_a_whole_number_together_stay_found() -> None:
    text = "his licence is AB12-CD34, she said"
    halves = [Finding(start, start + 4, "LICENCE", 0.9, "names") for start in (15, 20)]
    assert around(lambda _: halves)(text) == halves


@pytest.mark.parametrize("text", ["cost 987.654.321 \u20ac", "cost EUR 2.345.678 now"])
def test_a_sum_in_a_currency_is_left(text: str) -> None:
    number = re.search(r"[0-9][0-9 .]*[0-9]", text)
    assert number is not None
    assert around(lambda _: [Finding(*number.span(), "TAX_ID", 0.9, "names")])(text) == []


def test_letters_before_a_things_number_are_left() -> None:
    assert around(lambda _: [Finding(7, 10, "LICENCE", 0.9, "names")])("ticket SUP-10233") == []


def test_sums_in_a_table_are_left() -> None:
    text = "Total 53 902 51 563 2 339\n"
    model = around(lambda _: [Finding(text.index("563"), text.index("563") + 3, "TAX_ID", 0.9, "names")])
    assert model(text) == []


def test_a_count_in_prose_is_no_place_but_may_be_a_phone_number() -> None:
    text = "a deficit of 88 201 430 in all"
    kinds = ("LOCATION", "PHONE", "ID_NUMBER")
    found = around(lambda _: [Finding(13, 23, kind, 0.9, "names") for kind in kinds])(text)
    assert [finding.type for finding in found] == ["PHONE", "ID_NUMBER"]
    text = "a deficit of 88 201 430 euros"
    assert around(lambda _: [Finding(13, 23, "PHONE", 0.9, "names")])(text) == []


def test_a_finding_of_two_such_numbers_is_left() -> None:
    text = "CPT 99213, LOINC 2345-7"
    assert around(lambda _: [Finding(4, len(text), "LOCATION", 0.9, "names")])(text) == []


def test_a_number_of_a_person_stays_found_and_so_do_names() -> None:
    assert len(around(every_number)("her number is 86095742719, his C01900847")) == 2
    person = Finding(6, 9, "PERSON", 0.9, "names")
    assert around(lambda _: [person])("order Ann 12345") == [person]


def test_a_number_of_digits_and_capitals_that_is_no_part_of_a_digest_stays_found() -> None:
    text = "held C01X0006H and AB123456"
    assert len(around(every_number)(text)) == 2
