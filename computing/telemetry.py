"""No library of ours tells anybody that it is used, nor keeps an id of this machine to tell it with.

Knows: the switches that libraries read in the environment, most of them when they are imported, and all of them in
processes that this one starts. Knows nothing of the metrics and traces that an operator asks for: those go where they
are told to.
"""

import os

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime for Linux: a device id and events in the user's cache, and a host
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, and what downloads through it
    "RAY_USAGE_STATS_ENABLED": "0",  # of a cluster that is started here
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",  # https://donottrack.sh/: others
}


def forbid() -> None:
    """Forbid it to this process and to all that it starts from now on, whatever the environment said.

    Called where a process begins, and before each import of onnxruntime, whose `disable_telemetry_events()` comes too
    late to keep it from anything.
    """
    os.environ.update(SWITCHES)
