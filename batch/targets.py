"""A target as a person writes it, `http://host:port`, `replicate:owner/name` or `ray`, becomes one.

Knows: which kinds there are. Each is imported when it is asked for.
"""

from typing import TYPE_CHECKING

from batch.target import Target
from errors import UserError

if TYPE_CHECKING:
    from batch.webhooks import Webhooks

FORMS = "http://HOST:PORT, replicate:OWNER/NAME[:VERSION], replicate:deployments/OWNER/NAME or ray[:HOST:PORT]"


def parse(written: str, deadline: float | None = None, webhooks: "Webhooks | None" = None) -> Target:
    """Return the target, whose predictions end at `deadline`, a time.time(); Replicate tells `webhooks` of their ends.

    Raises UserError E6005, E6006 and E6008.
    """
    if written.startswith(("http://", "https://")):
        from batch.cog_target import CogTarget

        return CogTarget(written)
    kind, _, reference = written.partition(":")
    if kind == "replicate":
        from batch.replicate_target import ReplicateTarget

        return ReplicateTarget(reference, deadline, webhooks)
    if kind == "ray":
        try:
            from batch.ray_target import RayTarget
        except ModuleNotFoundError as error:
            raise UserError("E6008", f"ray needs {error.name}: pip install -r requirements-ray.txt") from None

        return RayTarget(reference)
    raise UserError("E6006", f"{written[:80]!r} is no target: it must be {FORMS}")
