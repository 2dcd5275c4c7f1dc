"""What a request asks of the model: from its headers, its form or its JSON, by the names of predict()'s inputs.

Knows: which inputs there are, as `predict.py` says, and which of them have two names. Values are the model's to check,
which alone knows their limits. No error has a name or a value that a request made up. Knows nothing of who asks.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from starlette.datastructures import UploadFile

from contract.request import MAX_BYTES, MAX_FILE_BYTES, OTHER_NAMES, by_one_name
from errors import UserError
from serving import inputs, signature
from serving.server import ROOT
from serving.signature import InputField

PREFIX = "x-summary-"
TEXTS = ("text", "document", "knowledge", "prompt")  # what a request is about: in its body alone, and no option
_OURS = ("documents", "output_format")  # what the gateway chooses
_LARGEST = 2**63  # of numbers, as JSON is read by those who have 64 bits for one


@cache
def fields() -> Mapping[str, InputField]:
    """Return the inputs that a caller may give, by name."""
    found = signature.read(ROOT / "predict.py").inputs
    return {field.name: field for field in found if field.name not in _OURS}


def names() -> list[str]:
    """Return the names of all options: a policy knows each by its first name."""
    return [name for name in fields() if name not in (*TEXTS, *OTHER_NAMES)]


def from_headers(headers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the options that headers such as `X-Summary-Style: legal` ask. Raises UserError E7005, E1009, E1015."""
    pairs = []
    for header, value in headers:
        if not header.lower().startswith(PREFIX):
            continue
        name = header.lower().removeprefix(PREFIX).replace("-", "_")
        if name not in fields() or name in TEXTS:
            raise UserError("E7005", f"a header X-Summary-… is no option; options are {', '.join(names())}")
        pairs.append(f"{name}={value}")
    return _checked(inputs.parse(pairs, fields().values()))


def from_pairs(pairs: Iterable[str]) -> dict[str, Any]:
    """Return the options that `name=value` pairs say. Raises UserError E1009 and E1015."""
    return _checked(inputs.parse(pairs, [field for name, field in fields().items() if name not in TEXTS]))


def from_json(body: bytes) -> dict[str, Any]:
    """Return the inputs that a body of JSON gives. Raises UserError E7006, E1009 and E1015."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else ""
        raise UserError("E7006", f"the body, {len(body):,} bytes, is no JSON{place}") from None
    if not isinstance(given, dict):
        raise UserError("E7006", f"the body is a JSON {type(given).__name__}; it must be an object of inputs")
    _check_names(given)
    return _checked({name: value for name, value in given.items() if value is not None})


def from_form(items: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the inputs that a form's fields give; a file's is a URL. Raises UserError E7006, E1004, E1009, E1015."""
    pairs, given = [], dict[str, Any]()
    for name, value in items:
        _check_names([name])
        if fields()[name].primitive != "Path":
            pairs.append(f"{name}={value}")
        elif value.lower().startswith(("http://", "https://", "data:")):
            given[name] = value
        else:
            raise UserError("E1004", f"{name} must be a file, an http(s) URL or a data URL; a path is not read")
    return _checked(inputs.parse(pairs, fields().values()) | given)


def shown(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs as others may see them: names, values that are numbers or of a choice, and how long texts are."""
    return {name: _shown(value, fields()[name]) for name, value in inputs.items()}


async def data_url(file: UploadFile, name: str) -> str:
    """Return an uploaded file as the input `name` takes it. Raises UserError E1005 before it is read."""
    limit, size = MAX_FILE_BYTES.get(name, MAX_BYTES), file.size or 0
    if size > limit:
        raise UserError("E1005", f"{name} is {size:,} bytes; the limit is {limit:,}")
    content = base64.b64encode(await file.read()).decode("ascii")
    return f"data:{inputs.media_type(file.filename or '')};base64,{content}"


def _shown(value: Any, field: InputField) -> Any:
    is_number = isinstance(value, bool | int | float) and field.primitive in ("bool", "int", "float")
    if is_number or value in field.keywords.get("choices", ()):
        return value
    return f"{len(str(value)):,} characters"


def _check_names(names: Iterable[str]) -> None:
    if not fields().keys() >= set(names):
        raise UserError("E7006", f"a name is that of no input; inputs are {', '.join(fields())}")


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return inputs by the names that policies know. Raises UserError E1015, and E1009 for a value of no sane form."""
    for name, value in given.items():
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) or (isinstance(item, int | float) and abs(item) < _LARGEST) for item in items):
            raise UserError("E1009", f"{name} must be a text, a number of 64 bits, true or false, or a list of texts")
    return by_one_name(given)
