"""What a DOCX's diagrams and charts say: the texts of a diagram's shapes as a list, a chart's title and its values as
rows of a table.

Knows: the data that SmartArt and charts are drawn from (ECMA-376 part 1, sections 21.2 and 21.4). Knows nothing about
the document around, or how it is drawn.
"""

import re
import zipfile
from xml.parsers import expat

from normalizers.documents import docx_package

_MAX_CELLS = 10_000  # of one chart
_PARTS = {"tx": "name", "cat": "category", "xVal": "category", "val": "value", "yVal": "value"}  # of a series
_DATE = re.compile("[dy]", re.IGNORECASE)  # in a format: the value is a number of days


def text(archive: zipfile.ZipFile, name: str) -> str:
    """Return what the diagram or chart in a part says. Raises as `docx_package.parse`."""
    drawn = _Drawn()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = drawn.start
    parser.EndElementHandler = drawn.end
    parser.CharacterDataHandler = drawn.characters
    docx_package.parse(parser, archive, name)
    return drawn.text()


class _Drawn:
    """One pass over the elements: paragraphs, and the series of a chart, each with its name and its points."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._texts: list[str] = []  # of paragraphs
        self._paragraph: list[str] = []
        self._series: list[dict[str, dict[int, str]]] = []  # the parts of each, by their places
        self._part, self._place, self._cells = "", 0, 0
        self._is_date = False  # the part at hand

    def text(self) -> str:
        """Return what was collected."""
        if not self._series:
            return "\n".join(f"- {text}" for text in self._texts)
        names = [series.get("name", {}).get(0, "") for series in self._series]
        rows = [["", *names]] if any(names) else []
        categories = next((series["category"] for series in self._series if "category" in series), {})
        values = [series.get("value", {}) for series in self._series]
        places = sorted(set(categories).union(*values))
        rows += [[categories.get(at, ""), *(points.get(at, "") for points in values)] for at in places]
        return "\n".join([*self._texts, *map(" | ".join, rows)])

    def start(self, full_name: str, attributes: dict[str, str]) -> None:
        """Take an element's start."""
        name = full_name.rpartition(" ")[2]
        self._path.append(name)
        if name == "ser":
            self._series.append({})
        elif name in _PARTS and self._path[-2:-1] == ["ser"]:
            self._part, self._place, self._is_date = _PARTS[name], 0, False
        elif name == "pt" and attributes.get("idx", "")[:6].isdecimal():
            self._place = int(attributes["idx"][:6])

    def end(self, full_name: str) -> None:
        """Take an element's end."""
        name = self._path.pop()
        if name == "p" and "".join(self._paragraph).strip():
            self._texts.append(" ".join("".join(self._paragraph).split()))
        if name == "p":
            self._paragraph = []

    def characters(self, text: str) -> None:
        """Take a piece of text."""
        if self._path[-1] == "t":
            self._paragraph.append(text)
        elif self._path[-1] == "formatCode":
            self._is_date = _DATE.search(text) is not None
        elif self._path[-1] == "v" and self._part and not self._is_date and self._cells < _MAX_CELLS:
            points = self._series[-1].setdefault(self._part, {})
            points[self._place] = f"{points.get(self._place, '')} {text}".strip()  # categories may have several levels
            self._cells += 1
