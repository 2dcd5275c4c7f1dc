"""Personal data in legal documents: what is found of it, and at what false alarms.

    python -m benchmarks.legal              # --show prints what was missed and what was taken for nothing

A complaint, transcripts, a docket sheet, orders, declarations, agreements and letters (`data/legal`), written for
this with people who are made up; each is drawn several times. What stands in braces is a value; what stands in `<<>>`,
names of firms and of cited cases, is neither wanted nor wrong; courts, statutes, exhibits and Bates numbers are wrong.
Scored as `benchmarks.pii` scores. The rules were made with these documents in view.
"""

import argparse
import re
from collections.abc import Iterable, Iterator
from random import Random

from benchmarks import machine
from benchmarks.pii import REDACTED, Row, Span, load_finders, merge, score
from benchmarks.sets import DATA

EACH = 5  # draws of every document

_FIRST = (
    *("Angela", "Bartholomew", "Chidi", "Dolores", "Everett", "Farah", "Graciela", "Hannah", "Isaiah", "Joon-ho"),
    *("Karim", "Leticia", "Marcus", "Nadia", "Olivia", "Patrick", "Quentin", "Rosa", "Stanley", "Thuy", "Ursula"),
    *("Victor", "Wendell", "Ximena", "Yusuf", "Zelda"),
)
_LAST = (
    *("Adeyemi", "Brannigan", "Castellano", "Dubrovsky", "Esposito", "Fairweather", "Gutierrez", "Hollingsworth"),
    *("Iverson", "Jefferies", "Kowalczyk", "Lindgren", "McAllister", "Nakamura", "O'Rourke", "Pemberton", "Quintero"),
    *("Rosenbaum", "Stapleton", "Takahashi", "Underhill", "Vasquez", "Whitfield", "Yamamoto", "Zielinski"),
)
_MONTHS = ("January", "February", "March", "May", "July", "September", "November")
_STREETS = ("Alder Street", "Fulton Avenue", "Kearny Street", "Old Mill Road", "Juniper Lane", "West Third Street")
_TOWNS = ("Eugene, Oregon 97401", "Fresno, CA 93721", "Akron, Ohio 44308", "Waco, TX 76701", "Albany, New York 12207")
_ROLES = ("plaintiff", "defendant", "judge", "attorney", "opponent", "witness", "clerk", "reporter", "child", "spouse")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--show", action="store_true", help="print what was missed and what was taken for nothing")
    arguments = parser.parse_args()
    rows = documents(Random(0))
    print(f"# {machine.describe()}; {len(rows)} documents of {len(rows) // EACH} kinds")
    print("\n| finder | P | R | F2 | values | missed | false |\n|---|---|---|---|---|---|---|")
    for name, find in load_finders().items():
        if name not in (REDACTED, "Presidio"):
            continue
        found = score(rows, find)
        counts = f"{found.expected} | {found.expected - found.found} | {found.wrong}"
        print(f"| {name} | {found.precision:.3f} | {found.recall:.3f} | {found.f(2):.3f} | {counts} |")
        for line in _faults(rows, map(find, (row.text for row in rows))) if arguments.show and name == REDACTED else ():
            print(line)


def documents(draw: Random) -> list[Row]:
    """Return every document as often as EACH says, with the places of its values."""
    documents = [file.read_text(encoding="utf-8") for file in sorted((DATA / "legal").glob("*.txt"))]
    return [_filled(document, _cast(draw)) for document in documents for _ in range(EACH)]


def _filled(document: str, values: dict[str, str]) -> Row:
    text = ""
    core: list[Span] = []
    others: list[Span] = []
    for piece in re.split(r"(\{\w+\}|<<[^>]*>>)", document):
        start = len(text)
        if piece.startswith("{"):
            text += values[piece[1:-1]]
            if piece not in ("{Mr}", "{relation}"):
                core.append((start, len(text)))
        elif piece.startswith("<<"):
            text += piece[2:-2]
            others.append((start, len(text)))
        else:
            text += piece
    return Row(text, core, others)


def _cast(draw: Random) -> dict[str, str]:
    """Return the values of one document: its people, each in all the ways of writing, and their numbers."""
    values: dict[str, str] = {}
    firsts, lasts = draw.sample(_FIRST, len(_ROLES)), draw.sample(_LAST, len(_ROLES))
    for role, first, last in zip(_ROLES, firsts, lasts, strict=True):
        middle = draw.choice(("", "", f"{draw.choice('ABDEJLMRT')}. "))
        values |= {
            role: f"{first} {middle}{last}",
            role.upper(): f"{first} {middle}{last}".upper(),
            f"{role}_first": first,
            f"{role}_last": last,
            f"{role.upper()}_LAST": last.upper(),
            f"{role}_initial": f"{first[0]}. {middle}{last}",
            f"{role}_reversed": f"{last}, {first}",
        }
    year, number = draw.randint(15, 23), draw.randint(1_000, 9_999)
    day, month, birth_year = draw.randint(1, 28), draw.randint(1, 12), draw.randint(1940, 2009)
    kind, initials = draw.choice(("cv", "cr")), "".join(draw.choices("ABCDEFGHJKLM", k=3))
    return values | {
        "docket": draw.choice((f"{draw.randint(1, 8)}:{year}-{kind}-0{number}-{initials}", f"{year}-{kind}-{number}")),
        "state_case": draw.choice(
            (f"CV-20{year}-00{number}", f"20{year} D {number}", f"D-1-GN-{year}-00{number}", f"20{year}-{number}5")
        ),
        "appeal": f"{year}-{number}",
        "bankruptcy": f"2:{year}-bk-0{number}",
        "arbitration": f"01-{year}-0003-{number}",
        "claim": f"{year}A{number}7-03",
        "bar": f"{draw.randint(100_000, 340_000)}",
        "csr": f"{draw.randint(5_000, 14_000)}",
        "inmate": f"0{draw.randint(1_000_000, 2_400_000)}",
        "licence": f"{draw.choice('BDFN')}{draw.randint(1_000_000, 9_999_999)}",
        "account": f"{draw.randint(10**9, 10**10)}",
        "ssn": f"{draw.randint(100, 650)}-{draw.randint(10, 99)}-{number}",
        "birth": draw.choice(
            (
                f"{draw.choice(_MONTHS)} {day}, {birth_year}",
                f"{month}/{day}/{birth_year}",
                f"{month:02}-{day:02}-{birth_year}",
                f"{day} {draw.choice(_MONTHS)} {birth_year}",
            )
        ),
        "address": f"{draw.randint(12, 9_800)} {draw.choice(_STREETS)}, {draw.choice(_TOWNS)}",
        "town": draw.choice(_TOWNS).rsplit(" ", 1)[0],
        "state": draw.choice(("Nevada", "Ohio", "Texas", "California")),
        "phone": f"({draw.choice((541, 559, 330, 518))}) 555-01{draw.randint(10, 99)}",
        "email": f"{values['attorney_first'][0]}{values['attorney_last']}@example-law.com".lower().replace("'", ""),
        "Mr": draw.choice(("Mr.", "Ms.", "Dr.")),
        "relation": draw.choice(("daughter", "brother", "niece")),
    }


def _faults(rows: list[Row], predictions: Iterable[list[Span]]) -> Iterator[str]:
    for row, found in zip(rows, map(merge, predictions), strict=True):
        missed = (span for span in row.core if not _is_covered(span, found))
        wrong = (span for span in found if not _is_covered(span, [*row.core, *row.others]))
        for what, spans in (("missed", missed), ("wrong", wrong)):
            for start, end in spans:
                before, after = row.text[max(0, start - 30) : start], row.text[end : end + 20]
                yield f"{what}: {before!r} >> {row.text[start:end]!r} << {after!r}"


def _is_covered(span: Span, by: Iterable[Span]) -> bool:
    start, end = span
    return 2 * sum(max(0, min(end, other[1]) - max(start, other[0])) for other in by) >= end - start


if __name__ == "__main__":
    main()
