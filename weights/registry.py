"""Which model a name means.

Knows: `models.toml`, and the three ways to name a model: an alias, a folder, `owner/name@revision`. Knows nothing
about whether its files are here.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

from errors import UserError

FOLDER = Path(__file__).parent
DEFAULT = "qwen2.5-1.5b"  # the embedded one: what is served where nothing else is asked for
FALLBACK = "smollm2-135m"  # what stands in for it where memory is short or it cannot be had
NAMES_MODEL = "rampart"  # finds the names and places that redaction replaces
EMBEDDING_MODEL = "all-minilm-l6-v2"  # makes the vectors by which knowledge is searched
ATTENTION_KERNEL = "flash-attn2"  # computes attention on GPUs

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Part(NamedTuple):
    """A piece of a model's file, as one file in a wheel of the package index."""

    wheel: str  # the wheel's file name, which says the project and the version
    member: str  # the file in it
    sha256: Sha256  # of the wheel


class Support(BaseModel):
    """What a model's answers to whether a document supports a sentence are worth: see benchmarks/faithfulness.py.

    A sentence's support is 1 / (1 + exp(-slope * odds - intercept)): that its answer is yes, as far as people agree.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slope: float
    intercept: float
    threshold: float  # of those below it, nine in ten are unsupported


class ModelSpec(BaseModel):
    """One model: what it is called, where its files come from and what they must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alias: str
    kind: Literal["wheel", "hub", "kernel", "folder", "archive"]
    source: str  # a PyPI project, `owner/name` on the hub (of a model or a kernel), a folder, or the URL of a tar
    revision: str = ""  # a version, a commit or a branch; empty for a folder and a tar
    task: Literal["text-generation", "token-classification", "feature-extraction", "attention"] = "text-generation"
    license: str = "unknown"
    context_length: int = 0  # tokens that are served; 0: as many as the model's own config says
    prompting: Literal["rewrite", "instruct"] = "instruct"  # the profile that it is prompted by
    dtype: Literal["float32", "bfloat16", "float16"] = "bfloat16"  # of the stored weights
    support: Support | None = None  # None: nobody has measured its answers, so it is not asked
    size: int = 0  # bytes to download; 0: not known
    stored: int = 0  # bytes that it takes when it is here; 0: as many as are downloaded
    digests: dict[str, Sha256] = {}  # sha256 by file name; empty: nobody pinned them
    parts: tuple[Part, ...] = ()  # another source of the one pinned file: its pieces, in order

    @property
    def is_converted(self) -> bool:
        """Whether what is downloaded is not yet what is loaded."""
        return any(name.endswith((".gguf", ".onnx")) for name in self.digests)

    @property
    def size_here(self) -> int:
        """Bytes that it takes when it is here; 0 when that is not known."""
        return self.stored or self.size


@cache
def models() -> dict[str, ModelSpec]:
    """The entries of `models.toml` by alias."""
    entries = tomllib.loads((FOLDER / "models.toml").read_text())
    return {alias: ModelSpec(alias=alias, **entry) for alias, entry in entries.items()}


def language_models() -> list[ModelSpec]:
    """Those of them that write text."""
    return [spec for spec in models().values() if spec.task == "text-generation"]


def resolve(name: str) -> ModelSpec:
    """The model that `name` means: an alias, a folder, or `owner/name@revision`. Raises UserError E2001."""
    if name in models():
        return models()[name]
    if name and Path(name).expanduser().is_dir():
        return folder_spec(Path(name).expanduser())
    if match := re.fullmatch(r"(?P<source>[\w.-]+/[\w.-]+)@(?P<revision>[\w./-]+)", name):
        source, revision = match["source"], match["revision"]
        pinned = (spec for spec in models().values() if (spec.source, spec.revision) == (source, revision))
        return next(pinned, ModelSpec(alias=name, kind="hub", source=source, revision=revision))
    raise UserError(
        "E2001", f"{name!r} is none of {', '.join(models())}, no folder, and not of the form owner/name@revision"
    )


def resolve_language_model(name: str) -> ModelSpec:
    """The model that `name` means, which writes text. Raises UserError E2001."""
    spec = resolve(name)
    if spec.task != "text-generation":
        raise UserError(
            "E2001", f"{name} is for {spec.task}; {', '.join(one.alias for one in language_models())} write text"
        )
    return spec


def folder_spec(folder: Path) -> ModelSpec:
    """A model that is a folder of the user's own: it is taken as it is."""
    return ModelSpec(alias=folder.resolve().name, kind="folder", source=str(folder.resolve()))
