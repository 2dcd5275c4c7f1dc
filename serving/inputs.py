"""An input as a person types it, `name=value`, to what a server takes.

Knows: what `predict.py` says of its inputs, and that a file travels as a data URL. Knows nothing of what an input is
for; the server holds it to its limits.
"""

import base64
import json
import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from errors import UserError
from serving.signature import InputField

MEDIA_TYPES = {".md": "text/markdown", ".markdown": "text/markdown"}  # Python knows them only where the system does
_BOOLS = {"true": True, "false": False}


def add_argument(command: Any) -> None:
    """Let a command of argparse take inputs."""
    said = "any input below; a file is @PATH; again for a list's next item"
    command.add_argument("-i", dest="inputs", action="append", default=[], metavar="NAME=VALUE", help=said)


def describe(fields: Iterable[InputField]) -> str:
    """Return a line for each input: its name, what it does, its choices or its default."""
    return "\n".join(f"  {field.name:<18} {field.keywords.get('description', '')}{_values(field)}" for field in fields)


def typed(pairs: Iterable[str], fields: Sequence[InputField]) -> dict[str, Any]:
    """Return what `parse` does, of pairs that a person typed here: `@path` is a file, whatever the input.

    As Cog's own tool has it: the file travels as a data URL, and of a list each line of it is an item.
    """
    names = [field.name for field in fields]
    return parse([_with_file(pair, names) for pair in pairs], fields)


def parse(pairs: Iterable[str], fields: Iterable[InputField]) -> dict[str, Any]:
    """Return the inputs that `name=value` pairs say; a name that is there twice makes a list longer.

    Where an input is a file, a value is its path, or an http, https or data URL. Raises UserError E1009 for a name that
    is no input or a value of another type, E1004 and E1005 for a file.
    """
    known = {field.name: field for field in fields}
    inputs: dict[str, Any] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign or name not in known:
            raise UserError("E1009", f"{name[:40]!r} is no input; an input is name=value, of {', '.join(known)}")
        value = _value(known[name], text)
        inputs[name] = inputs[name] + value if known[name].is_list and name in inputs else value
    return inputs


def data_url(file: Path, name: str = "document") -> str:
    """Return the file as the input `name` takes it: a base64 data URL. Raises UserError E1004, E1005.

    Of its name only the extension reaches the server, by way of the media type, and only where the server's system
    knows the type; a file of an unknown type goes as plain text.
    """
    from contract.request import MAX_BYTES, MAX_FILE_BYTES

    limit = MAX_FILE_BYTES.get(name, MAX_BYTES)
    try:
        size = file.stat().st_size
        if size > limit:
            raise UserError("E1005", f"{name} {file.name} is {size:,} bytes; the limit is {limit:,}")
        content = base64.b64encode(file.read_bytes()).decode("ascii")
    except OSError as error:
        raise UserError("E1004", f"{file} cannot be read: {error.strerror}") from error
    return f"data:{media_type(file.name)};base64,{content}"


def media_type(name: str) -> str:
    """Return the media type that a file's name tells of; plain text where it tells of none."""
    return MEDIA_TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0] or "text/plain"


def _values(field: InputField) -> str:
    """Return what an input can be, or is when it is not given."""
    default = field.keywords.get("default")
    is_said = default in (None, "", []) or (field.primitive == "bool" and default is False)
    of = f" One of {', '.join(map(str, field.keywords['choices']))}." if "choices" in field.keywords else ""
    return of + ("" if is_said else f" Default: {default if isinstance(default, str) else json.dumps(default)}.")


def _with_file(pair: str, names: Sequence[str]) -> str:
    name, _, text = pair.partition("=")
    return f"{name}={data_url(Path(text[1:]), name)}" if name in names and text.startswith("@") else pair


def _value(field: InputField, text: str) -> Any:
    if field.is_list:
        return _items(field, text)
    if field.primitive == "Path":
        is_url = text.lower().startswith(("http://", "https://", "data:"))
        return text if is_url else data_url(Path(text), field.name)
    if field.primitive == "str":
        return text
    return _number(field, text)


def _number(field: InputField, text: str) -> bool | int | float:
    """Return a bool, an int or a float."""
    readers: Mapping[str, Any] = {"bool": lambda value: _BOOLS[value.lower()], "int": int, "float": float}
    names = {"bool": "true or false", "int": "a whole number", "float": "a number"}
    try:
        value: bool | int | float = readers[field.primitive](text)
    except (KeyError, ValueError):
        raise UserError("E1009", f"{field.name} must be {names[field.primitive]}; what was given is not") from None
    return value


def _items(field: InputField, text: str) -> list[str]:
    """Return the texts of a JSON array, or the one text that is no array."""
    if not text.lstrip().startswith("["):
        return [text]
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise UserError("E1009", f"{field.name} begins as a JSON array; it must be one of texts, or a text")
    return items
