"""One row of a file of many, as the file has it.

Knows: where it stands, its id, its values by column, or why it cannot be read. Knows nothing of the formats of files,
nor of what the values are for: a summary, an index or a search.
"""

from typing import Any, NamedTuple

from errors import UserError


class Record(NamedTuple):
    """A row's values by their columns, or what is wrong with it."""

    place: str  # what its file counts: "line" or "row"
    line: int  # where it stands in the file, from 1. CSV: where its record begins; Parquet: the row's number
    id: str | int | None  # from `id`, or else `custom_id`
    cells: dict[str, Any]  # what JSON has, and bytes: empty when there is an error
    error: UserError | None  # E1013

    def bad(self, problem: str) -> UserError:
        """Return the error E1013 of this row, which names its place; `problem` must quote no value."""
        return UserError("E1013", f"{self.place} {self.line:,}: {problem}")

    def __repr__(self) -> str:  # a log or a traceback must never show what a row holds
        return f"Record(line={self.line}, error={self.error!r})"
