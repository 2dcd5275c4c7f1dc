"""A target as a person writes it, `http://host:port` or `replicate:owner/name`, becomes one.

Knows: which kinds there are. Each is imported when it is asked for.
"""

from batch.target import Target
from errors import UserError


def parse(written: str) -> Target:
    """Return the target. Raises UserError E6006."""
    if written.startswith(("http://", "https://")):
        from batch.cog_target import CogTarget

        return CogTarget(written)
    raise UserError("E6006", f"{written[:80]!r} is no target: it must be http://HOST:PORT")
