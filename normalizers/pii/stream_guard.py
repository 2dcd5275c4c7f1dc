"""The last look at a summary before it is sent: no known value leaves, and no placeholder or value in halves.

Knows: text in pieces of any size, and the request's `Redactor`. Knows nothing about models or HTTP. Text is held back
to the end of a sentence, or of some 200 characters where no sentence ends: what is sent cannot be taken back.
"""

import re

from normalizers.pii.redactor import Redactor
from normalizers.pii.spans import PLACEHOLDER, TYPES
from splitting.sentences import ends

_SPACES = re.compile(r"\s+(?=\S)")
_HELD = 200  # characters after which text without a sentence's end is sent up to a space
_AHEAD = 60  # characters that must have come behind it by then: what is looked at to find a good space
_KIND = "|".join(kind.replace("_", "[_ ]") for kind in TYPES)
_LIKE_PLACEHOLDER = re.compile(rf"\[?(?<![^\W_])(?:{_KIND})(?:[_ ]?[0-9]{{1,9}}|_)?(?![^\W_])\]?", re.IGNORECASE)
_NUMBERED = re.compile(r"[A-Z_]{2,}_[0-9]{0,9}")


class StreamGuard:
    """One summary's guard. Wherever its text is split, what comes out and the counts are the same."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._held = ""
        self._limit = _HELD
        self.counts = {"leaked": 0, "invented": 0, "damaged": 0}

    def feed(self, piece: str) -> str:
        """Take the next piece and return what may be sent, often nothing. Raises Fault E5004."""
        self._held += piece
        sent: list[str] = []
        while cut := self._next_cut():
            sent.append(self._check(self._held[:cut]))
            self._held = self._held[cut:]
            self._limit = _HELD
        return "".join(sent)

    def finish(self) -> str:
        """Return the rest, when there is no more to come. Raises Fault E5004."""
        rest, self._held = self._held, ""
        return self._check(rest)

    def _next_cut(self) -> int:
        """Return where the held text may be cut, 0 for nowhere yet. Looks at nothing that a later piece changes."""
        while True:
            stop = min(len(self._held), self._limit + 1)
            for _, end, _ in ends(self._held, 0, stop):
                if end < stop and not self._redactor.may_continue(self._held[:end]):
                    return end
            if len(self._held) < self._limit + _AHEAD:
                return 0
            if cut := self._last_space(self._held[: self._limit + _AHEAD]):
                return cut
            self._limit *= 2

    def _last_space(self, text: str) -> int:
        """Return the last cut of `text` at a space within the limit that parts no value, 0 where there is none."""
        values = [(redaction.start, redaction.end) for redaction in self._redactor.recheck(text)[1]]
        for match in reversed(list(_SPACES.finditer(text, 0, self._limit + 1))):
            inside = any(start < match.end() < end for start, end in values)
            if not inside and not self._redactor.may_continue(text[: match.end()]):
                return match.end()
        return 0

    def _check(self, text: str) -> str:
        """Return a stretch as it may be sent, and count what was wrong with it."""
        for match in _LIKE_PLACEHOLDER.finditer(text):
            looks = match.group()
            if PLACEHOLDER.fullmatch(looks):
                self.counts["invented"] += not self._redactor.has_seen(looks)
            elif looks[0] == "[" or looks[-1] == "]" or _NUMBERED.fullmatch(looks):
                self.counts["damaged"] += 1
        checked, leaks = self._redactor.recheck(text)
        self.counts["leaked"] += len(leaks)
        return checked
