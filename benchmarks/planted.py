"""Long texts with personal data planted in them: real texts, values that are made up, and where these are is known.

Knows: how values of each type look, and sentences that such a value stands in. Knows nothing of what finds them.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

TEXTS = 20
WORDS = 2_000  # of a text
EACH = 4  # values of each type in a text
_LEAST = 3  # letters or digits in a row that are left of a value, and tell of it

_FIRST = (
    "Amara",
    "Bryn",
    "Caspian",
    "Delia",
    "Edvard",
    "Fatima",
    "Goran",
    "Helene",
    "Ismael",
    "Joanna",
    "Kwame",
    "Lucia",
)
_LAST = (
    "Abernathy",
    "Bianchi",
    "Castellanos",
    "Drummond",
    "Eriksen",
    "Falkner",
    "Grzelak",
    "Hollis",
    "Ibarra",
    "Jankowski",
    "Kessler",
    "Lamont",
)
_STREETS = ("Maple Street", "Harbour Road", "Oakfield Avenue", "Church Lane", "Kingsway", "Mill Drive")
_TOWNS = ("Portland, OR 97205", "Dayton, OH 45402", "Austin, TX 78701", "Salem, MA 01970")
_MONTHS = ("January", "March", "April", "June", "August", "October", "December")
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Planted(NamedTuple):
    """A value in a text: its place and its type."""

    start: int
    end: int
    type: str


class Text(NamedTuple):
    """A text and what was planted in it."""

    text: str
    values: tuple[Planted, ...]


def _digits(draw: Random, count: int) -> str:
    return "".join(draw.choices("0123456789", k=count))


def _person(draw: Random) -> str:
    first, last = draw.choice(_FIRST), draw.choice(_LAST)
    return draw.choice(
        (f"{first} {last}", f"{last}, {first}", f"{first[0]}. {last}", f"{first} {draw.choice('ABCD')}. {last}")
    )


def _email(draw: Random) -> str:
    name, host = f"{draw.choice(_FIRST)}.{draw.choice(_LAST)}".lower(), draw.choice(("mail", "post"))
    return draw.choice(
        (f"{name}@{host}.example.org", f"{name} (at) {host}.example.org", f"{name}@{host}[.]example[.]org")
    )


def _phone(draw: Random) -> str:
    forms = ("({}) 555-01{}", "{}-555-01{}", "+1 {} 555 01{}", "{}.555.01{}", "{} 555 01{} ext. 4")
    return draw.choice(forms).format(draw.choice((212, 415, 503, 617)), _digits(draw, 2))


def _card(draw: Random) -> str:
    number = f"4{_digits(draw, 14)}"
    number += luhn.calc_check_digit(number)
    return draw.choice((" ", "-", "")).join(re.findall("....", number))


def _iban(draw: Random) -> str:
    account = _digits(draw, 18)
    number = f"DE{mod_97_10.calc_check_digits(f'{account}DE')}{account}"
    return draw.choice((" ", "")).join(re.findall(".{1,4}", number))


def _birth(draw: Random) -> str:
    day, month, year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(1940, 2004)
    name = draw.choice(_MONTHS)
    return draw.choice(
        (f"{month:02}/{day:02}/{year}", f"{day} {name} {year}", f"{name} {day}, {year}", f"{year}-{month:02}-{day:02}")
    )


def _address(draw: Random) -> str:
    return f"{draw.randint(12, 980)} {draw.choice(_STREETS)}, {draw.choice(_TOWNS)}"


def _ssn(draw: Random) -> str:
    return draw.choice(("-", " ")).join(
        (str(draw.randint(100, 650)), str(draw.randint(10, 99)), str(draw.randint(1_000, 9_999)))
    )


def _secret(draw: Random) -> str:
    return "".join(draw.choices(_LETTERS, k=8)) + draw.choice("!$&(") + _digits(draw, 2)


def _key(draw: Random) -> str:
    letters = "".join(draw.choices(_LETTERS, k=36))
    return draw.choice(
        (
            f"ghp_{letters}",
            f"xoxb-{_digits(draw, 11)}-{letters[:24]}",
            f"sk_live_{letters[:24]}",
            f"glpat-{letters[:20]}",
        )
    )


def _mac(draw: Random) -> str:
    pairs = [f"{draw.randrange(256):02x}" for _ in range(6)]
    return draw.choice(
        (":".join(pairs).upper(), "-".join(pairs), ".".join("".join(pairs[at : at + 2]) for at in (0, 2, 4)))
    )


def _ip(draw: Random) -> str:
    groups = ":".join(f"{draw.randrange(4096, 65536):x}" for _ in range(6))
    return draw.choice(
        (
            ".".join(str(number) for number in (draw.choice((23, 45, 81, 150)), *draw.choices(range(1, 255), k=3))),
            f"2a02:8108:{groups}",
        )
    )


def _passport(draw: Random) -> str:
    return f"{draw.choice('CXYK')}{_digits(draw, 8)}"


def _case(draw: Random) -> str:
    number = f"{draw.randint(10, 25)}-cv-{_digits(draw, 5)}"
    return draw.choice((f"{draw.randint(1, 3)}:{number}", number, f"CV-20{draw.randint(10, 25)}-{_digits(draw, 4)}"))


# A sentence for each way in which a value is met, `{}` where it stands.
KINDS: dict[str, tuple[Callable[[Random], str], tuple[str, ...]]] = {
    "PERSON": (
        _person,
        (
            "The interview was held by {} on the second day.",
            "According to {}, the figures were late.",
            "Present were {} and two others.",
            "A letter from {} was read.",
            "The survey was designed by {}, then a fellow.",
            "Questions to {} went unanswered.",
            "It was signed: {}.",
            "The chair thanked {} for the work.",
        ),
    ),
    "EMAIL": (
        _email,
        (
            "Comments may be sent to {} until Friday.",
            "It was forwarded from {} the same evening.",
            "Copies went to {} as well.",
            "E-mail: {}.",
            "Write to {}, please.",
            "The account {} was closed.",
            "({}) replied within a day.",
            "His address is {} now.",
        ),
    ),
    "PHONE": (
        _phone,
        (
            "Staff can be reached at {} on working days.",
            "The caller left {} as a number.",
            "Tel. {} is out of order.",
            "Text {} before noon.",
            "Fax {} is no longer used.",
            "Her mobile, {}, was switched off.",
            "Ring {} after six.",
            "The hotline ({}) is free of charge.",
        ),
    ),
    "CARD": (
        _card,
        (
            "The fee was charged to card {} in May.",
            "A refund went to {} by mistake.",
            "The slip shows {} and no name.",
            "Visa {} was declined.",
            "They billed {} again.",
            "The number {} is on the receipt.",
            "Credit card: {}.",
            "It was paid with {} in full.",
        ),
    ),
    "IBAN": (
        _iban,
        (
            "Payment was made to {} within the week.",
            "The account is {}.",
            "IBAN: {}.",
            "It was sent to {} twice.",
            "The invoice names {} as the account.",
            "Refunds go to {} only.",
            "Transfer from {} on Monday.",
            "She wrote {} on the slip.",
        ),
    ),
    "DATE_OF_BIRTH": (
        _birth,
        (
            "The applicant, born {}, was notified.",
            "Date of birth: {}.",
            "She was born on {} in Ohio.",
            "The form has {} as his birthday.",
            "The record shows {} under date of birth.",
            "His DOB is {}.",
            "{} is her date of birth.",
            "The patient (born {}) was seen twice.",
        ),
    ),
    "ADDRESS": (
        _address,
        (
            "The notice went to {} by registered mail.",
            "She has lived at {} since then.",
            "Deliveries are made to {} only.",
            "Address: {}.",
            "The house at {} was sold.",
            "He moved to {} last year.",
            "It was mailed to {} in error.",
            "The witness, of {}, agreed.",
        ),
    ),
    "SSN": (
        _ssn,
        (
            "The form gives {} as the social security number.",
            "SSN {} was entered twice.",
            "Her social is {} on every page.",
            "The last claim was filed under {} in error.",
            "Social Security No. {} is missing.",
            "The card shows {} and a name.",
            "Taxpayer {} did not reply.",
            "His number, {}, was used by another.",
        ),
    ),
    "PASSWORD": (
        _secret,
        (
            "The password is {} on the old system.",
            "Login with password: {} and change it.",
            'The file says "pwd": "{}" in clear text.',
            "They set DB_PASS={} for all.",
            "The passphrase was changed to {} in May.",
            "Use {} as the password.",
            "Run it with --password {} once.",
            "The password for the archive is {} today.",
        ),
    ),
    "API_KEY": (
        _key,
        (
            "The script used {} for months.",
            "A token {} was found in the log.",
            "It calls the service with {}.",
            "The key {} was never revoked.",
            "export TOKEN={} was in the file.",
            "Authorization: Bearer {} was sent.",
            "He pasted {} in the chat.",
            "The value is '{}' in both.",
        ),
    ),
    "MAC": (
        _mac,
        (
            "The device with the address {} went offline.",
            "MAC {} was seen on the port.",
            "It is {} on the label.",
            "The log names {} again.",
            "Her laptop ({}) was found.",
            "The card reads {} in small print.",
            "ether {} is up.",
            "Block {} at once.",
        ),
    ),
    "IP": (
        _ip,
        (
            "The request came from {} at night.",
            "The server at {} did not answer.",
            "Traffic to {} was blocked.",
            "The log has {} in each line.",
            "IP: {}.",
            "The visitor ({}) came back.",
            "It resolved to {} for a day.",
            "A login from {} failed.",
        ),
    ),
    "PASSPORT": (
        _passport,
        (
            "He travelled on passport {} at the time.",
            "Passport no. {} has expired.",
            "The passport with the number {} was kept.",
            "Her passport is {}.",
            "Passport {} was issued in Lima.",
            "The passport number was {} then.",
            "Passport #{} is lost.",
            "The document, a passport ({}), was copied.",
        ),
    ),
    "CASE_NUMBER": (
        _case,
        (
            "It was filed as Case No. {} in the spring.",
            "See docket number {} for the order.",
            "The matter is {} before the district court.",
            "Docket No. {} is closed.",
            "In {} the court ruled for the agency.",
            "The appeal from {} is pending.",
            "Case {} was dismissed.",
            "The order in {} was vacated.",
        ),
    ),
}


def texts(files: Sequence[Path], draw: Random) -> list[Text]:
    """Return texts of WORDS words from the documents of `files`, each with EACH values of every type."""
    lines = (line for file in files for line in file.read_text(encoding="utf-8").splitlines())
    documents = [json.loads(line)["document"] for line in lines]
    return [plant(piece, draw) for _, piece in zip(range(TEXTS), _pieces(documents), strict=False)]


def plant(text: str, draw: Random) -> Text:
    """Return `text` with sentences between its own."""
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", text)
    added = [(kind, sentence) for kind, (_, forms) in KINDS.items() for sentence in draw.sample(forms, EACH)]
    places = sorted(draw.sample(range(len(sentences)), min(len(added), len(sentences))))
    draw.shuffle(added)
    before = dict(zip(places, added, strict=False))
    pieces: list[str] = []
    values: list[Planted] = []
    length = 0
    for number, sentence in enumerate(sentences):
        if number in before:
            kind, form = before[number]
            value = KINDS[kind][0](draw)
            start = length + form.index("{}")
            values.append(Planted(start, start + len(value), kind))
            pieces.append(form.format(value))
            length += len(pieces[-1]) + 1
        pieces.append(sentence)
        length += len(sentence) + 1
    return Text(" ".join(pieces), tuple(values))


def leaks(text: Text, covered: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the type of each value of which some letters or digits in a row are not in `covered` spans."""
    hidden = bytearray(len(text.text))
    for start, end in covered:
        hidden[start:end] = b"\1" * (end - start)
    for value in text.values:
        left = "".join(
            " " if hidden[place] else character
            for place, character in enumerate(text.text[value.start : value.end], value.start)
        )
        if any(len(run) >= _LEAST for run in re.findall(r"[^\W_]+", left)):
            yield value.type


def _pieces(documents: Sequence[str]) -> Iterator[str]:
    """Yield the first piece of each document, then the second of those that have one, and so on."""
    in_words = [document.split() for document in documents]
    for first in range(0, max(map(len, in_words)) - WORDS + 1, WORDS):
        yield from (" ".join(words[first : first + WORDS]) for words in in_words if len(words) >= first + WORDS)
