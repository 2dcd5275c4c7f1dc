"""A streamed summary, each sentence of it held until it is judged; then it goes on, marked or not, or is left out.

Knows: text in pieces of any size, and where sentences end. Knows nothing of how a sentence is judged.
"""

from collections.abc import Awaitable, Callable

from splitting.sentences import ends, without_end
from verification.grounding import UNSUPPORTED

IsUnsupported = Callable[[str], Awaitable[bool]]


class Gate:
    """One summary's gate. Wherever its text is split, what comes out is the same."""

    def __init__(self, is_unsupported: IsUnsupported, *, marks: bool) -> None:
        """It `marks` what is unsupported, or leaves it out."""
        self._is_unsupported = is_unsupported
        self._marks = marks
        self._held = ""
        self._space: str | None = None  # between the last sentence that went on and the next; None: none did
        self.left_out = 0  # sentences

    async def feed(self, piece: str) -> str:
        """Take the next piece and return the sentences that may be sent."""
        self._held += piece
        stretches, start = [], 0
        for found in ends(self._held):
            if found.next < len(self._held):  # else it may go on
                stretches.append(self._held[start : found.next])
                start = found.next
        self._held = self._held[start:]
        return "".join([await self._pass(stretch) for stretch in stretches])

    async def finish(self) -> str:
        """Return the rest, when there is no more to come."""
        rest, self._held = self._held, ""
        return await self._pass(rest)

    async def _pass(self, stretch: str) -> str:
        """Return a sentence as it goes on, behind the space that stood before it."""
        sentence = stretch.rstrip()
        space = stretch[len(sentence) :]
        is_unsupported = bool(sentence) and await self._is_unsupported(sentence)
        if is_unsupported and not self._marks:
            self.left_out += 1
            if self._space is not None and "\n" not in self._space:
                self._space = space or self._space
            return ""
        if is_unsupported:
            place = len(without_end(sentence))
            sentence = f"{sentence[:place]} {UNSUPPORTED}{sentence[place:]}"
        sent = f"{self._space or ''}{sentence}"
        self._space = space
        return sent
