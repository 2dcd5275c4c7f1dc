"""Keys and tokens that a service gave out: their shape alone says what they are.

Knows: what tokens begin with, from the shapes that gitleaks maintains (`token_prefixes.toml`), and the few that have
another mark. Knows nothing about the words around them, but for the secret that stands beside an AWS key's name.
"""

import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from normalizers.pii.context import PATTERN
from normalizers.pii.finding import Finding

_REST = re.compile(r"[A-Za-z0-9_.+/=~-]{16,4096}+")
# Each behind what must stand in a text for it to be tried.
_SHAPES = tuple(
    (re.compile(needed), re.compile(pattern))
    for needed, pattern in (
        # A JSON web token, signed (three parts) or encrypted (five, of which the second may be empty).
        ("eyJ", r"(?<![\w-])eyJ[A-Za-z0-9_-]{8,4096}+(?:\.[A-Za-z0-9_-]{0,8192}+){2,4}"),
        ("hooks", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+-]{20,128}"),
        ("discord", r"https://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,21}/[\w-]{40,128}"),
        ("webhook", r"https://(?:[\w.-]{1,64}\.webhook|outlook)\.office(?:365)?\.com/webhook(?:b2)?/[\w@/-]{40,256}"),
        ("[0-9]{8}:", r"(?:(?<![0-9A-Za-z])|(?<=/bot))[0-9]{8,10}:[A-Za-z0-9_-]{35,64}(?![\w-])"),  # a Telegram bot's
        ("SK|AC", r"(?<!\w)(?:SK|AC)[0-9a-f]{32}(?!\w)"),  # Twilio
        ("-us[0-9]", r"(?<!\w)[0-9a-f]{32}-us[0-9]{1,2}(?!\w)"),  # Mailchimp
        ("atlasv1", r"(?<!\w)[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}"),  # HashiCorp Terraform
        ("key-", r"(?<![\w-])(?:pub)?key-[0-9a-f]{32}(?!\w)"),  # Mailgun
        ("[ps]at\\.", r"(?<!\w)[ps]at\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}(?!\w)"),  # Harness
        ("pat", r"(?<!\w)pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w)"),  # Airtable
        ("EAA", r"(?<!\w)EAA[A-Z][A-Za-z0-9]{80,512}+"),  # Facebook
        ("_mmk", r"(?<!\w)[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk(?!\w)"),  # MaxMind
        ("API-", r"(?<![\w-])API-[A-Z0-9]{26}(?!\w)"),  # Octopus Deploy
        ("sk_", r"(?<!\w)sk_[0-9a-f]{48}(?!\w)"),  # ElevenLabs
        ("secret_", r"(?<!\w)secret_[A-Za-z0-9]{43}(?!\w)"),  # Notion
        ("oy2", r"(?<!\w)oy2[a-z0-9]{43}(?!\w)"),  # NuGet
        ("[0-9]Q~", r"(?<![\w~.])[\w~.]{3}[0-9]Q~[\w~.-]{31,34}"),  # Azure Active Directory
        # what crypt() makes of a password: "$6$salt$hash", Apache's, Argon2's
        (
            r"\$[a-z0-9]",
            r"\$(?:[156]|md5|sha1|2[abxy]|y|gy|7|apr1|scrypt|s0|P|H|S|argon2(?:id|i|d)|pbkdf2(?:-sha\d{1,3})?|bcrypt(?:-sha256)?|8|9)"
            r"\$[A-Za-z0-9./+=,$-]{16,256}",
        ),
        (r"\{S?SHA", r"\{S?SHA(?:256|512)?\}[A-Za-z0-9+/=]{20,140}"),  # of a directory
        (
            r"pbkdf2_sha|bcrypt_sha|argon2\$",
            r"(?<!\w)(?:pbkdf2_sha\d{1,3}|bcrypt_sha256|argon2)\$[\w./+=,$-]{24,256}",
        ),  # Django
        # a Discord bot's
        (
            r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}",
            r"(?<![\w.-])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}(?![\w-])",
        ),
    )
)
_AWS_NAME = re.compile(r"(?<![A-Za-z0-9])(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=])(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_LEAST = 16  # characters behind a prefix
_LEAST_RANDOM = 10  # of them, without the words and the marks between
_MARKS = re.compile("[-_./]")
_WORD = re.compile("[a-z]{3,}|[A-Z][a-z]{2,}")
_INNER_CAPITAL = re.compile("(?<=[A-Za-z])[A-Z]")
_CAPITALS = 4  # within a value without a digit, so that it is none of words
_BESIDE = 160  # characters from an AWS key's name to its secret


def find(text: str) -> Iterator[Finding]:
    """Yield the keys and tokens in the folded text."""
    for prefix in filter(text.__contains__, _prefixes()):
        yield from _behind(prefix, text)
    for shape in (shape for needed, shape in _SHAPES if needed.search(text)):
        yield from (Finding(*match.span(), "SECRET", 0.9, PATTERN) for match in shape.finditer(text))
    for name in _AWS_NAME.finditer(text):
        yield Finding(*name.span(), "SECRET", 0.9, PATTERN)
        for secret in _AWS_SECRET.finditer(text, max(0, name.start() - _BESIDE), name.end() + _BESIDE):
            yield Finding(*secret.span(), "SECRET", 0.9, PATTERN)


@functools.cache
def _prefixes() -> tuple[str, ...]:
    lists = tomllib.loads(Path(__file__).with_name("token_prefixes.toml").read_text(encoding="utf-8"))
    return tuple(prefix for prefixes in lists.values() for prefix in prefixes)


def _behind(prefix: str, text: str) -> Iterator[Finding]:
    start = text.find(prefix)
    while start >= 0:
        end = start + len(prefix)
        if not text[start - 1 : start].isalnum() and (match := _REST.match(text, end)):
            end = match.end()
            value = match.group().rstrip("./-")
            if is_random(value):
                yield Finding(start, match.start() + len(value), "SECRET", 0.9, PATTERN)
        start = text.find(prefix, end)


def is_random(value: str) -> bool:
    """Whether it is more than a row of words, which "sk-learn-contrib-packages" is and "sk-ant-api03-" begins with."""
    rest = "".join(part for part in _MARKS.split(value) if not _WORD.fullmatch(part))
    is_mixed = any(map(str.isdigit, rest)) or len(_INNER_CAPITAL.findall(rest)) >= _CAPITALS
    return len(value) >= _LEAST and len(rest) >= _LEAST_RANDOM and is_mixed
