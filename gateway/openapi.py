"""How the routes that read their bodies themselves stand in the OpenAPI document.

Knows: OpenAPI, and predict()'s inputs. Knows nothing of what routes do.
"""

from typing import Any

from gateway import options
from gateway.problems import MEDIA_TYPE
from serving.signature import InputField

_TYPES = {"bool": "boolean", "int": "integer", "float": "number", "str": "string", "Path": "string"}
_LIMITS = {"ge": "minimum", "le": "maximum", "min_length": "minLength", "max_length": "maxLength"}
_BYTES = "application/octet-stream"
_URL = {"type": "string", "format": "uri", "description": "Where the job's end is told: a POST, signed."}
_FILE = {"type": "string", "format": "binary"}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence, which begins with the code."},
        "code": {"type": "string", "description": "Stable: docs/errors.md."},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return `responses` of a route that may answer with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": PROBLEM}}
    return {status: {"description": "A problem", "content": content} for status in statuses}


def inputs() -> dict[str, Any]:
    """Return the schema of an object of inputs."""
    properties = {name: _property(field) for name, field in options.fields().items()}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def summarize_body() -> dict[str, Any]:
    """Return `openapi_extra` of POST /summarize: inputs as JSON, or as a form with a file, and options by header."""
    asked = inputs()
    form = {**asked, "properties": {**asked["properties"], "file": _FILE, "knowledge": _FILE}}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": asked}, "multipart/form-data": {"schema": form}},
        },
        "parameters": [*option_headers(), *_OTHERS],
    }


def batch_body() -> dict[str, Any]:
    """Return `openapi_extra` of POST /batch-summarize: a file as it is, or in a form with options."""
    options = {
        name: field for name, field in inputs()["properties"].items() if name not in ("text", "document", "prompt")
    }
    form = {"type": "object", "properties": {**options, "file": _FILE, "webhook": _URL}, "required": ["file"]}
    content = {media_type: {"schema": _FILE} for media_type in ("application/jsonl", "text/csv", _BYTES)}
    return {
        "requestBody": {"required": True, "content": {**content, "multipart/form-data": {"schema": form}}},
        "parameters": [*option_headers(), _KEY, {"in": "header", "name": "X-Webhook-Url", "schema": _URL}],
    }


def option_headers() -> list[dict[str, Any]]:
    """Return a header for each option."""
    return [
        {
            "in": "header",
            "name": f"X-Summary-{name.replace('_', '-').title()}",
            "description": field.keywords.get("description", ""),
            "schema": {"type": "string"} if field.is_list else _property(field) | {"default": None},
        }
        for name, field in options.fields().items()
        if name not in options.TEXTS
    ]


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "The same key has the same answer for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_OTHERS = [
    {
        "in": "header",
        "name": "X-Request-Timeout",
        "description": "Seconds that the request may take; it is cancelled then.",
        "schema": {"type": "number", "minimum": 1, "maximum": 600},
    },
    _KEY,
    {
        "in": "query",
        "name": "source",
        "description": "`true`: with events, the end has the text as it was read and as the model saw it.",
        "schema": {"type": "string", "enum": ["true", "false"]},
    },
]


def _property(field: InputField) -> dict[str, Any]:
    one: dict[str, Any] = {"type": _TYPES[field.primitive]}
    if field.primitive == "Path":
        one["description"] = "An http, https or data URL."
    one |= {name: field.keywords[keyword] for keyword, name in _LIMITS.items() if keyword in field.keywords}
    if "choices" in field.keywords:
        one["enum"] = field.keywords["choices"]
    schema: dict[str, Any] = {"type": "array", "items": one} if field.is_list else one
    if field.keywords.get("description"):
        schema["description"] = field.keywords["description"]
    return schema | ({"default": field.keywords["default"]} if field.keywords.get("default") is not None else {})
