"""The other half of a person's name: "Dawn" before the "Rhodes" that was found, "Haugen" behind the "\u00d8yvind".

Knows: findings, and lists of given names and surnames. Knows nothing of the model, which is surer of one half than of
the other, and takes "Dawn" and "Miles" for words.
"""

import re
from collections.abc import Iterable

from normalizers.pii import forenames, surnames
from normalizers.pii.finding import Finding
from normalizers.pii.name_spans import PARTICLE

_WORD = r"[^\W\d_a-z][^\W\d_]+(?:['-][^\W\d_]+)?"
_BEFORE = re.compile(rf"(?<![\w'@#.&-])({_WORD}) \Z")
_BEHIND = re.compile(rf" ((?:{PARTICLE} ){{0,2}})({_WORD})(?![\w-])")
_LONGEST = 32  # characters of a half


def complete(text: str, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings, which rise, with the persons among them as whole names. Linear time."""
    whole: list[Finding] = []
    for finding in findings:
        if finding.type == "PERSON":
            finding = _behind(text, _before(text, finding, whole[-1].end if whole else 0))
        whole.append(finding)
    return whole


def _before(text: str, finding: Finding, least: int) -> Finding:
    """Return a name with the given name before it."""
    match = _BEFORE.search(text, max(least, finding.start - _LONGEST), finding.start)
    if match and (forenames.is_one(match.group(1)) or forenames.is_word(match.group(1))):
        return finding._replace(start=match.start(1))
    return finding


def _behind(text: str, finding: Finding) -> Finding:
    """Return a given name alone with the surname behind it."""
    name = text[finding.start : finding.end]
    if " " in name or not (forenames.is_one(name) or forenames.is_word(name)):
        return finding
    match = _BEHIND.match(text, finding.end, finding.end + _LONGEST)
    is_surname = match is not None and (match.group(1) != "" or surnames.is_one(match.group(2)))
    return finding._replace(end=match.end()) if match and is_surname else finding
