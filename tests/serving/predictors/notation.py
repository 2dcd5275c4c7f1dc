"""A predictor with every notation that serving/signature.py reads; `notation.json` is what `cog build` makes of it."""

from typing import List, Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

VOICES = ["soft", "loud"]
ABOUT = "Said of a constant."


class Predictor(BasePredictor):
    @cog.streaming
    @cog.concurrent(max=32)
    async def predict(
        self,
        required_text: str,
        plain: str = "as it is",
        single: str = Input(default='it is "quoted"', description="""Three quotes."""),
        signs: str = Input(default="a < b && b > c", description="Größe, 長さ and µ."),
        pattern: str = Input(default="ab", regex=r"^[a-z]+\.?$", min_length=1, max_length=10),
        count: int = Input(description=ABOUT, default=5, ge=-1, le=2147483647),
        ratio: float = Input(default=1.0, ge=0.01, le=2.0),
        flag: bool = True,
        old: bool = Input(default=False, deprecated=True),
        file: Path = Input(description="Required, for it has no default.", accept="text/*"),
        maybe_file: Optional[Path] = Input(default=None),
        maybe_count: int | None = Input(default=None, ge=0),
        maybe: Optional[str] = Input(description="Optional without a default."),
        words: list[str] = Input(default=[]),
        numbers: List[int] = [1, 2],
        maybe_words: Optional[list[str]] = None,
        voice: str = Input(default="soft", choices=VOICES),
        size: int = Input(default=2, choices=[1, 2, 3]),  # a comment here is no harm
    ) -> ConcatenateIterator[str]:
        raise NotImplementedError
