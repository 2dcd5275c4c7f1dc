"""What a token may do, and what it does whether it asks for it or not: routing and feature gating in one table.

Knows: scopes, styles, options, limits. Knows nothing of secrets, nor of where options come from.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from errors import UserError

Scope = Literal["summarize", "batch", "admin"]
Count = Annotated[int, Field(ge=1)]

SCOPES: tuple[Scope, ...] = ("summarize", "batch", "admin")


class Policy(BaseModel):
    """One token's row of that table. None is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scopes: tuple[Scope, ...] = ("summarize",)
    styles: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None  # names of inputs that its callers may set
    required: dict[str, Any] = {}  # inputs that are so, whatever is asked
    defaults: dict[str, Any] = {}  # inputs that are so, where nothing is asked
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None  # of the model's, in and out
    jobs_at_once: Count | None = None

    def check_scope(self, scope: Scope) -> None:
        """Raise UserError E7002 unless the token has the scope; admin has all."""
        if scope not in self.scopes and "admin" not in self.scopes:
            raise UserError("E7002", f"this needs the scope {scope}; the token has {', '.join(self.scopes)}")

    def apply(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Return the inputs that a request has, given the options that it asks for.

        Raises UserError E7003 for one that it may not ask for.
        """
        if self.options is not None and (forbidden := sorted(asked.keys() - set(self.options))):
            allowed = ", ".join(self.options) or "none"
            raise UserError("E7003", f"the token may not set {', '.join(forbidden)}; it may set: {allowed}")
        inputs = {**self.defaults, **asked, **self.required}
        style = inputs.get("style")
        if self.styles and "style" not in self.required and style not in self.styles:
            if style is not None:
                raise UserError("E7003", f"the token may not use this style; it may use: {', '.join(self.styles)}")
            inputs["style"] = self.styles[0]
        return inputs

    def hides_source(self, inputs: dict[str, Any]) -> bool:
        """Whether a document's text is not to be shown: it is always redacted for the token, which did not send it."""
        is_fetched = str(inputs.get("document", "")).lower().startswith("http")
        return is_fetched and self.required.get("redact_pii", "off") != "off"
