"""The OpenAPI document of `predict.py`: the one that `cog build` puts into the image, byte for byte.

Knows: how Cog 0.23 writes inputs, limits, choices and outputs. `openapi.json` holds what is the same for every
model. Cog's server validates requests against this document, and streams only when it says so; `cog build` writes
it, so without Docker we do. Knows nothing about how a server is started.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from serving.signature import InputField, NotationError, Signature, read

PLACE = Path(".cog/openapi_schema.json")  # where `cog build` puts it, in the folder that Cog's server is started in
FIXED = Path(__file__).with_name("openapi.json")
TYPES: dict[str, dict[str, Any]] = {
    "bool": {"type": "boolean"},
    "float": {"type": "number"},
    "int": {"type": "integer"},
    "str": {"type": "string"},
    "Path": {"type": "string", "format": "uri"},
}
PROPERTY_NAMES = {  # of Input()'s keywords; the others keep their names or have rules of their own
    "ge": "minimum",
    "le": "maximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "regex": "pattern",
    "accept": "x-cog-accept",
    "default": "default",
    "description": "description",
}


def openapi(predict_py: Path, class_name: str = "Predictor") -> dict[str, Any]:
    """The document for `predict_py`, its keys in Cog's order. Raises NotationError where Cog would misread it."""
    signature = read(predict_py, class_name)
    document: dict[str, Any] = json.loads(FIXED.read_text(encoding="utf-8"))
    fixed_schemas = document["components"]["schemas"]
    for field in signature.inputs:
        if "choices" in field.keywords and field.name in {"Input", "Output", *fixed_schemas}:
            raise NotationError(f"{predict_py.name}:{field.line}: input '{field.name}' is a name that Cog keeps")
    document["components"]["schemas"] = {
        "Input": _input(signature.inputs),
        "Output": _output(signature),
        **{field.name: _choices(field) for field in signature.inputs if "choices" in field.keywords},
        **fixed_schemas,
    }
    document["info"]["version"] = version("cog")
    if signature.is_streaming:
        document["paths"]["/predictions"]["post"]["x-cog-streaming"] = True
    return document


def dumps(document: dict[str, Any]) -> str:
    """The document as Go's encoder writes it: on one line, with <, > and & escaped."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def write(home: Path, predict_py: Path, class_name: str = "Predictor") -> Path:
    """Write the document to where Cog's server looks for it when it is started in `home`, and return that path."""
    path = home / PLACE
    path.parent.mkdir()
    path.write_text(dumps(openapi(predict_py, class_name)), encoding="utf-8")
    return path


def _input(fields: tuple[InputField, ...]) -> dict[str, Any]:
    required = [f.name for f in fields if "default" not in f.keywords and not f.is_optional]
    schema: dict[str, Any] = {
        "properties": {field.name: _property(order, field) for order, field in enumerate(fields)},
        "title": "Input",
        "type": "object",
    }
    return _sorted(schema | ({"required": required} if required else {}))


def _property(order: int, field: InputField) -> dict[str, Any]:
    schema: dict[str, Any] = {"x-order": order}
    if "choices" in field.keywords:
        schema["allOf"] = [{"$ref": f"#/components/schemas/{field.name}"}]
    else:
        schema["title"] = " ".join(word[:1].upper() + word[1:] for word in field.name.split("_"))
        schema |= {"type": "array", "items": TYPES[field.primitive]} if field.is_list else TYPES[field.primitive]
    for keyword, name in PROPERTY_NAMES.items():
        if keyword in field.keywords:
            schema[name] = _number(field.keywords[keyword])
    if field.is_optional:
        schema["nullable"] = True
    if field.keywords.get("deprecated"):
        schema["deprecated"] = True
    return _sorted(schema)


def _choices(field: InputField) -> dict[str, Any]:
    return {
        "description": "An enumeration.",
        "enum": [_number(choice) for choice in field.keywords["choices"]],
        "title": field.name,
        **TYPES[field.primitive],
    }


def _output(signature: Signature) -> dict[str, Any]:
    iterator, primitive = signature.output
    if not iterator:
        return _sorted({"title": "Output", **TYPES[primitive]})
    schema = {"items": TYPES[primitive], "title": "Output", "type": "array", "x-cog-array-type": "iterator"}
    return _sorted(schema | ({"x-cog-array-display": "concatenate"} if "Concatenate" in iterator else {}))


def _number(value: Any) -> Any:
    """Go writes 2.0 as 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _sorted(schema: dict[str, Any]) -> dict[str, Any]:
    """Go's encoder sorts the keys of its maps."""
    return dict(sorted(schema.items()))
