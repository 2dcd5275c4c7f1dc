"""What a row can set: inputs of a request, by their names and types.

Knows: a request's inputs. Knows nothing of formats, or of any row.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from contract.request import SOURCES as ALL_SOURCES
from contract.request import SummaryRequest
from errors import UserError
from rows.records import IDS


def _kind(annotation: Any) -> type:
    """Name the type of an input, such as tuple for `tuple[str, ...]` or int for `int | None`."""
    if isinstance(annotation, UnionType):
        [annotation] = set(get_args(annotation)) - {NoneType}
    kind: type = get_origin(annotation) or annotation
    return kind


# No path (it would be one of the server's), and not the form of the output (it is that of the whole table).
KINDS = {
    name: _kind(field.annotation)
    for name, field in SummaryRequest.model_fields.items()
    if name != "output_format" and _kind(field.annotation) is not Path
}
SOURCES = tuple(name for name in ALL_SOURCES if name in KINDS)
ONE_SOURCE = f"{', '.join(SOURCES[:-1])} or {SOURCES[-1]}"
ONLY_FOR_ALL = "knowledge"  # an input that a row cannot set: one index serves the whole table
COLUMNS = (*IDS, *KINDS, ONLY_FOR_ALL)


_SHOWN_COLUMNS = 5
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,24}")


def check(place: str, found: Sequence[str]) -> list[str]:
    """Return the names of a table's columns as they are here, where case and surrounding blanks do not matter.

    Raises E1014 unless a row can have a source, and each of our columns is there once. Others may be private.
    """
    exact = [name.strip() for name in found]
    names = [_ours(name, exact) for name in exact]
    if not any(name in SOURCES for name in names):
        raise UserError("E1014", f"{place}: none of the {len(names):,} columns is {ONE_SOURCE}{_shown(exact)}")
    for name in COLUMNS:
        if names.count(name) > 1:
            raise UserError("E1014", f"{place}: {names.count(name):,} columns are named {name}")
    return names


def _ours(name: str, names: Sequence[str]) -> str:
    lower = name.lower()
    return lower if lower in COLUMNS and lower not in names else name


def _shown(names: Sequence[str]) -> str:
    """Return the first names for an error, or nothing where one of them is not written as a name: it may be a text."""
    named = [name for name in names if name]
    if not named or not all(_NAME.fullmatch(name) for name in named):
        return ""
    more = ["…"] if len(named) > _SHOWN_COLUMNS else []
    return f"; found {', '.join([*named[:_SHOWN_COLUMNS], *more])}"
