"""Texts to vectors: a sentence-transformers model on this machine's device, in the number format that it is fast in.

Knows: what such a model's folder says about it: how many word pieces it reads, and whether the first token or the mean
of all stands for a text. Knows nothing of chunks, of indexes, of where the folder came from, or of the words that some
models want before a question.

On a CPU it is faster than sentence-transformers' own loop (`python -m benchmarks.embedding`): in bfloat16 where the
CPU multiplies that itself, weights packed for the matrix kernels, and batches that keep to the core's cache. Every
batch is computed by one thread alone, so cores do not wait for one another, a text's vector does not depend on how
many there are, and a server that gives this one thread keeps the others for its engine.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

from computing import hardware
from errors import UserError
from splitting import characters

if TYPE_CHECKING:
    import numpy as np

    Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]

BATCH_TOKENS = {"cpu": 2_048, "cuda": 65_536}  # padding included


def load(folder: Path, alias: str, threads: int = 1) -> "Embedder":
    """Load the model in `folder`, which is called `alias`; on a CPU, `threads` batches are computed at once.

    Give it every core when nothing else runs, as in building an index on the command line; one within a server.
    Raises UserError E2001 when the folder's model is of another kind, E2003 when files are missing.
    """
    return Embedder(folder, alias, threads)


class Embedder:
    """The loaded model, which may be used from many threads at once. Holds nothing of any text.

    Pickled as its folder, from which a process loads it once.
    """

    identity: str  # alias and digest of the weights: vectors of another identity are of another space
    dimension: int
    max_tokens: int  # word pieces that one text may have, not counting [CLS] and [SEP]

    def __init__(self, folder: Path, alias: str, threads: int) -> None:
        from tokenizers import Tokenizer
        from transformers import AutoModel

        from computing import packed_linear

        self._made_from = (folder, alias, threads)
        for name in ("config.json", "tokenizer.json"):
            if not (folder / name).is_file():
                raise UserError("E2003", f"{alias} holds no {name}, so no embedding model")
        self.identity = f"{alias}:{_digest(folder, alias)[:16]}"
        self._first_only = _takes_first(folder, alias)
        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()  # the file asks for 128 tokens, whatever the model reads
        self._tokenizer.no_padding()
        self.max_tokens = _longest(folder) - self._tokenizer.num_special_tokens_to_add(False)
        self._device = hardware.device_beside()
        model: Any = AutoModel.from_pretrained(
            folder, dtype=hardware.dtype(self._device), use_safetensors=True, local_files_only=True
        )
        self._model = model.eval().to(self._device)
        self.dimension = int(model.config.hidden_size)
        self._padding = getattr(model.config, "pad_token_id", None) or 0
        if self._device == "cpu":
            packed_linear.pack(model)
        self._workers = _workers(threads if self._device == "cpu" else 1)

    def __reduce__(self) -> "tuple[Callable[[Path, str, int], Embedder], tuple[Path, str, int]]":
        return _loaded, self._made_from

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, not counting [CLS] and [SEP]."""
        return [len(encoding.ids) for encoding in self._tokenize(texts, add_special_tokens=False)]

    def encode(self, texts: Sequence[str]) -> "Floats":
        """Return the texts' vectors in their order: float32 [texts, dimension], each of length 1.

        Raises ValueError for a text of more than `max_tokens`: what a model does not read, nobody would find.
        """
        import numpy as np

        pieces = [encoding.ids for encoding in self._tokenize(texts, add_special_tokens=True)]
        self._require_readable(pieces)
        vectors = np.empty((len(texts), self.dimension), np.float32)
        batches = list(_batches(pieces, BATCH_TOKENS[self._device]))
        of_batches = self._workers.map(self._vectors, ([pieces[number] for number in batch] for batch in batches))
        for batch, of_batch in zip(batches, of_batches, strict=True):
            vectors[batch] = of_batch
        return vectors

    def _tokenize(self, texts: Sequence[str], *, add_special_tokens: bool) -> list[Any]:
        # The tokenizer takes what UTF-8 can hold.
        readable = [characters.whole(text) for text in texts]
        encodings: list[Any] = self._tokenizer.encode_batch_fast(readable, add_special_tokens=add_special_tokens)
        return encodings

    def _require_readable(self, pieces: list[list[int]]) -> None:
        longest = max(map(len, pieces), default=0) - self._tokenizer.num_special_tokens_to_add(False)
        if longest > self.max_tokens:
            raise ValueError(f"a text of {longest} word pieces; the embedding model reads {self.max_tokens}")

    def _vectors(self, pieces: list[list[int]]) -> "Floats":
        """The vectors of one batch, its longest text first."""
        import torch

        with torch.inference_mode():
            lengths = torch.tensor([len(of_text) for of_text in pieces])
            width = len(pieces[0])
            padded = [of_text + [self._padding] * (width - len(of_text)) for of_text in pieces]
            ids = torch.tensor(padded, device=self._device)
            mask = (torch.arange(width) < lengths[:, None]).to(self._device)
            states = self._model(input_ids=ids, attention_mask=mask.long()).last_hidden_state.float()
            assert states.shape == (len(pieces), width, self.dimension)
            # A sum points where the mean does, and all are made as long.
            pooled = states[:, 0] if self._first_only else (states * mask[..., None]).sum(1)
            vectors: Floats = torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()
        return vectors


@lru_cache(maxsize=1)
def _loaded(folder: Path, alias: str, threads: int) -> Embedder:
    return Embedder(folder, alias, threads)


def _workers(count: int) -> ThreadPoolExecutor:
    """Threads in which torch computes with no others of its own. In other threads it goes on as it was."""
    import torch

    own = torch.get_num_threads()
    pool, together = ThreadPoolExecutor(count, "embedding"), Barrier(count)

    def begin(_number: int) -> None:
        together.wait()  # so that each thread begins once
        torch.set_num_threads(1)  # of this thread, and what later ones begin with
        torch.get_num_threads()  # a thread begins when torch first looks, and would take what is set by then

    list(pool.map(begin, range(count)))
    torch.set_num_threads(own)
    return pool


def _batches(pieces: list[list[int]], tokens: int) -> Iterator[list[int]]:
    """Yield the texts' numbers, longest text first, as many at a time as `tokens` hold when padded to the longest."""
    order = sorted(range(len(pieces)), key=lambda number: -len(pieces[number]))
    start = 0
    while start < len(order):
        size = max(1, tokens // len(pieces[order[start]]))
        yield order[start : start + size]
        start += size


def _digest(folder: Path, alias: str) -> str:
    """The sha256 of model.safetensors, or of all the files together that a large model's weights are in."""
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise UserError("E2003", f"{alias} holds no weights in safetensors")
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(2**20):
                digest.update(block)
    return digest.hexdigest()


def _longest(folder: Path) -> int:
    """How many tokens the model reads: the least of what its files say."""
    places = (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    )
    said = (_read(folder / file).get(key) for file, key in places)
    return int(min(limit for limit in said if limit))


def _takes_first(folder: Path, alias: str) -> bool:
    """Whether a text's first token stands for it; else, and where no file says, the mean of all does."""
    if not (folder / "modules.json").is_file():
        return False
    paths = {module["type"].rpartition(".")[2]: module["path"] for module in _read(folder / "modules.json")}
    if others := paths.keys() - {"Transformer", "Pooling", "Normalize"}:
        raise UserError("E2001", f"{alias} ends in {', '.join(sorted(others))}, which is not supported")
    if "Pooling" not in paths:
        return False
    config = _read(folder / paths["Pooling"] / "config.json")
    if not config:
        raise UserError("E2003", f"{alias} lacks {paths['Pooling']}/config.json, which says how tokens become a vector")
    # One word in newer files; in older ones a flag for each way.
    flags = [key for key, value in config.items() if key.startswith("pooling_mode_") and value is True]
    mode = config.get("pooling_mode") or "+".join(flags).removeprefix("pooling_mode_")
    if mode not in ("cls", "cls_token", "mean", "mean_tokens"):
        raise UserError("E2001", f"{alias} pools by {mode}; supported are mean and cls")
    return bool(mode.startswith("cls"))


def _read(file: Path) -> Any:
    return json.loads(file.read_bytes()) if file.is_file() else {}
