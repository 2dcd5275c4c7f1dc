"""What opens something: passwords, keys, tokens, and addresses that carry one.

Knows: how services write their keys and how people write down a password. Knows nothing about names.
"""

import re
from collections.abc import Iterator

from normalizers.pii.context import CONTEXT, PATTERN
from normalizers.pii.finding import Finding

_KEYS = re.compile(
    r"(?<![A-Za-z0-9_-])(?:"
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"  # AWS
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}"
    r"|glpat-[A-Za-z0-9_-]{20,64}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,255}"  # Slack
    r"|AIza[A-Za-z0-9_-]{35}"  # Google
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}"  # Stripe
    r"|sk-[A-Za-z0-9_-]{20,255}|hf_[A-Za-z0-9]{30,64}|r8_[A-Za-z0-9]{30,64}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,255}"
    r"|eyJ[A-Za-z0-9_-]{8,4096}\.eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,4096}"  # JWT
    r")(?![A-Za-z0-9_])"
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.\\]|-(?!-))*+"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
)
_LABELLED = re.compile(
    r"(?:password|passwd|passphrase|passcode|pwd|secret|(?:api|access|secret|private|auth|encryption)[ _-]?key"
    r"|(?:access|auth|refresh|api|session|bearer)?[ _-]?token)"
    r"""["']?[ \t]{0,2}(?:[:=]|\bis\b|\bwas\b)[ \t]{0,2}["'`]?([^\s"'`,;<>(){}\[\]$|&]{6,256})(?![(\[{])"""
)
_BEARER = re.compile(r"\bbearer[ \t]{1,2}([A-Za-z0-9._~+/=-]{16,4096})", re.IGNORECASE)
_BASIC = re.compile(r"\bauthorization:[ \t]{0,2}basic[ \t]{1,2}([A-Za-z0-9+/=]{8,512})", re.IGNORECASE)

_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])(?:https?|ftps?|sftp|ssh|wss?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|smtps?|ldaps?|git)"
    r"""://[^\s<>"'`|\\^{}]++""",
    re.IGNORECASE,
)
_URL_USER_AND_PASSWORD = re.compile(r"[a-z+]{2,16}://[^/?#\s:@]{0,256}:[^/?#\s@]{1,256}@", re.IGNORECASE)
_URL_PARAMETER = re.compile(
    r"[?&;#](?:[a-z]{1,12}[_-])?(?:token|key|apikey|password|passwd|pwd|secret|sig|signature|session|sessionid|jwt|auth)="
    r"[^&#\s]",
    re.IGNORECASE,
)
# A site's front page and a profile name their owner; a page somewhere below, as prose links to, does not.
_URL_FRONT_PAGE = re.compile(r"https?://www\.[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}/?", re.IGNORECASE)
_URL_PROFILE = re.compile(
    r"https?://(?:www\.|[a-z]{2}\.)?(?:linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|x\.com|tiktok\.com)"
    r"/@?[\w.-]{2,64}/?",
    re.IGNORECASE,
)


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    yield from (Finding(*match.span(), "SECRET", 0.9, PATTERN) for match in _KEYS.finditer(text))
    if "private key" in lowered:
        yield from (Finding(*match.span(), "SECRET", 0.9, PATTERN) for match in _PRIVATE_KEY.finditer(text))
    for match in _LABELLED.finditer(lowered):
        value = text[match.start(1) : match.end(1)].rstrip(".:?")
        if not lowered[match.start() - 1 : match.start()].isalnum() and _looks_secret(value):
            yield Finding(match.start(1), match.start(1) + len(value), "SECRET", 0.7, CONTEXT)
    for pattern in (_BEARER, _BASIC):
        for match in pattern.finditer(lowered):
            if any(character.isdigit() for character in match.group(1)):
                yield Finding(*match.span(1), "SECRET", 0.8, CONTEXT)
    if "://" in text:
        yield from _urls(text)


def _urls(text: str) -> Iterator[Finding]:
    for match in _URL.finditer(text):
        url = match.group()[: len(match.group()) - _trailing_marks(match.group())]
        if _URL_USER_AND_PASSWORD.match(url) or _URL_PARAMETER.search(url):
            yield Finding(match.start(), match.start() + len(url), "URL", 0.9, PATTERN)
        elif _URL_FRONT_PAGE.fullmatch(url) or _URL_PROFILE.fullmatch(url):
            yield Finding(match.start(), match.start() + len(url), "URL", 0.6, PATTERN)


def _looks_secret(value: str) -> bool:
    """Whether a value is more than a word or a number: prose says "token: string" and "password: required"."""
    if len(value) < 6 or re.search(r"\.\w+\.|://", value):
        return False
    return bool(re.search("[0-9!@#%^*+=/]", value) and re.search("[A-Za-z]", value))


def _trailing_marks(value: str) -> int:
    return len(value) - len(value.rstrip(".,;:!?)]'\""))
