"""A flash attention kernel in Python, in a folder as the hub has it: slow, and computed anywhere.

It takes what Dao-AILab's flash attention 2 takes, as far as transformers asks for it, so the libraries find it, check
it, load it and call it as they do the real one.
"""

import json
from pathlib import Path

import pytest
import torch

VARIANT = "torch-stable-abi210-cu130-x86_64-linux"

SOURCE = '''
import torch


def _attend(q, k, v, scale):
    """Causally, the last query being the last key: q [n, heads, width], k and v [m, key heads, width]."""
    n, m, group = len(q), len(k), q.shape[1] // k.shape[1]
    k, v = (x.repeat_interleave(group, 1) for x in (k, v))
    scores = torch.einsum("qhw,khw->hqk", q.float(), k.float()) * scale
    scores = scores.masked_fill(torch.ones(n, m).triu(m - n + 1).bool(), float("-inf"))
    return torch.einsum("hqk,khw->qhw", scores.softmax(-1), v.float()).to(q.dtype)


def flash_attn_func(q, k, v, dropout_p=0.0, softmax_scale=None, causal=False, window_size=(-1, -1)):
    raise NotImplementedError


def flash_attn_varlen_func(
    q, k, v, cu_seqlens_q, cu_seqlens_k, max_seqlen_q, max_seqlen_k, dropout_p=0.0, softmax_scale=None, causal=False,
    window_size=(-1, -1), softcap=0.0, alibi_slopes=None, deterministic=False, return_attn_probs=False,
    block_table=None,
):
    assert causal
    out = torch.zeros_like(q)
    for request in range(len(cu_seqlens_q) - 1):
        own, keys = slice(*cu_seqlens_q[request : request + 2]), slice(*cu_seqlens_k[request : request + 2])
        if own.stop > own.start:
            out[own] = _attend(q[own], k[keys], v[keys], softmax_scale)
    return out


def flash_attn_with_kvcache(
    q, k_cache, v_cache, k=None, v=None, rotary_cos=None, rotary_sin=None, cache_seqlens=None, cache_batch_idx=None,
    cache_leftpad=None, block_table=None, softmax_scale=None, causal=False, window_size=(-1, -1), softcap=0.0,
    rotary_interleaved=True, alibi_slopes=None, num_splits=0, return_softmax_lse=False,
):
    assert causal and k_cache.shape[1] % 256 == 0
    out = torch.zeros_like(q)
    for request, length in enumerate(cache_seqlens.tolist()):
        if length < 0:  # a place that nobody takes
            continue
        page, row = divmod(length, k_cache.shape[1])
        k_cache[block_table[request, page], row] = k[request, 0]
        v_cache[block_table[request, page], row] = v[request, 0]
        pages = block_table[request, : page + 1].long()
        keys, values = (cache[pages].flatten(0, 1)[: length + 1] for cache in (k_cache, v_cache))
        out[request] = _attend(q[request], keys, values, softmax_scale)
    return out
'''


def make(folder: Path, archs: tuple[str, ...] = ("8.0", "9.0", "10.0", "12.0"), source: str = SOURCE) -> Path:
    """Write the kernel into `folder`, said to be built for the CUDA architectures `archs`."""
    build = folder / "build" / VARIANT
    build.mkdir(parents=True)
    metadata = {
        "name": "flash-attn2",
        "id": f"flash_attn2_{abs(hash(folder))}",  # by which Python knows the module
        "version": 3,
        "license": "BSD-3-Clause",
        "python-depends": [],
        "backend": {"type": "cuda", "archs": list(archs)},
    }
    (build / "metadata.json").write_text(json.dumps(metadata))
    (build / "__init__.py").write_text(source)
    return folder


def stand_in_for_a_card(patch: pytest.MonkeyPatch, capability: tuple[int, int] = (8, 6)) -> None:
    """What the libraries ask of CUDA before they load a kernel."""
    patch.setattr(torch.cuda, "is_available", lambda: True)
    patch.setattr(torch.cuda, "get_device_capability", lambda *_: capability)
    patch.setattr(torch.version, "cuda", "13.0")


def forget_what_was_loaded(patch: pytest.MonkeyPatch) -> None:
    """As in a new process, where no kernel was loaded and none is named."""
    for name in ("_loaded_implementation", "_flash_varlen_fn", "_flash_with_kvcache_fn"):
        patch.setattr(f"transformers.modeling_flash_attention_utils.{name}", None)
    patch.delenv("LOCAL_KERNELS", raising=False)
