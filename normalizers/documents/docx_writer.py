"""The text of a DOCX's part while it is written: pieces, the gaps between them, and marks around struck text.

Knows: that a gap is written when something follows it, and that the larger of two counts. Knows nothing about elements.
"""

from normalizers.documents import html


class Writer:
    """Collects the pieces of a text."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._owed = ""  # the line ends or space between what was written and what will be
        self._is_struck = False  # whether ~~ is open

    def text(self) -> str:
        """Return what was collected."""
        return "".join(self._pieces)

    def position(self) -> int:
        """Return the number of the next piece, which is the gap before it."""
        return len(self._pieces)

    def last(self) -> str:
        """Return the piece that the next one follows without a gap, "" when there is none."""
        return "" if self._owed or not self._pieces else self._pieces[-1]

    def owe(self, gap: str) -> None:
        """Put a gap before the next piece, unless a larger one is owed."""
        if self._pieces and gap.count("\n") >= self._owed.count("\n"):
            self._owed = gap

    def end_list(self) -> None:
        """Let what follows a list stand apart from it, as from a paragraph."""
        if self._owed == "\n":
            self._owed = "\n\n"

    def end_cell(self) -> None:
        """Owe no space: a cell's mark or a row's end follows."""
        self._owed = self._owed.strip(" ")

    def end_row(self) -> None:
        """Put the next piece on a line of its own."""
        self._owed = ""
        self.owe("\n")

    def put(self, text: str, lead: str = "", *, is_struck: bool = False) -> None:
        """Write what is owed, what leads a paragraph, and a piece of text."""
        if not is_struck:
            self.strike(False)
        self._pieces.append(self._owed)
        self._owed = ""
        if lead:
            self._pieces.append(lead)
        if is_struck:
            self.strike(True)
        self._pieces.append(text)

    def strike(self, is_struck: bool) -> None:
        """Open or close the marks of struck text; space stays outside of them."""
        if is_struck and not self._is_struck:
            self._pieces.append("~~")
        elif self._is_struck and not is_struck:
            last = self._pieces[-1]
            self._pieces[-1] = last.rstrip() + "~~" + last[len(last.rstrip()) :]
        self._is_struck = is_struck

    def make_heading(self, start: int, level: int) -> None:
        """Make a heading, which is one line, of what was written since `start`."""
        if len(self._pieces) > start:
            self.strike(False)
            gap, *text = self._pieces[start:]
            line = html.heading("".join(text), level)
            if line is not None:
                self._pieces[start:] = [gap, line]
