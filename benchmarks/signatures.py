"""How well mail signatures are found, by line, on a folder of marked mails.

    python -m benchmarks.signatures [FOLDER]    # FOLDER: benchmarks/data/email

The folder holds `signed` and `unsigned`, each with N_body.txt and N_sender.txt; a line of a signature begins with the
marker "#sig#" (mailgun/forge). The rules were written while looking at these mails, at the odd-numbered ones last.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

from benchmarks.sets import DATA, present
from normalizers.cleaning import signature

MARKER = "#sig#"


class Counts(NamedTuple):
    """Mails, and their lines that are not blank."""

    mails: int = 0
    marked: int = 0
    found: int = 0
    right: int = 0
    body: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Add two."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", default=DATA / "email", help="holds signed/ and unsigned/")
    folder = parser.parse_args().folder
    present(folder / "signed")
    halves = {"even": Counts(), "odd": Counts()}
    for path in sorted(folder.glob("*signed/*_body.txt")):
        number = path.name.removesuffix("_body.txt")
        half = "odd" if int(number) % 2 else "even"
        sender = path.with_name(f"{number}_sender.txt").read_text(encoding="utf-8", errors="replace").strip()
        halves[half] = halves[half].plus(score(path.read_text(encoding="utf-8", errors="replace"), sender))
    print("| half | mails | signature lines | precision | recall | body lines | body lines lost |")
    print("|---|---|---|---|---|---|---|")
    for name, counts in {**halves, "both": halves["even"].plus(halves["odd"])}.items():
        print(_row(name, counts))


def score(marked: str, sender: str) -> Counts:
    """Split one mail and compare with its marks."""
    lines = marked.splitlines()
    body = "\n".join(line.removeprefix(MARKER) for line in lines)
    kept, _ = signature.split(body, sender)
    first = len(kept.splitlines())
    pairs = [
        (line.startswith(MARKER), number >= first)
        for number, line in enumerate(lines)
        if line.removeprefix(MARKER).strip()
    ]
    return Counts(
        mails=1,
        marked=sum(is_marked for is_marked, _ in pairs),
        found=sum(is_found for _, is_found in pairs),
        right=sum(is_marked and is_found for is_marked, is_found in pairs),
        body=sum(not is_marked for is_marked, _ in pairs),
    )


def _row(name: str, counts: Counts) -> str:
    precision = counts.right / counts.found if counts.found else 0.0
    recall = counts.right / counts.marked if counts.marked else 0.0
    lost = counts.found - counts.right
    share = lost / counts.body if counts.body else 0.0
    return (
        f"| {name} | {counts.mails} | {counts.marked} | {precision:.3f} | {recall:.3f} | {counts.body}"
        f" | {lost} ({share:.2%}) |"
    )


if __name__ == "__main__":
    main()
