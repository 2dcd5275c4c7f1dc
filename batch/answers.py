"""What Cog's servers and Replicate say alike: how a prediction failed, and how long to wait.

Knows: statuses and headers. Knows nothing of who was asked for what.
"""

from collections.abc import Mapping

from batch.target import BrokenError, StopError
from errors import UserError
from serving.client import error_from


def failure(status: object, message: object, seconds: float) -> BrokenError | StopError:
    """Return what a prediction that did not succeed means: its options are refused, or it broke off."""
    error = error_from(str(message or ""))
    if status == "failed" and isinstance(error, UserError):
        return StopError(UserError("E6007", f"the model refuses what is asked of all documents: {error}"))
    return BrokenError(f"the prediction ended as {status} ({error.code})", seconds)


def retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that an answer's headers say to wait for, 0 when they say nothing."""
    try:
        return max(0.0, float(headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0
