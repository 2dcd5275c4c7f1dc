"""The styles: one TOML file each, read and checked.

Knows: what a style file must hold. Knows nothing about prompts, tokens or models. A new style is a new file here, and
its name in the choices of `predict.py`.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contract.request import LENGTHS, MAX_OUTPUT_TOKENS, MAX_TOP_K, MIN_TOP_P
from errors import UserError

FOLDER = Path(__file__).parent

_Line = Annotated[str, Field(min_length=1, pattern=r"^[^\n]+$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Extent(_Table):
    """What one length means in one style."""

    phrase: _Line  # what the text is made into: "in one or two sentences", "as a list of five bullet points"
    keep: str = ""  # what of it must be kept besides its meaning: "names and numbers"
    words: Annotated[int, Field(ge=1)]  # the most that there should be; benchmarks hold the output against it
    max_tokens: Annotated[int, Field(ge=1, le=MAX_OUTPUT_TOKENS)]  # where generation ends at the latest
    guidance: str | None = None  # instead of the style's


class SamplingDefaults(_Table):
    """Which tokens a request with a temperature may draw from when it does not say so itself."""

    top_p: Annotated[float, Field(ge=MIN_TOP_P, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=1, le=MAX_TOP_K)] = 50


class Style(_Table):
    """Whom a summary is for and how it is written."""

    name: _Line
    description: _Line
    instructions: Annotated[str, Field(min_length=1)]
    format: _Line
    guidance: str = ""  # what else to say to a model that can follow it
    lengths: dict[str, Extent]  # one for each of the contract's LENGTHS
    sampling: SamplingDefaults = SamplingDefaults()


@lru_cache(maxsize=1)
def load_all() -> dict[str, Style]:
    """Return every style by name, in alphabetical order. Raises ValueError naming the file that is wrong."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.toml"))}


def get(name: str) -> Style:
    """Return one style. Raises UserError E1008 with the names that there are."""
    styles = load_all()
    if name not in styles:
        raise UserError("E1008", f"style {name[:40]!r} is unknown; there are {', '.join(styles)}")
    return styles[name]


def load(path: Path) -> Style:
    """Read one style file. Raises ValueError with the file's name and what is wrong with it."""
    try:
        style = Style.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:  # of TOML, of the encoding, or pydantic's
        raise ValueError(f"{path.name}: {error}") from error
    if set(style.lengths) != set(LENGTHS):
        raise ValueError(f"{path.name}: its lengths are {', '.join(style.lengths)}; they must be {', '.join(LENGTHS)}")
    if style.name != path.stem:
        raise ValueError(f"{path.name}: its name is {style.name!r}; it must be the file's")
    return style
