"""A model's or a kernel's snapshot in the Hugging Face cache, checked file by file.

Knows: huggingface_hub's downloader, its cache layout (`snapshots/<commit>/<file>` links to `blobs/<digest>`) and
HF_HUB_OFFLINE, HF_HOME, HF_ENDPOINT as that library reads them. Knows nothing about where else a model may be.
A connection that is cut is resumed by the library; what it does not do is compare the bytes with a digest.
"""

import contextlib
import hashlib
import json
import logging
import threading
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

from computing import telemetry
from errors import UserError
from weights import checksums, servable
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")

# Of a repository without pinned files: what transformers reads, from the top folder only, and 1_Pooling/config.json of
# sentence-transformers. These patterns know no paths: "*" is also "a/b".
USED = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model", "LICENSE*"]
UNUSED = ["[!1]*/*", checksums.NAME]

BYTECODE = ["*.pyc"]  # of a kernel: Python would run it in the source's place

_CONFIG = "config.json"
ANSWER_SECONDS = 5.0  # for the hub to say that it has a model that another source has, too

SHA256_DIGITS = 64
GIT_DIGITS = 40


def recorded(spec: ModelSpec) -> Path | None:
    """The snapshot in the cache if it was checked before and its sizes are still right, else None."""
    folder = _cached(spec)
    try:
        if folder is not None:
            checksums.check(folder, spec)
    except UserError:
        return None
    return folder


def snapshot(spec: ModelSpec) -> Path:
    """The snapshot with every digest compared, from the cache or, when it is not all there, from the hub.

    Raises UserError E2002 when a file is not what it must be (it is dropped from the cache, so that the next call
    fetches it again), E2003 when files are missing and HF_HUB_OFFLINE is set, E2004 when the hub does not give them,
    and E2007, before the weights are fetched, when the engine could not serve the model.
    """
    folder = _cached(spec) or _download(spec)
    digests = {name: _checked_sha256(folder / name, spec.digests.get(name)) for name in names(folder, spec)}
    # The commit, not the branch that meant it: tomorrow the branch means another one.
    at_commit = spec.model_copy(update={"revision": folder.name})
    try:
        checksums.record(folder, at_commit, digests)
    except OSError as error:
        log.warning("the cache is not writable, so digests are compared at every start: %s", type(error).__name__)
    return folder


def answers(spec: ModelSpec) -> bool:
    """Whether the model is in the cache, or the hub has it and says so in ANSWER_SECONDS. Offline it is not asked."""
    if _cached(spec) is not None:
        return True
    from huggingface_hub import constants

    if constants.is_offline_mode():
        return False
    told: list[bool] = []
    asking = threading.Thread(target=lambda: told.append(_says_it_has(spec)), daemon=True)
    asking.start()
    asking.join(ANSWER_SECONDS)  # looking up a name knows no limit of its own
    return bool(told and told[0])


def _says_it_has(spec: ModelSpec) -> bool:
    import httpx2
    from huggingface_hub import HfApi

    try:
        HfApi().repo_info(spec.source, revision=spec.revision, timeout=ANSWER_SECONDS)
    except (OSError, httpx2.HTTPError) as error:
        log.info("the hub does not give %s: %s", spec.source, type(error).__name__)
        return False
    return True


def download(spec: ModelSpec, into: Path) -> Path:
    """A folder with the pinned files, from the cache, or else in `into`: for what is not kept as it is.

    Raises as `snapshot` does.
    """
    if _cached(spec) is not None:
        return snapshot(spec)
    folder = _download(spec, into)
    for name, digest in spec.digests.items():
        _checked_sha256(folder / name, digest)
    return folder


def _cached(spec: ModelSpec) -> Path | None:
    """The snapshot's folder if every file is in the cache, else None. Never asks the network, never reads weights."""
    telemetry.forbid()
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(**_request(spec), local_files_only=True))
    except LocalEntryNotFoundError:
        return None
    except HFValidationError:
        raise UserError("E2001", f"{spec.source!r} is no name that a repository on the hub can have") from None
    return None if _missing(folder, spec) else folder


def _download(spec: ModelSpec, into: Path | None = None) -> Path:
    """Fetch what is missing, into the cache or the folder `into`."""
    import httpx2  # the library's own HTTP client, whose errors it passes on
    from huggingface_hub import constants, snapshot_download

    log.info("downloading %s at %s from the hub", spec.source, spec.revision)
    offline = constants.is_offline_mode()
    try:
        if spec.kind == "hub" and not spec.digests:  # one that nobody has tried here
            _require_servable(
                spec, Path(snapshot_download(spec.source, revision=spec.revision, allow_patterns=_CONFIG))
            )
        folder = Path(snapshot_download(**_request(spec), local_dir=into))
    except (OSError, httpx2.HTTPError) as error:
        reason = type(error.__cause__ or error).__name__  # the library's own error says only that it is not here
        if offline:
            raise UserError("E2003", f"{spec.alias} is not in the cache and HF_HUB_OFFLINE is set") from error
        raise UserError(
            "E2004",
            f"{constants.ENDPOINT} did not give {spec.source} at {spec.revision}: {reason}",
        ) from error
    if missing := _missing(folder, spec):  # offline, the library returns what little it has
        code = "E2003" if offline else "E2004"
        raise UserError(code, f"{spec.alias} lacks {len(missing)} files, among them {min(missing)}")
    return folder


def _require_servable(spec: ModelSpec, folder: Path) -> None:
    """Raise UserError E2007 where the config says that the model writes text and the engine cannot serve it."""
    config = folder / _CONFIG
    if config.is_file() and servable.writes_text(config):
        servable.require(config, spec.alias)


def _request(spec: ModelSpec) -> dict[str, Any]:
    is_kernel = spec.kind == "kernel"
    return {
        "repo_id": spec.source,
        "repo_type": "kernel" if is_kernel else "model",
        "revision": spec.revision,
        "allow_patterns": [f"{build}/*" for build in _builds(spec)] if is_kernel else list(spec.digests) or USED,
        "ignore_patterns": BYTECODE if is_kernel else None if spec.digests else UNUSED,
    }


def _builds(spec: ModelSpec) -> set[str]:
    """The folders of a kernel's builds that have a pinned file."""
    return {str(PurePosixPath(name).parent) for name in spec.digests}


def _missing(folder: Path, spec: ModelSpec) -> set[str]:
    """The files without which the snapshot is not whole: the pinned ones, or the config and what the index lists."""
    needed = set(spec.digests) or {"config.json", *_weight_files(folder)}
    if spec.kind == "kernel":
        needed |= {f"{build}/metadata.json" for build in _builds(spec)}
    return {name for name in needed if not (folder / name).is_file()}


def _weight_files(folder: Path) -> set[str]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return {"model.safetensors"}
    try:
        return set(json.loads(index.read_bytes())["weight_map"].values())
    except (ValueError, KeyError):
        return {index.name}  # it is damaged, and its digest will say so


def names(folder: Path, spec: ModelSpec) -> list[str]:
    """The files of a whole snapshot that are the model's or the kernel's: a cache may hold more of the repository."""
    present = (file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())
    if spec.kind == "kernel":
        builds = tuple(f"{build}/" for build in _builds(spec))
        return [name for name in present if name.startswith(builds) and not _is_one_of(BYTECODE, name)]
    if spec.digests:
        return list(spec.digests)
    return [name for name in present if _is_one_of(USED, name) and not _is_one_of(UNUSED, name)]


def _is_one_of(patterns: list[str], name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _checked_sha256(file: Path, pinned: str | None) -> str:
    """The sha256 of `file`. Raises UserError E2002 and drops it unless it is the pinned one, or what the hub said."""
    try:
        if pinned is not None:
            return checksums.require(file, pinned)
        return _sha256_as_named(file, file.readlink().name if file.is_symlink() else "")
    except UserError:
        _drop(file)
        raise


def _sha256_as_named(file: Path, blob: str) -> str:
    """Large files are stored under their sha256, the others under git's own hash of them."""
    if len(blob) == SHA256_DIGITS:
        return checksums.require(file, blob)
    if len(blob) == GIT_DIGITS:
        content = file.read_bytes()
        actual = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        if actual != blob:
            raise UserError("E2002", f"{file.name} has git hash {actual}; the hub's is {blob}; it was not loaded")
    return checksums.sha256(file)


def _drop(file: Path) -> None:
    with contextlib.suppress(OSError):  # the cache may not be ours to change
        blob = file.resolve()
        file.unlink()
        blob.unlink(missing_ok=True)
