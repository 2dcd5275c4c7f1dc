"""Addresses of the web that carry a password or a token, or that lead to a person.

Knows: how URLs are written. Knows nothing about the words around them.
"""

import re
from collections.abc import Iterator

from normalizers.pii.context import PATTERN
from normalizers.pii.finding import Finding

_URL = re.compile(
    r"(?<![A-Za-z0-9+.-])(?:https?|ftps?|sftp|ssh|wss?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|smtps?|ldaps?|git)"
    r"""://[^\s<>"'`|\\^{}]++""",
    re.IGNORECASE,
)
_URL_USER_AND_PASSWORD = re.compile(r"[a-z+]{2,16}://[^/?#\s:@]{0,256}:[^/\s@]{1,256}@", re.IGNORECASE)
_URL_PARAMETER = re.compile(
    r"[?&;#][a-z_-]{0,24}?(?:token|key|password|passwd|pwd|secret|sig|signature|session|session_?id|jwt|auth)="
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


def find(text: str) -> Iterator[Finding]:
    """Yield such addresses in the folded text."""
    if "://" not in text:
        return
    for match in _URL.finditer(text):
        url = match.group()[: len(match.group()) - _trailing_marks(match.group())]
        if _URL_USER_AND_PASSWORD.match(url) or _URL_PARAMETER.search(url):
            yield Finding(match.start(), match.start() + len(url), "URL", 0.9, PATTERN)
        elif _URL_FRONT_PAGE.fullmatch(url) or _URL_PROFILE.fullmatch(url):
            yield Finding(match.start(), match.start() + len(url), "URL", 0.6, PATTERN)


def _trailing_marks(value: str) -> int:
    return len(value) - len(value.rstrip(".,;:!?)]'\""))
