"""Models small enough to make in a test, and a place to pull them to."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.weights.hub_server import COMMIT, REPOSITORY, HubServer, etag
from weights import registry
from weights.registry import ModelSpec

CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] + '<|im_end|>' }}{% endfor %}"
# What a process of its own pulls by; it prints the folder, or why there is none.
PULL = """
import sys
from pathlib import Path
from errors import UserError
from weights.pull import pull
from weights.registry import ModelSpec
try:
    print(pull(ModelSpec.model_validate_json(sys.argv[1]), Path(sys.argv[2])))
except UserError as error:
    print(error)
"""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama with random weights, in safetensors, with a tokenizer of single bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "tiny"
    alphabet = ["<|im_start|>", "<|im_end|>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer_class: Any = PreTrainedTokenizerFast
    fast = tokenizer_class(
        tokenizer_object=tokenizer, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    fast.chat_template = CHAT_TEMPLATE
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(alphabet),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_spec(tiny_model: Path) -> ModelSpec:
    """The same model as a pinned entry of `models.toml` would name it."""
    digests = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in tiny_model.iterdir()}
    return ModelSpec(
        alias="tiny", kind="hub", source=REPOSITORY, revision=COMMIT, context_length=256, size=1, digests=digests
    )


@pytest.fixture
def hub(tiny_model: Path) -> Iterator[HubServer]:
    with HubServer(tiny_model) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path, tiny_model: Path) -> Path:
    """HF_HOME with the tiny model in the hub's cache layout, as an earlier download leaves it."""
    repository = tmp_path / "hf" / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    for file in tiny_model.iterdir():
        blob = etag(file.name, file.read_bytes())
        (repository / "blobs" / blob).write_bytes(file.read_bytes())
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", blob))
    return tmp_path / "hf"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run Python code in a process of its own, because huggingface_hub reads its environment when it is imported."""

    def run_code(code: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        base = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "PRECIS_"))}
        base |= {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1"}
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=base | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_code


@pytest.fixture
def embedded() -> Path:
    """The small embedded model, which `make test` has pulled."""
    return registry.FOLDER / registry.FALLBACK
