"""From a PDF's bytes to its text, in a child process.

Knows: how the child is started, how long it may take, and what each way of its ending means. Knows nothing about PDF:
that is `pdf_text.py`. A child because pdfium is native code that serves one thread at a time: there, a file that
would bring it down, or fill memory, or never end, takes nothing of the server with it. A start costs about 0.1 s.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from contract.document import HIDDEN_TEXT, Removal
from errors import Fault, UserError
from normalizers.documents import pdf_limits

MAX_SECONDS = 60  # by the clock, on a busy machine; pdf_limits.MAX_CPU_SECONDS is what ends a child on an idle one

UNMAPPED = "text in a font without a map"

_COMMAND = (sys.executable, "-P", "-m", "normalizers.documents.pdf_text")
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def read(data: bytes) -> tuple[str, tuple[Removal, ...]]:
    """Return the text of all pages, `pdf_limits.PAGE_BREAK` between them, and what was left out.

    Raises UserError E1006 when it is a form that is no PDF inside, E1007 when its fonts do not say what its text is,
    E1011 when it is encrypted or broken, E1012 when it is too long or takes too much time or memory;
    Fault E5000 when the child cannot run at all.
    """
    try:
        child = subprocess.run(
            _COMMAND,
            env=_ENVIRONMENT,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError("E1012", f"document's PDF was not read within {MAX_SECONDS} s") from None
    if child.returncode != 0:
        raise _death(child.returncode, len(data))
    head, _, text = child.stdout.decode("utf-8").partition("\n")
    code, _, detail = head.partition(" ")
    if code != pdf_limits.OK:
        raise UserError(code, detail)
    counts = zip((HIDDEN_TEXT, UNMAPPED), map(int, detail.split()), strict=True)
    return text, tuple(Removal(kind=kind, characters=count) for kind, count in counts if count)


def _death(status: int, size: int) -> UserError | Fault:
    """What it means that the child did not end by itself: `status` is a signal's number below zero."""
    if status in (-signal.SIGXCPU, -signal.SIGKILL):
        return UserError(
            "E1012", f"document's PDF takes over {pdf_limits.MAX_CPU_SECONDS} s to read, which is the limit"
        )
    if status in (-signal.SIGABRT, -signal.SIGILL, -signal.SIGTRAP):  # how pdfium ends when it gets no more memory
        return UserError("E1012", f"document's PDF unpacks to over {pdf_limits.MAX_MEMORY:,} bytes, which is the limit")
    if status < 0:
        return UserError("E1011", f"document is a broken PDF of {size:,} bytes")
    return Fault("E5000")
