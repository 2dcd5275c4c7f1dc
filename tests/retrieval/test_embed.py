"""The real embedding model, and tiny ones that are made differently."""

import json
import shutil
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel, BertConfig, BertModel

from errors import UserError
from retrieval import embed
from retrieval.embed import Embedder
from weights import registry

FOLDER = registry.FOLDER / registry.EMBEDDING_MODEL
TEXTS = (
    "Refunds",
    "Money is given back within thirty days.",
    "The cooling fan of the press is changed by two people, one of whom holds the belt. " * 6,
    "Fans of the club cheered.",
    "Who pays for the return of a broken pump? " * 20,
)
OLD_STYLE = "sentence_transformers.models"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return embed.load(FOLDER, registry.EMBEDDING_MODEL)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights and no word of how its tokens become a vector."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64, max_position_embeddings=40
    )
    model: Any = BertModel(config)
    model.save_pretrained(folder)
    shutil.copy(FOLDER / "tokenizer.json", folder)
    return folder


def sentence_transformer(
    tiny: Path, folder: Path, pooling: dict[str, Any] | None, modules: Sequence[str] = ("Pooling", "Normalize")
) -> Path:
    """The tiny model with what sentence-transformers writes beside it."""
    shutil.copytree(tiny, folder)
    entries = [{"type": f"{OLD_STYLE}.Transformer", "path": ""}]
    entries += [{"type": f"{OLD_STYLE}.{name}", "path": f"{number}_{name}"} for number, name in enumerate(modules, 1)]
    (folder / "modules.json").write_text(json.dumps(entries))
    if pooling is not None:
        (folder / "1_Pooling").mkdir()
        (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 32} | pooling))
    return folder


def reference(folder: Path, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """First token and mean of all, by transformers in float32, one text at a time."""
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    with torch.inference_mode():
        states = [model(torch.tensor([tokenizer.encode(text).ids])).last_hidden_state[0] for text in texts]
    return unit(np.stack([of_text[0] for of_text in states])), unit(np.stack([of_text.mean(0) for of_text in states]))


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def cosines(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.asarray((some * others).sum(axis=1))


@pytest.mark.parametrize("number_format", ["", "float32", "bfloat16"])
def test_vectors_are_the_models_own_in_the_order_given(monkeypatch: pytest.MonkeyPatch, number_format: str) -> None:
    monkeypatch.setenv("PRECIS_DTYPE", number_format)
    vectors = embed.load(FOLDER, "minilm").encode(TEXTS)
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.dtype(np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    least = 0.99999 if number_format == "float32" else 0.999
    assert cosines(vectors, reference(FOLDER, TEXTS)[1]).min() > least


def test_an_index_knows_its_model_by_name_and_digest(embedder: Embedder) -> None:
    assert embedder.identity == "all-minilm-l6-v2:53aa51172d142c89"
    assert (embedder.dimension, embedder.max_tokens) == (384, 254)


def test_the_number_of_threads_changes_no_vector(embedder: Embedder) -> None:
    texts = [text[start:] for text in TEXTS for start in range(0, 40, 2)]
    assert np.array_equal(embed.load(FOLDER, "minilm", threads=3).encode(texts), embedder.encode(texts))


def test_many_callers_at_once_get_what_each_would_alone(embedder: Embedder) -> None:
    alone = [embedder.encode([text]) for text in TEXTS]
    with ThreadPoolExecutor(len(TEXTS)) as callers:
        for _ in range(4):
            together = callers.map(lambda text: embedder.encode([text]), TEXTS)
            assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_a_batch_is_computed_by_one_thread_alone() -> None:
    workers = embed.load(FOLDER, "minilm", threads=2)._workers
    assert [workers.submit(torch.get_num_threads).result() for _ in range(4)] == [1] * 4


def test_torch_computes_elsewhere_with_as_many_threads_as_before() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        assert embed.load(FOLDER, "minilm", threads=2).encode(["warm"]).shape == (1, 384)
        assert torch.get_num_threads() == 3
        seen: list[int] = []
        thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert seen == [3]
    finally:
        torch.set_num_threads(before)


def test_the_longest_text_is_read_to_its_end(embedder: Embedder) -> None:
    words = ["pump"] * 253
    assert embedder.count([" ".join([*words, "red"])]) == [254]
    red, blue = embedder.encode([" ".join([*words, colour]) for colour in ("red", "blue")])
    assert float(red @ blue) < 0.9999


def test_no_text_is_cut_in_silence(embedder: Embedder) -> None:
    text = " ".join(["pump"] * 255)
    assert embedder.count([text, "pump"]) == [255, 1]
    with pytest.raises(ValueError, match="a text of 255 word pieces; the embedding model reads 254"):
        embedder.encode(["pump", text])


def test_nothing_and_what_is_no_word_have_vectors(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)
    assert embedder.count([]) == []
    assert np.allclose(np.linalg.norm(embedder.encode(["", "\ud800", "\u2603"]), axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("pooling", "which"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, 0),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True, "include_prompt": True}, 1),
        ({"pooling_mode": "cls"}, 0),
        ({"pooling_mode": "mean"}, 1),
    ],
)
def test_tokens_become_a_vector_as_the_folder_says(
    tiny: Path, tmp_path: Path, pooling: dict[str, Any], which: int
) -> None:
    texts = TEXTS[:2]
    folder = sentence_transformer(tiny, tmp_path / "model", pooling)
    assert cosines(embed.load(folder, "tiny").encode(texts), reference(folder, texts)[which]).min() > 0.999
    assert cosines(*reference(folder, texts)).max() < 0.99


def test_a_folder_that_says_nothing_takes_the_mean_and_reads_its_positions(tiny: Path) -> None:
    model = embed.load(tiny, "tiny")
    assert model.max_tokens == 38
    assert cosines(model.encode(TEXTS[:2]), reference(tiny, TEXTS[:2])[1]).min() > 0.999


@pytest.mark.parametrize(
    ("pooling", "modules", "message"),
    [
        ({"pooling_mode": "lasttoken"}, ["Pooling"], "E2001 tiny pools by lasttoken"),
        ({"pooling_mode_max_tokens": True}, ["Pooling"], "E2001 tiny pools by max_tokens"),
        ({"pooling_mode": "mean"}, ["Pooling", "Dense"], "E2001 tiny ends in Dense"),
        (None, ["Pooling"], "E2003 tiny lacks 1_Pooling/config.json"),
    ],
)
def test_a_model_of_another_kind_is_refused(
    tiny: Path, tmp_path: Path, pooling: dict[str, Any] | None, modules: list[str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        embed.load(sentence_transformer(tiny, tmp_path / "model", pooling, modules), "tiny")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_without_the_files_is_refused(tiny: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "model"))
    (folder / name).unlink()
    with pytest.raises(UserError, match="E2003"):
        embed.load(folder, "tiny")
