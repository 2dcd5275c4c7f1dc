"""What every noun of the contract is: a frozen value that shows nothing private.

Knows: pydantic. Knows nothing of requests or results.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Private = Annotated[str, Field(repr=False)]  # what a log or a traceback must never show
PrivateTerms = Annotated[tuple[str, ...], Field(repr=False)]


class Value(BaseModel):
    """A value: equal when its fields are, never changed, and its fields are the ones that it names."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
