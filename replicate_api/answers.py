"""What the API answers, in Replicate's forms: JSON, and refusals with `detail` and `status`.

Knows: the bodies that Replicate documents. Knows nothing of what was asked.
"""

import json
from typing import Any

from starlette.responses import Response


class Answer(Response):
    """JSON in ASCII, so that half a surrogate pair in an input does no harm on its way back."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write `content` as JSON."""
        return json.dumps(content, separators=(",", ":")).encode("ascii")


class Refused(Exception):  # noqa: N818 (as Replicate says it)
    """A request that gets no result. `detail` may quote names and numbers, never a document or a token."""

    def __init__(self, status: int, detail: str, title: str = "", **more: Any) -> None:
        """`more` goes into the body as it is."""
        self.status = status
        self.detail = detail
        self.body = {**({"title": title} if title else {}), "detail": detail, "status": status, **more}
        super().__init__(detail)

    def answer(self) -> Answer:
        """The response that says so."""
        headers = {"Retry-After": str(self.body["retry_after"])} if "retry_after" in self.body else None
        return Answer(self.body, self.status, headers)


def not_found() -> Refused:
    """What is not there, or no longer."""
    return Refused(404, "The requested resource could not be found.")


def unauthenticated(detail: str) -> Refused:
    """No token, or a wrong one."""
    return Refused(401, detail, "Unauthenticated")


def invalid(problems: dict[str, str]) -> Refused:
    """Fields that are wrong, each with what is wrong about it."""
    detail = "\n".join(f"- {field}: {problem}" for field, problem in problems.items())
    fields = [{"field": field, "description": problem} for field, problem in problems.items()]
    return Refused(422, detail, "Input validation failed", invalid_fields=fields)


def throttled(seconds: int) -> Refused:
    """Too many requests. The text is the documented one."""
    text = f"Request was throttled. Your rate limit resets in ~{seconds}s."
    return Refused(429, text, retry_after=seconds)
