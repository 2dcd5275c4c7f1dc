"""The nightly batch: summarize what is new, try once more what the servers failed at, and say what is left of failures.

    python examples/nightly.py letters.jsonl summaries.jsonl TARGET...      # from cron or a timer, at 22:00

Ends with the code of `precis batch run`: 0 all done, 3 some documents failed, 4 stopped by the deadline or the cost.
The same command goes on from there the next night. Targets are http://HOST:PORT or replicate:deployments/OWNER/NAME.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

LIMITS = ("--deadline", "06:00", "--hardware", "gpu-l40s", "--max-cost", "40")
SOME_FAILED = 3


def main(source: str, out: Path, targets: list[str]) -> int:
    run = ("run", source, "--out", str(out), "--to", *targets, *LIMITS)
    code = batch(*run)
    if code == SOME_FAILED and any(error.startswith("E5") for error in failures(out)):  # the servers' doing
        batch("retry-failed", str(out))
        code = batch(*run)
    for error, count in failures(out).most_common():
        print(f"{count:,} failed with {error}: see docs/errors.md and {errors(out)}")
    return code


def batch(*arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", "cli", "batch", *arguments], check=False).returncode


def failures(out: Path) -> Counter[str]:
    if not errors(out).exists():  # there was no run
        return Counter()
    with errors(out).open(encoding="utf-8") as lines:
        return Counter(json.loads(line)["error"]["code"] for line in lines)


def errors(out: Path) -> Path:
    """The rows that failed, each with its error: mended, they can be given as an input again."""
    return out.with_suffix(".errors.jsonl")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
