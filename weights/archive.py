"""A model in a tar at a URL, as COG_WEIGHTS may name one.

Knows: how to fetch and unpack it into this user's cache, whole or not at all. Knows nothing about what COG_WEIGHTS
means to Cog. The sha256 is checked when the URL ends in `#sha256=<digest>`, the notation of pip.
"""

import hashlib
import http.client
import logging
import shutil
import tarfile
import urllib.request
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from errors import UserError
from storage import places
from storage.folders import whole
from weights import checksums
from weights.registry import ModelSpec

log = logging.getLogger("precis.weights")

CHUNK = 1 << 20  # bytes
TIMEOUT = 60.0  # seconds without a byte
_MODEL = "model"  # the folder's name in the cache


def spec(url: str) -> ModelSpec:
    """The model in the tar at `url`. Raises UserError E2001 unless it is https, or http with a digest."""
    address, fragment = urldefrag(url)
    parts = urlsplit(address)
    digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
    if parts.scheme != "https" and not (parts.scheme == "http" and digest):
        raise UserError(
            "E2001", f"COG_WEIGHTS is a URL with {parts.scheme}: only https, or http with #sha256=, will do"
        )
    name = Path(parts.path).name
    return ModelSpec(
        alias=name.partition(".")[0] or "archive", kind="archive", source=url, digests={name: digest} if digest else {}
    )


def fetch(archive: ModelSpec) -> Path:
    """Return the folder that the tar holds, from this user's cache or from its URL.

    Raises UserError E2002 on another digest, E2004 when the download is cut or is no tar with a model.
    """
    from filelock import FileLock

    # A signed URL's query changes and is a secret: it is neither recorded nor part of the name.
    public = archive.model_copy(update={"source": urlsplit(archive.source)._replace(query="", fragment="").geturl()})
    key = hashlib.sha256(repr((public.source, archive.digests)).encode()).hexdigest()[:16]
    folder = places.cache() / key
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not _is_recorded(folder / _MODEL, public):
            with whole(folder) as unfinished:
                _fetch(archive, public, unfinished)
    return folder / _MODEL


def _fetch(archive: ModelSpec, public: ModelSpec, folder: Path) -> None:
    """Put the model that the tar holds into `folder`, and nothing else."""
    tar, unpacked = folder / "archive", folder / "unpacked"
    _download(archive.source, tar)
    for digest in archive.digests.values():
        checksums.require(tar, digest)
    model = _unpack(tar, unpacked).rename(folder / _MODEL)
    tar.unlink()
    shutil.rmtree(unpacked, ignore_errors=True)  # what lay beside the model
    (model / checksums.NAME).unlink(missing_ok=True)  # of the folder that was packed
    names = [str(file.relative_to(model)) for file in model.rglob("*") if file.is_file()]
    checksums.record(model, public, {name: checksums.sha256(model / name) for name in names})


def _is_recorded(folder: Path, archive: ModelSpec) -> bool:
    try:
        checksums.check(folder, archive)
    except UserError:
        return False
    return True


def _download(url: str, target: Path) -> None:
    from huggingface_hub.utils.tqdm import tqdm

    host = urlsplit(url).hostname
    log.info("downloading weights from %s", host)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response, target.open("wb") as file:  # noqa: S310 - `spec` let only http and https pass
            expected = int(response.headers.get("Content-Length", 0))
            bar = tqdm(total=expected or None, unit="B", unit_scale=True, desc="weights")  # type: ignore[no-untyped-call] # it has no types
            with bar:
                while chunk := response.read(CHUNK):
                    file.write(chunk)
                    bar.update(len(chunk))
    except (OSError, http.client.HTTPException) as error:
        raise UserError("E2004", f"{host} did not send the weights: {type(error).__name__}") from error
    actual = target.stat().st_size
    if expected and actual != expected:
        raise UserError("E2004", f"{host} sent {actual:,} of {expected:,} bytes of the weights")


class OutsideDestinationError(tarfile.TarError):
    """A member of a tar is no file, or lies outside: what tarfile itself raises from 3.11.4 on."""


def _extract(opened: tarfile.TarFile, folder: Path) -> None:
    """Put files where the tar says, and none outside `folder`: from 3.11.4 on Python itself sees to that."""
    if hasattr(tarfile, "data_filter"):
        opened.extractall(folder, filter="data")
        return
    root = folder.resolve()
    for member in opened:
        if not (member.isreg() or member.isdir()) or not (root / member.name).resolve().is_relative_to(root):
            raise OutsideDestinationError
    opened.extractall(root)  # noqa: S202 - its members were looked at


def _unpack(tar: Path, folder: Path) -> Path:
    """Unpack into `folder` and return where the model lies: there, or in the one folder inside."""
    try:
        with tarfile.open(tar) as opened:
            _extract(opened, folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UserError("E2004", f"the weights are no readable tar: {type(error).__name__}") from error
    inside = [folder, *(item for item in folder.iterdir() if item.is_dir())]
    models = [item for item in inside if (item / "config.json").is_file()]
    if len(models) != 1:
        raise UserError("E2004", f"the tar of weights holds {len(models)} folders with a config.json; it must be one")
    return models[0]
