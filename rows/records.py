"""What every format makes of a row: a Record with its id, or with what is wrong.

Knows: which values are an id, and how an error names its row. Knows nothing of formats, nor of other columns.
"""

from typing import Any

from contract.record import Record

IDS = ("id", "custom_id")  # the columns that an id can stand in; the first that has a value


def record(place: str, line: int, cells: dict[str, Any], problem: str = "") -> Record:
    """Return the row in `line` of a file that counts lines or rows; with a problem, its error E1013 says so.

    Of a row with a problem `cells` are what is certain all the same, such as its id.
    """
    name, value = next(((name, cells[name]) for name in IDS if is_given(cells.get(name))), ("", None))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        value = int(value)  # as pandas writes a column that has a gap
    identifier = value if _is_id(value) else None
    if not problem and identifier is None and value is not None:
        problem = f"{name} must be text or a whole number"
    made = Record(place, line, identifier, cells, None)
    return made._replace(cells={}, error=made.bad(problem)) if problem else made


def is_given(value: Any) -> bool:
    """Whether a cell holds anything: neither null nor blank."""
    return value is not None and value != b"" and not (isinstance(value, str) and not value.strip())


def _is_id(value: Any) -> bool:
    return type(value) is int or (isinstance(value, str) and _is_unicode(value))


def _is_unicode(text: str) -> bool:
    """Whether a text has no half of a surrogate pair, which no output can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
