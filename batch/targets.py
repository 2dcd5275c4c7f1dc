"""A target as a person writes it, `http://host:port` or `replicate:owner/name`, becomes one.

Knows: which kinds there are. Each is imported when it is asked for.
"""

from typing import TYPE_CHECKING

from batch.target import Target
from errors import UserError

if TYPE_CHECKING:
    from batch.webhooks import Webhooks

FORMS = "http://HOST:PORT, replicate:OWNER/NAME[:VERSION] or replicate:deployments/OWNER/NAME"


def parse(written: str, deadline: float | None = None, webhooks: "Webhooks | None" = None) -> Target:
    """Return the target, whose predictions end at `deadline`, a time.time(); Replicate tells `webhooks` of their ends.

    Raises UserError E6005 and E6006.
    """
    if written.startswith(("http://", "https://")):
        from batch.cog_target import CogTarget

        return CogTarget(written)
    kind, _, reference = written.partition(":")
    if kind == "replicate":
        from batch.replicate_target import ReplicateTarget

        return ReplicateTarget(reference, deadline, webhooks)
    raise UserError("E6006", f"{written[:80]!r} is no target: it must be {FORMS}")
