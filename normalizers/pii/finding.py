"""What a detector of personal data says: where, what, how sure. Never the value."""

from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """One stretch of a text that holds personal data."""

    start: int  # code points
    end: int
    type: str  # such as "PERSON"
    score: float  # 0 to 1
    detector: str  # which of ours said so


Detector = Callable[[str], list[Finding]]
