"""A line of an OpenAI batch file becomes a row: `{"custom_id": …, "body": {"messages": […], "max_tokens": …}}`.

Knows: what such a line says that a summary can be asked for. Knows nothing of files.
"""

from typing import Any

from contract.record import Record

_SAMPLING = {
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop_sequences",
}


def as_row(record: Record) -> Record:
    """Return a record of such a line as one with the columns of ours; any other as it is.

    What the system says is its `system_prompt`, all else that is said its `text`. A model's name is not looked at.
    """
    body = record.cells.get("body")
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        return record
    said = [(message.get("role"), _text(message.get("content"))) for message in body["messages"] if _is_dict(message)]
    cells = {ours: body[theirs] for theirs, ours in _SAMPLING.items() if body.get(theirs) is not None}
    if isinstance(cells.get("stop_sequences"), str):
        cells["stop_sequences"] = [cells["stop_sequences"]]
    cells["system_prompt"] = "\n\n".join(text for role, text in said if role in ("system", "developer"))
    cells["text"] = "\n\n".join(text for role, text in said if role not in ("system", "developer"))
    return record._replace(cells=cells)


def _text(content: Any) -> str:
    """Return what a message says, whether it is written as a text or as a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part["text"]) for part in parts if _is_dict(part) and isinstance(part.get("text"), str))


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)
