"""Numbers that are given to people and their things, behind labels of many countries and by their check digits."""

import pytest

from normalizers.pii.recognizers import find
from normalizers.pii.redactor import Redactor
from normalizers.pii.shadow import fold


def found(text: str) -> set[tuple[str, str]]:
    shadow = fold(text).text
    return {(finding.type, shadow[finding.start : finding.end]) for finding in find(shadow)}


@pytest.mark.parametrize(
    ("before", "value", "kind"),
    [
        ("Numéro de sécurité sociale : ", "1 84 12 76 451 089 46", "SSN"),
        ("sous le numéro ", "184127645108946", "SSN"),
        ("O CPF é ", "529.982.247-25", "TAX_ID"),
        ("o CNPJ ", "12.ABC.345/01DE-35", "TAX_ID"),
        ("PAN ", "ABCPE1234F", "TAX_ID"),
        ("Aadhaar ", "2345 6789 0124", "ID_NUMBER"),
        ("Claim # ", "CLM-2024-99817", "ID_NUMBER"),
        ("acct # ", "000123456789", "ID_NUMBER"),
        ("acct #", "000123456789", "ID_NUMBER"),
        ("customer number: ", "KD-2024-000817", "ID_NUMBER"),
        ("Tenant ref ", "TN/0098/B", "ID_NUMBER"),
        ("Kundennummer: ", "4-711-0815", "ID_NUMBER"),
        ("Mitglied Nr. ", "00912", "ID_NUMBER"),
        ("n\u00b0 de client ", "0044 1273", "ID_NUMBER"),
        ("sort ", "11-22-33", "ID_NUMBER"),
        ("ABA ", "121000358", "ID_NUMBER"),
        ("DL: ", "TX 12345678", "LICENCE"),
        ("UTR ", "12345 67890", "TAX_ID"),
        ("D.C. Bar #", "445190", "LICENCE"),
        ("procedimiento ordinario ", "512/2022", "CASE_NUMBER"),
        ("Ind. No. ", "71234/2019", "CASE_NUMBER"),
        ("TFN: ", "123 456 782", "ID_NUMBER"),
        ("Medicare number ", "2123 45670 1", "ID_NUMBER"),
        ("NHS no. ", "943 476 5919", "ID_NUMBER"),
        ("hers is ", "AB123456D", "SSN"),
        ("NPI ", "1234567893", "ID_NUMBER"),
        ("car, registration number ", "KX68 ZYP", "LICENCE"),
        ("immatricul\u00e9e ", "AB-344-CA", "LICENCE"),
        ("member # ", "W2281 99034", "ID_NUMBER"),
        ("bought ", "1HGCM82633A004352", "ID_NUMBER"),
        ("Fahrgestellnummer ", "WVWZZZ1JZXW000001", "ID_NUMBER"),
        ("S/N: ", "C02X1234ABCD", "ID_NUMBER"),
        ("serial number ", "4711-AB-99", "ID_NUMBER"),
        ("wifi ", "00:1A:2B:3C:4D:5E", "ID_NUMBER"),
        ("wifi ", "00-1A-2B-3C-4D-5E", "ID_NUMBER"),
        ("port ", "001a.2b3c.4d5e", "ID_NUMBER"),
        ("IDFA ", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "ID_NUMBER"),
        ("Case No. ", "1:19-cv-04321-ABC", "CASE_NUMBER"),
        ("in ", "2:20-cr-00111-XY", "CASE_NUMBER"),
        ("Docket No. ", "CV-2019-003456", "CASE_NUMBER"),
        ("Aktenzeichen ", "12 O 345/19", "CASE_NUMBER"),
        ("the matter ", "CV-2024-0410", "CASE_NUMBER"),
        ("see ", "1:19-cr-00123-JFK-1", "CASE_NUMBER"),
        ("the appeal, No. ", "24-1234", "CASE_NUMBER"),
        ("the court in ", "2019-CA-001234", "CASE_NUMBER"),
        ("filed as ", "30-2019-01056789-CU-PO-CJC", "CASE_NUMBER"),
        ("Civ. A. No. ", "12-345", "CASE_NUMBER"),
        ("sygn. akt ", "II C 123/19", "CASE_NUMBER"),
        ("State Bar No. ", "123456", "LICENCE"),
        ("Attorney I.D. No. ", "12345", "LICENCE"),
        ("WSBA #", "12345", "LICENCE"),
        ("WSBA No. ", "12345", "LICENCE"),
        ("CSR No. ", "11650", "LICENCE"),
        ("TDCJ No. ", "01451396", "ID_NUMBER"),
        ("filed under ", "219 09 9999", "SSN"),
        ("her social: ", "219 09 9999", "SSN"),
        ("the passport with the number ", "C31835775", "PASSPORT"),
        ("SBN ", "234567", "LICENCE"),
        ("Badge #: ", "1187", "LICENCE"),
        ("NI number ", "QQ 12 34 56 C", "ID_NUMBER"),
        ("A-Number: ", "A 204-553-118", "ID_NUMBER"),
        ("Receipt No. ", "MSC2190447122", "ID_NUMBER"),
        ("Policy No. ", "LV-882-4471", "ID_NUMBER"),
        ("account ending in ", "44712", "ID_NUMBER"),
        ("plate ", "KJ19 ZTV", "LICENCE"),
        ("Registration plate: ", "7ABC123", "LICENCE"),
        ("Acct ", "00123456789", "ID_NUMBER"),
        ("Frame no. ", "WBA3A5C51CF256987", "ID_NUMBER"),
        ("badge #", "77120", "ID_NUMBER"),
        ("Kennzeichen ", "M-AB 1234", "LICENCE"),
        ("Az. ", "VI ZR 1212/20", "CASE_NUMBER"),
        ("W.P.(C) No. ", "4412/2020", "CASE_NUMBER"),
        ("File number: ", "NSD 1622 of 2019", "CASE_NUMBER"),
        ("Case number (if known): ", "20-14471", "CASE_NUMBER"),
        ("Incident No.: ", "20-0044712", "CASE_NUMBER"),
    ],
)
def test_a_number_is_found_where_it_stands(before: str, value: str, kind: str) -> None:
    assert (kind, value) in found(f"{before}{value}, seen on Tuesday.")


@pytest.mark.parametrize("text", ["member since 2019", "member no 2019", "client id 12/03/2024", "policy number one"])
def test_a_year_and_a_date_behind_such_a_label_are_left(text: str) -> None:
    assert not {kind for kind, _ in found(text)} & {"ID_NUMBER"}


def test_an_iban_in_the_name_of_a_file_is_found() -> None:
    assert ("IBAN", "DE89370400440532013000") in found("scan_DE89370400440532013000_final.pdf")


@pytest.mark.parametrize(
    "text",
    [
        "As set out in clause 12.4.3.1 and section 5.2.1.3; see also Annex 8.1.2.4. 13.1.1.1 The rent is due.",
        "std::add(dead::beef) returns 0x7f; a = b::c; call ::feed; cafe::bad();",
        "the ip of boost::asio::ip::tcp, then fe::add and abc::def; a plate of 12 oysters; the badge 5",
        "It runs 4.18.2.7, and 1.1.4.2 before.",
        "docker pull registry.local/app:4.12.0.118",
        "from version 7.17.9.2 -> 8.11.1.4",
        "Figures 1.1.1.1 to 1.1.1.4 show it; see clauses 12.4.3.1, 12.4.3.2 and 12.4.3.9.",
        "the policy of 2019-2020, the account of 2020-01-15",
        "Pub. L. No. 104-191; CVE-2024-0410; GAO-19-123; the part XR-2024-0410; change CR-2024-0410; FY2019-2020",
        "11 219 09 9999 12\n21 219 09 9998 14",
        "case no 5; the bar 12345; a pan of 20 cm; sin 45; vin 2010; the serial comma; a docket of 12",
        "SHA256 fingerprint 16:27:AC:A5:76:28:2D:36:63:1B:56:4D:EB:DF:A6:48, 1234.5678.9012",
    ],
)
def test_a_number_that_is_nobodys_is_left(text: str) -> None:
    assert found(text) == set()


def test_an_address_of_a_machine_is_told_from_a_clause_by_what_stands_before_it() -> None:
    for text in ("from 8.8.4.4 came", "93.184.216.34", "ping 1.2.3.4", "1.1.1.1:53", "the host is 12.4.3.1"):
        assert {kind for kind, _ in found(text)} == {"IP"}


def test_a_number_in_brackets_behind_a_bars_letters_is_a_licence() -> None:
    assert ("LICENCE", "239102") in found("Ida Berg (VSB No. 239102)")


def test_a_case_number_has_a_placeholder_of_its_own() -> None:
    redacted, _ = Redactor("pseudonym", [find]).redact("Case No. 22-1234 was joined with Case No. 22-1299.")
    assert redacted == "Case No. [CASE_NUMBER_1] was joined with Case No. [CASE_NUMBER_2]."


@pytest.mark.parametrize("text", ["Assembly Version=4.0.0.0, Culture=neutral", '<dependency version="6.0.1.3" />'])
def test_a_version_behind_an_equals_sign_is_no_address(text: str) -> None:
    assert found(text) == set()


def test_an_address_that_holds_a_mac_address_is_found_in_any_network() -> None:
    assert found("peer fe80::21a:2bff:fe3c:4d5e on eth0") == {("IP", "fe80::21a:2bff:fe3c:4d5e")}
    assert found("peer fe80::1 on eth0") == set()


def test_a_case_number_of_a_county_is_found_where_a_court_is_near() -> None:
    assert ("CASE_NUMBER", "19-2-08831-7") in found("SUPERIOR COURT FOR PIERCE COUNTY\nNo. 19-2-08831-7 TAC")


@pytest.mark.parametrize("text", ["Upgrade from 3.11.4.2 to 3.12.0.1", "moved on from version 2.4.18.7"])
def test_a_version_behind_a_word_and_from_is_no_address(text: str) -> None:
    assert found(text) == set()


def test_a_password_in_an_address_may_hold_marks() -> None:
    assert found("amqp://svc:ebb#flow@mq:5672/x") == {("URL", "amqp://svc:ebb#flow@mq:5672/x")}
