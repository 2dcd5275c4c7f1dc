"""The process that Cog's server runs under: `python -m serving.supervise`, then the arguments of Cog's own.

It listens where Cog would, with the filter in front of Cog, which listens at a port of the loopback address. All
temporary files lie in one private folder, which goes when it ends; what a killed one left, the next one sweeps. The
first signal to end lets what is under way finish, and cancels it after `--grace` seconds; a second one ends at once.
`--local` is for a server outside an image: its schema is written into the private folder, and it ends when its standard
input does, which whoever started it holds open: so it outlives nobody, however they end.

Knows: processes, signals, folders. Knows nothing of requests: that is `filter.py`.
"""

import argparse
import asyncio
import ctypes
import json
import logging
import os
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from computing import telemetry
from errors import PrecisError, UserError
from serving import core_dumps, predictions, schema
from serving.filter import Filter
from serving.predictions import Predictions
from serving.server import free_port
from storage import temporary

MARK = "PRECIS_SUPERVISED"  # what starts Cog in an image is to start this, but for the Cog that this starts
SWEEP_SECONDS = 10.0
LAST_SECONDS = 10.0  # for what was cancelled to end, and then for Cog
POLL_SECONDS = 0.05
# Of Cog's lines those of predictions, what is printed, and all that is more than news; its deprecations are not.
COG_LOG = "coglet=warn,coglet::prediction=info,coglet::setup=info,coglet::user=info,coglet::predictor=error"
COG_WARNINGS = (
    "ignore:Predictor.predict() is deprecated:DeprecationWarning",
    "ignore:BasePredictor is deprecated:DeprecationWarning",
)
_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Serve until Cog ends or a signal says so. Returns Cog's exit code, 0 after one signal, 1 after two."""
    logging.basicConfig(format="precis: %(message)s")
    telemetry.forbid()
    core_dumps.forbid()  # documents pass through here, too
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--local", action="store_true")
    own.add_argument("--grace", type=float)
    own.add_argument("--host", default="0.0.0.0")  # noqa: S104 # Cog's default
    options, cogs = own.parse_known_args(arguments)
    try:
        predictions.prepare()
        with temporary.folder() as folder:
            supervisor = _Supervisor(folder, options, cogs)
            code = asyncio.run(supervisor.run())
    except PrecisError as error:
        print(f"precis: {error}", file=sys.stderr)
        return 1
    if supervisor.is_orphan:
        os.killpg(0, signal.SIGKILL)  # nobody is left to look after what Cog may have left
    return code


class _Supervisor:
    """One Cog, and what stands around it."""

    def __init__(self, folder: Path, options: argparse.Namespace, arguments: list[str]) -> None:
        self._folder = folder
        self._options = options
        self._arguments = arguments
        self._told_to_end = asyncio.Event()
        self._told_again = asyncio.Event()
        self.is_orphan = False

    async def run(self) -> int:
        """Serve, and return an exit code. Raises UserError E3003."""
        port = free_port()
        home = self._home()
        self._listen_to_others()
        cog = await self._start(home, port)
        filter_ = Filter(port, _nullable(home), Predictions(self._made("predictions")))
        serving = asyncio.create_task(self._serve(filter_, port))
        beside = [asyncio.create_task(work) for work in (filter_.settle(), self._sweep())]
        try:
            await _first(cog.wait(), self._told_to_end.wait(), serving)
            if serving.done():
                serving.result()
            if cog.returncode is not None:
                return cog.returncode
            serving.cancel()
            await _first(self._end(filter_, cog), self._told_again.wait())
            return 1 if self._told_again.is_set() else 0
        finally:
            for task in beside:
                task.cancel()
            with suppress(ProcessLookupError):
                cog.kill()
            await cog.wait()

    def _home(self) -> Path:
        """The folder that Cog is started in, with the schema where Cog looks for it."""
        if not self._options.local:
            return Path.cwd()
        predict_py, _, class_name = os.environ["COG_PREDICT_TYPE_STUB"].rpartition(":")
        return schema.write(self._made("home"), Path(predict_py), class_name).parent.parent

    def _made(self, name: str) -> Path:
        """A new folder in ours."""
        folder = self._folder / name
        folder.mkdir()
        return folder

    def _listen_to_others(self) -> None:
        """Hear signals, and the end of who started this. Kubernetes tells Cog otherwise: then SIGTERM says nothing."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self._be_told)
        if any(argument.startswith("--await-explicit-shutdown") for argument in self._arguments):
            loop.add_signal_handler(signal.SIGTERM, lambda: None)
        if self._options.local:
            loop.add_reader(sys.stdin, self._be_left)

    def _be_told(self) -> None:
        (self._told_again if self._told_to_end.is_set() else self._told_to_end).set()

    def _be_left(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin)
        self.is_orphan = True
        self._told_to_end.set()
        self._told_again.set()

    async def _start(self, home: Path, port: int) -> Process:
        own = {"PORT": str(port), "TMPDIR": str(self._made("tmp")), MARK: "1", **_quiet(os.environ)}
        command = (sys.executable, "-m", "cog.server.http", "--host", "127.0.0.1", *self._arguments)
        return await asyncio.create_subprocess_exec(
            *command, cwd=home, env=os.environ | own, preexec_fn=_dies_with(os.getpid())
        )

    async def _serve(self, filter_: Filter, port: int) -> None:
        """Listen as soon as Cog does. Raises UserError E3003."""
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(POLL_SECONDS)
        host, public = self._options.host, int(os.environ.get("PORT", "5000"))
        try:
            server = await asyncio.get_running_loop().create_server(filter_.protocol, host, public, backlog=1024)
        except OSError as error:
            raise UserError("E3003", f"port {public} of {host} cannot be listened on: {error.strerror}") from None
        await server.serve_forever()

    async def _sweep(self) -> None:
        while True:
            await asyncio.to_thread(predictions.sweep)
            for folder in (Path(tempfile.gettempdir()), self._folder / "tmp"):
                await asyncio.to_thread(temporary.sweep, folder)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _end(self, filter_: Filter, cog: Process) -> None:
        """Take nothing new, wait for what is under way, cancel what takes too long, and end Cog."""
        filter_.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(filter_.drained(), self._options.grace)
        await filter_.cancel_all()
        with suppress(TimeoutError):
            await asyncio.wait_for(filter_.drained(), LAST_SECONDS)
        cog.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(cog.wait(), LAST_SECONDS)


async def _first(*works: Awaitable[Any]) -> None:
    """Wait until one of several is done, and leave the others, but for those that are tasks of their own."""
    tasks = [asyncio.ensure_future(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for work, task in zip(works, tasks, strict=True):
        if work is not task:
            task.cancel()


def _quiet(environment: Mapping[str, str]) -> dict[str, str]:
    """What keeps out of Cog's logs what says nothing of a setup or a prediction, unless the environment has it else.

    Of Cog's own lines those of its start, its warnings that predict() is to be called run(); and progress bars of the
    libraries, which a log has a line of for every tenth of a second.
    """
    own = {"HF_HUB_DISABLE_PROGRESS_BARS": "1"} if "HF_HUB_DISABLE_PROGRESS_BARS" not in environment else {}
    if not {"RUST_LOG", "COG_LOG_LEVEL"} & environment.keys():
        own["RUST_LOG"] = COG_LOG
    own["PYTHONWARNINGS"] = ",".join(filter(None, (environment.get("PYTHONWARNINGS"), *COG_WARNINGS)))
    return own


def _dies_with(parent: int) -> Callable[[], None] | None:
    """What lets a process die with the one that starts it, where the kernel knows how to."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died meanwhile
            os._exit(1)

    return ask


def _nullable(home: Path) -> frozenset[str]:
    """The inputs that may be null, as the schema says that Cog holds inputs to."""
    try:
        document = json.loads((home / schema.PLACE).read_text(encoding="utf-8"))
    except FileNotFoundError:  # then Cog holds them to nothing
        return frozenset()
    inputs = document["components"]["schemas"]["Input"]["properties"]
    return frozenset(name for name, about in inputs.items() if about.get("nullable"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
