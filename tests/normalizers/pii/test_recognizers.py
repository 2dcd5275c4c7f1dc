"""What has a grammar is found by it, and what only looks alike is left."""

import random

import pytest

from normalizers.pii.recognizers import find
from normalizers.pii.shadow import fold


def found(text: str, locale: str = "US") -> list[tuple[str, str]]:
    shadow = fold(text).text
    return [(finding.type, shadow[finding.start : finding.end]) for finding in find(shadow, locale)]


@pytest.mark.parametrize(
    ("before", "value", "after", "kind"),
    [
        ("mail ", "ida.berg+list@post.kontor.no", ".", "EMAIL"),
        ("?to=", "ida_berg%40kontor.no", "&x=1", "EMAIL"),
        ("reach ", "ida at kontor dot com", " please", "EMAIL"),
        ("reach ", "ida [at] post.kontor [dot] org", "", "EMAIL"),
        ("call ", "(415) 555-2671", ".", "PHONE"),
        ("", "415-555-2671", " rang", "PHONE"),
        ("in Oslo ", "+47 22 86 44 00", ",", "PHONE"),
        ("Tel.: ", "22 86 44 00", "", "PHONE"),
        ("mobile: ", "0490 39 07 81", "", "PHONE"),
        ("we rang ", "020 7946 0958", " twice", "PHONE"),
        ("we rang ", "0490 39 07 81", " twice", "PHONE"),
        ("my number is ", "668 5702", "!", "PHONE"),
        ("we rang ", "(0116) 496 0123", " twice", "PHONE"),
        ("we rang ", "001-555-010-4477x21", " twice", "PHONE"),
        ("we rang ", "+44(0)1632 960 001", " twice", "PHONE"),
        ("paid with ", "4111-1111-1111-1111", ",", "CARD"),
        ("card no. ", "5018 0000 0009", " is lost", "CARD"),
        ("to ", "DE89 3704 0044 0532 0130 00", " PLEASE", "IBAN"),
        ("to ", "NO9386011117947", ".", "IBAN"),
        ("it is ", "219-09-9999", ".", "SSN"),
        ("SSN: ", "219099999", "", "SSN"),
        ("her social security number is ", "987 65 4320", "", "SSN"),
        ("ssn=", "2l9-O9-9999", "&", "SSN"),
        ("passport no. ", "C01900847", "", "PASSPORT"),
        ("EIN ", "12-3456789", "", "TAX_ID"),
        ("driver's license number: ", "D1234567", ".", "LICENCE"),
        ("chart ", "MRN-0042317", " says", "ID_NUMBER"),
        ("account number ", "000123456789", ".", "ID_NUMBER"),
        ("from ", "8.8.4.4", " came", "IP"),
        ("from ", "2001:4860:4860::8844", ".", "IP"),
        ("my ip is ", "192.168.7.9", ".", "IP"),
        ("born on ", "3 March 1961", " in", "DATE_OF_BIRTH"),
        ("DOB: ", "03/31/1961", "", "DATE_OF_BIRTH"),
        ("at ", "postgres://eve:pa55@db.kontor.no/x", " it", "URL"),
        ("at ", "https://kontor.no/f?id=3&access_token=abc", ".", "URL"),
        ("see ", "https://www.linkedin.com/in/ida-berg", ".", "URL"),
        ("key ", "AKIAIOSFODNN7EXAMPLE", "", "SECRET"),
        ("use ", "ghp_" + "a1B2" * 9, ".", "SECRET"),
        ("", "xoxb-1234567890-abcdef", "", "SECRET"),
        ("", "AIza" + "Sy0-_" * 7, "", "SECRET"),
        ("", "sk_live_" + "4eC39HqLyjWDarjt", "", "SECRET"),
        ("t=", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "", "SECRET"),
        ("password is ", "hunter2!", ".", "SECRET"),
        ('"api_key": "', "9f8e7d6c5b4a", '"', "SECRET"),
        ("Authorization: Bearer ", "mF_9.B5f-4.1JqM-long", "", "SECRET"),
        ("pay to ", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ".", "CRYPTO"),
        ("pay to ", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ".", "CRYPTO"),
        ("pay to ", "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe", ".", "CRYPTO"),
        ("lives at ", "12 Harbour View Street, Apt 4", ".", "LOCATION"),
        ("address: ", "8 harbour lane, apt 4, oslo", ".\nphone", "LOCATION"),
        ("is ", "8 Rue de la Gare", " now", "LOCATION"),
        ("at ", "Calle Mayor 12", " now", "LOCATION"),
        ("is ", "Rosenstraße 14", " now", "LOCATION"),
        ("to ", "PSC 1234, Box 567\nAPO AE 09012", "", "LOCATION"),
        ("ZIP code: ", "94105", "", "LOCATION"),
        ("in ", "San Mateo, CA 94401", ".", "LOCATION"),
        ("GPS: ", "59.9139, 10.7522", "", "LOCATION"),
        ("asked Dr. ", "Ida Berg", " about", "PERSON"),
        ("my name is ", "Ida Berg", ".", "PERSON"),
        ("?name=", "Ida Berg", "&x=1", "PERSON"),
        ("record of ", "I** B***", ",", "PERSON"),
        ("token ", "SWRhIEJlcmdtYW5u", " (base64)", "PERSON"),
        ("to ", "太郎 山田", " at", "PERSON"),
    ],
)
def test_a_value_is_found_where_it_stands(before: str, value: str, after: str, kind: str) -> None:
    shadow = fold(before + value + after).text
    spans = [(finding.start, finding.end) for finding in find(shadow) if finding.type == kind]
    assert (len(before), len(before) + len(value)) in spans


def test_a_private_key_is_found_as_a_whole() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEow+/IBAAK=\n-----END RSA PRIVATE KEY-----"
    assert ("SECRET", key) in found(f"the key:\n{key}\nkeep it")


@pytest.mark.parametrize(
    "text",
    [
        "Version 10.2.33.4 listens on 127.0.0.1, 0.0.0.0 and 10.0.0.7.",
        "The checksum 1234567812345678 and the number 4111111111111112 fail.",
        "Build 2024-03-12T10:20:30 took 12.345 to 67.890 seconds, 1,234,567 rows.",
        "ISBN 978-3-16-148410-0, DOI 10.1000/182, ORCID 0000-0002-1825-0097.",
        "See https://docs.python.org/3/library/re.html and git@github.com:org/repo.git.",
        "password: string, token: str, secret = os.environ['SECRET'], api_key=${API_KEY}",
        "The constant 0xdeadbeef, the hash d41d8cd98f00b204e9800998ecf8427e, std::vector<int>::iterator.",
        "numpy 1.26.4, Python 3.11, lines 100-200, range 0.5-0.75, ratio 16:9, at 12:30:45.",
        "He was born in a small town. The licence: Apache-2.0. Section 5, Table 12, Figure 3.",
        "| 100 200 300 | 400 500 600 | 2001 2002 2003 |",
        "Use Google Drive, Windows 11, Unit tests, iPhone 15 and RFC 2119 Section 4.",
        "account for 30 percent; tax of 1999; card games; call 3 functions; office 365; zip the file",
        "internationalization ABCDEFGHIJKLMNOP QmFzZTY0IGlzIGFuIGVuY29kaW5n",
    ],
)
def test_technical_prose_is_left(text: str) -> None:
    assert found(text) == []


def test_the_locale_says_whose_numbers_need_no_country_code() -> None:
    assert found("rang 06 12 34 56 78 twice", "fr") == [("PHONE", "06 12 34 56 78")]
    assert found("rang 06 12 34 56 78 twice", "US") == []


SEEDS = [
    *(
        "a",
        "1",
        "1 ",
        "1-",
        "1.",
        "A1",
        "+1 ",
        "(1) ",
        "a.",
        "a@",
        "@",
        "a@b.",
        ":",
        "1:",
        "a:",
        "/",
        "http://",
        "://a:",
    ),
    *("ssn ", "card 1", "passport no. ", "born on ", "license number ", "password=", "token is ", "eyJa.", "sk-"),
    *(
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nA ",
        "12 Main ",
        "1 A ",
        "Rue de ",
        "A ",
        "Main, ",
        "A\n",
    ),
    *(
        "12 Main Street, ",
        "12 Main Street Apt 4\n",
        "Dr. A ",
        "A* ",
        "A** ",
        "0x",
        "bc1q",
        "GB12 ABCD ",
        "GB12",
        " at a dot ",
    ),
    *(
        "\u5c71 ",
        "\u00e9",
        "[PERSON]",
        "name=A ",
        "lives at 1 A ",
        "Unit A, ",
        "zip ",
        "is ",
        "3 March ",
        "a-",
        "a_",
        "=",
        "'",
    ),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(20)
def test_a_long_text_of_anything_takes_linear_time(seed: str) -> None:
    """A quadratic pattern would take minutes."""
    find(fold(seed * (100_000 // len(seed))).text)


@pytest.mark.timeout(20)
def test_a_long_mixture_takes_linear_time() -> None:
    chosen = random.Random(7)
    find(fold("".join(chosen.choice(SEEDS) for _ in range(50_000))).text)
