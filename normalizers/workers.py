"""Normalizing in processes of its own: what many documents or a very large one take, no other request waits for.

A regular expression over megabytes keeps the interpreter's lock until it is done, and threads that clean web pages
without a pause have it most of the time: every stream of this process would wait for them.

Knows: processes, and how they begin and end. Knows nothing of what they do to a document.
"""

import asyncio
import functools
import logging
import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from computing import cores
from contract.request import SummaryRequest
from errors import Fault
from normalizers import steps
from normalizers.pii.detectors import Detectors, load_detectors, with_terms
from normalizers.steps import Prepared

logger = logging.getLogger("precis.normalizers")

_MOST = 8
_TRIES = 2


class Workers:
    """Processes that prepare requests. There are none before the first, and as many as cores but one at most."""

    def __init__(self, names_model: Path, detectors: Detectors) -> None:
        """`names_model` is the folder from which `detectors` were loaded: the processes load their own."""
        self._names_model = names_model
        self._detectors = detectors
        self._pool: ProcessPoolExecutor | None = None

    async def prepare(self, request: SummaryRequest) -> Prepared:
        """Do what steps.prepare does. Raises what it raises, and Fault E5000 if the process dies of it twice."""
        for _ in range(_TRIES):
            pool = self._pool = self._pool or self._start()
            work = functools.partial(_prepare, request, self._names_model)
            try:
                prepared = await asyncio.get_running_loop().run_in_executor(pool, work)
            except BrokenProcessPool:
                # Its other requests die with it, whichever it was: all of them are tried again.
                logger.warning("a normalizing process died")
                if self._pool is pool:
                    self._pool = None
                continue
            if prepared.redactor is not None:
                prepared.redactor.resume(with_terms(request, self._detectors))
            return prepared
        raise Fault("E5000")

    def close(self) -> None:
        """End the processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _start(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(_count(), multiprocessing.get_context("spawn"), initializer=_end_with_parent)


def _count() -> int:
    return max(min(cores.count() - 1, _MOST), 1)


_detectors: Detectors = ()  # of this process, loaded when the first request is to be redacted


def _prepare(request: SummaryRequest, names_model: Path) -> Prepared:
    global _detectors
    if request.redact_pii != "off" and not _detectors:
        _detectors = load_detectors(names_model)
    return steps.prepare(request, _detectors)


def _end_with_parent() -> None:
    """Let this process end with the one that started it, which may be killed: a pool's processes would stay."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it as well, and is that one's to answer

    def wait() -> None:
        if parent := multiprocessing.parent_process():
            parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
