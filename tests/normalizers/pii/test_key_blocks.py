"""A private key is found as a whole, however the file that holds it is shown."""

import random
import string

import pytest

from normalizers.pii.recognizers import find

_RANDOM = random.Random(19)
LINES = ["".join(_RANDOM.choices(string.ascii_letters + string.digits + "+/", k=64)) for _ in range(8)]
SHORT = "Zq81kk=="


def left(text: str) -> str:
    """What stands outside of the secrets that are found."""
    for finding in sorted(find(text), reverse=True):
        if finding.type == "SECRET":
            text = text[: finding.start] + text[finding.end :]
    return text


def block(kind: str = "RSA PRIVATE KEY", header: str = "") -> str:
    return "\n".join((f"-----BEGIN {kind}-----", *([header] if header else []), *LINES, SHORT, f"-----END {kind}-----"))


def before_lines(text: str, prefix: str) -> str:
    return "\n".join(prefix.replace("N", str(number)) + line for number, line in enumerate(text.split("\n"), start=1))


@pytest.mark.parametrize("prefix", ["", "> ", ">> ", "   N | ", "N: ", "key.pem:N:", "\t", "+", "    # ", "| "])
@pytest.mark.parametrize("cut", ["whole", "no end", "no begin"])
def test_a_key_goes_whatever_stands_before_its_lines(prefix: str, cut: str) -> None:
    lines = block().split("\n")
    part = {"whole": lines, "no end": lines[:-1], "no begin": lines[1:]}[cut]
    rest = left(f"this is the key\n{before_lines(chr(10).join(part), prefix)}\nkeep it well")
    assert not any(line in rest for line in (*LINES, SHORT))
    assert rest.startswith("this is the key\n")
    assert rest.endswith("keep it well")


@pytest.mark.parametrize(
    "text",
    [
        block("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2 (MingW32)\nComment: made with <Kleopatra>\n"),
        block("ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n"),
        block("OpenVPN Static key V1"),
        block().replace("-----", "---- ").replace("---- \n", " ----\n"),
        block().replace("\n", "\\n"),
        block().replace("\n", "\\n").split("\\n-----END")[0],
        "PuTTY-User-Key-File-3: ssh-ed25519\nComment: ops\nPrivate-Lines: 9\n"
        + "\n".join((*LINES, SHORT))
        + "\nPrivate-MAC: 0f1e2d",
    ],
)
def test_a_key_of_any_program_goes(text: str) -> None:
    rest = left(f"here\n{text}\nthere")
    assert not any(line in rest for line in (*LINES, SHORT))
    assert "here" in rest
    assert "there" in rest


def test_a_key_behind_a_comment_goes() -> None:
    assert left(f"untrusted comment: minisign encrypted secret key\n{LINES[0]}{LINES[1]}\nbye") == (
        "untrusted comment: minisign encrypted secret key\n\nbye"
    )


def test_the_words_around_a_mark_that_is_only_named_stay() -> None:
    text = "A file that begins with -----BEGIN PRIVATE KEY----- is a key.\nDo not send it.\n" + "A sentence. " * 2000
    assert left(text) == text.replace("-----BEGIN PRIVATE KEY-----", "")
    assert left(text + "-----END PRIVATE KEY-----").count("A sentence.") == 2000


@pytest.mark.parametrize(
    "unit", ["-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", "> A1b2\n", "Private-Lines: 2\n"]
)
@pytest.mark.timeout(20)
def test_a_long_text_of_anything_takes_linear_time(unit: str) -> None:
    """Quadratic time would take minutes."""
    find(unit * (200_000 // len(unit)) + "-----END PRIVATE KEY-----")
