"""Useful tokens a second: the engine beside generate() one at a time, static batches of 16, and others, in one run.

    python -m benchmarks.engine                                 # the embedded model
    python -m benchmarks.engine --random-weights qwen3-4b       # a GPU model's shape; weights do not change speed
    PRECIS_DTYPE=float32 python -m benchmarks.engine --check    # is the batched text the text of generate()?
    python -m benchmarks.engine --peers --vllm-python A/bin/python --llama-python B/bin/python --gguf FILE

Requests are mixed: 60 to 600 prompt tokens, 16 to 96 answer tokens, no end token. The four ways take turns for some
rounds, because machines are shared, and the median of each is printed. Peers have a process each, before that and by
the Python of an environment in which they are installed: vLLM with the same weights, and llama.cpp with the file that
these were converted from. All compute with PRECIS_THREADS threads, or with every core but one.
"""

import argparse
import asyncio
import copy
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks import machine
from benchmarks.sets import DATA, present
from computing import hardware, int8_model
from generation import batching
from generation.engine import Engine
from generation.generation import Sampling
from generation.sampling import RepeatGuard
from weights import load, registry

Request = tuple[list[int], int]  # prompt tokens, answer length

SHAPES: dict[str, dict[str, Any]] = {
    "qwen3-4b": {
        "model_type": "qwen3", "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151_936,
        "max_position_embeddings": 262_144, "tie_word_embeddings": True, "rms_norm_eps": 1e-6,
        "rope_parameters": {"rope_type": "default", "rope_theta": 5_000_000.0},
    },
}  # fmt: skip
STATIC_BATCH = 16
RANDOM_CONTEXT = 8_192
ROOT = Path(__file__).parent.parent


def main() -> None:
    options = arguments()
    beside = through_peers(options) if options.peers else {}
    os.environ.setdefault("PRECIS_THREADS", str(batching.threads()))  # products by AVX2 would take one more
    batching.set_threads(1)  # here; what is measured sets its own
    if options.random_weights:
        model, tokenizer, context = random_model(options.random_weights)
        stock = stock_of(model, Path())
    else:
        folder, spec = load.find_for_setup(None)
        model, tokenizer = load.load(folder, spec)
        stock = stock_of(model, folder)
        context = spec.context_length
    ours = "int8" if int8_model.is_in_8_bits(model) else str(model.dtype)
    print(f"# {machine.describe()}; {stock.dtype}, ours {ours}")
    if options.check:
        check(stock, model, tokenizer, context, options.documents)
        return
    for one in (stock, model):
        one.generation_config.eos_token_id = None
    tokenizer.eos_token = None
    for count in options.requests:
        measure(stock, model, tokenizer, context, count, options.rounds, beside.get(count, {}))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, nargs="+", help="default: 16 32, with --peers 1 16 32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--random-weights", choices=sorted(SHAPES))
    parser.add_argument("--peers", action="store_true", help="vLLM and llama.cpp as well, where they are installed")
    parser.add_argument("--vllm-python", default=sys.executable, help="of an environment with vLLM")
    parser.add_argument("--llama-python", default=sys.executable, help="of an environment with llama-cpp-python")
    parser.add_argument("--gguf", type=Path, help="the file that the model's weights were converted from")
    parser.add_argument("--check", action="store_true", help="compare texts instead of speeds")
    parser.add_argument("--documents", type=Path, default=DATA / "summaries" / "news_cnndm.jsonl")
    options = parser.parse_args()
    options.requests = options.requests or ([1, 16, 32] if options.peers else [16, 32])
    return options


def through_peers(options: argparse.Namespace) -> dict[int, dict[str, float]]:
    """The peers' rates, by how many requests there are at once. One that is not installed, or fails, has none."""
    with ExitStack() as made:
        if options.random_weights:
            folder = Path(made.enter_context(tempfile.TemporaryDirectory()))
            write_config(options.random_weights, folder)
            context = RANDOM_CONTEXT
        else:
            folder, spec = load.find_for_setup(None)
            context = spec.context_length
        vocabulary = json.loads((folder / "config.json").read_bytes())["vocab_size"]
        loads = [mixed_requests(count, vocabulary) for count in options.requests]
        work = {
            "model": str(folder),
            "dtype": str(hardware.dtype(hardware.device())).removeprefix("torch."),
            "context": context,
            "threads": batching.threads() if hardware.device() == "cpu" else 0,
            "random": bool(options.random_weights),
            "rounds": options.rounds,
            "requests": loads,
        }
        rates = {"vLLM": through_peer(options.vllm_python, "vllm", work)}
        if options.gguf:
            rates["llama.cpp"] = through_peer(options.llama_python, "llama", {**work, "model": str(options.gguf)})
    return {
        count: {name: statistics.median(of[number :: len(loads)]) for name, of in rates.items() if of}
        for number, count in enumerate(options.requests)
    }


def through_peer(python: str, name: str, work: dict[str, Any]) -> list[float]:
    """Its tokens a second, load after load and round after round."""
    command = [python, "-m", "benchmarks.others", name]
    done = subprocess.run(command, input=json.dumps(work), capture_output=True, cwd=ROOT, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.splitlines() or [""])[-1]
        print(f"# {name} is not measured: its process ended with code {done.returncode}: {reason}", flush=True)
        return []
    results = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"seconds"')]
    rates = [result["tokens"] / result["seconds"] for result in results]
    told = ", ".join(f"{rate:.1f}" for rate in rates)
    print(f"# {name}, tokens/s, load after load and round after round: {told}", flush=True)
    return rates


def write_config(shape: str, folder: Path) -> None:
    """Write what vLLM makes random weights from."""
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(**SHAPES[shape])
    with torch.device("meta"):
        config.architectures = [type(AutoModelForCausalLM.from_config(config)).__name__]
    config.save_pretrained(folder)


def random_model(shape: str) -> tuple[Any, Any, int]:
    """A model of a known shape with random weights, and the embedded model's tokenizer to turn tokens into text."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    device = hardware.device()
    load.bring_attention_kernel()
    load.use_attention_kernel()
    config = AutoConfig.for_model(**SHAPES[shape])
    with torch.device(device):
        model = AutoModelForCausalLM.from_config(config, dtype=hardware.dtype(device)).eval()
    tokenizer = AutoTokenizer.from_pretrained(load.find(registry.resolve(registry.FALLBACK)))
    return model, tokenizer, RANDOM_CONTEXT


def stock_of(model: Any, folder: Path) -> Any:
    """The model as transformers has it, which the engine does not lay out anew: on a CPU a copy, or from `folder`."""
    if model.device.type != "cpu":
        return model
    if not int8_model.is_in_8_bits(model):
        return copy.deepcopy(model)
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=hardware.dtype("cpu"), local_files_only=True).eval()


def mixed_requests(count: int, vocabulary: int) -> list[Request]:
    """Prompts of random tokens; the same for the same count."""
    rng = random.Random(count)
    top = min(vocabulary, 49_000)
    return [([rng.randrange(100, top) for _ in range(rng.randint(60, 600))], rng.randint(16, 96)) for _ in range(count)]


def measure(
    stock: Any, model: Any, tokenizer: Any, context: int, count: int, rounds: int, beside: dict[str, float]
) -> None:
    """Time the four ways in turns and print their rates and ratios, and those of who was measured beside them."""
    requests = mixed_requests(count, model.config.vocab_size)
    some = requests[: max(4, count // 4)]  # one at a time is the slowest by far, and its rate does not need them all
    plain, ours = "continuous, as it comes", "continuous, ours"
    on_gpu = model.device.type == "cuda"
    ways: dict[str, Callable[[], float]] = {
        "one at a time": lambda: in_thread(lambda: generate_each(stock, some)),
        f"static batches of {STATIC_BATCH}": lambda: in_thread(lambda: generate_static(stock, requests)),
        plain: lambda: through_engine(stock, tokenizer, context, requests, as_it_comes=True),
        ours: lambda: through_engine(model, tokenizer, context, requests, as_it_comes=False),
    }
    if on_gpu:
        del ways[plain]  # there the library's attention and linear layers are ours
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, run in ways.items():
            rates[way].append(run())
    median = {way: statistics.median(values) for way, values in rates.items()} | beside
    one, static = list(median.values())[:2]
    print(f"\n{count} requests, median of {rounds} rounds | tokens/s | x one at a time | x static")
    print("|---|---|---|---|")
    for way, rate in median.items():
        print(f"| {way} | {rate:.1f} | {rate / one:.2f} | {rate / static:.2f} |")
    for peer, rate in beside.items():
        print(f"ours / {peer}: {median[ours] / rate:.2f}")
    if on_gpu:
        print_ceilings(model, requests, median[ours])


def in_thread(work: Callable[[], float]) -> float:
    """Run `work` off the main thread: generate() there slows a later engine of the same process down."""
    results: list[float] = []

    def run() -> None:
        batching.set_threads()
        results.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def generate_each(model: Any, requests: list[Request]) -> float:
    began = time.perf_counter()
    for prompt, length in requests:
        generate(model, [prompt], length)
    return sum(length for _, length in requests) / (time.perf_counter() - began)


def generate_static(model: Any, requests: list[Request]) -> float:
    began = time.perf_counter()
    for first in range(0, len(requests), STATIC_BATCH):
        batch = requests[first : first + STATIC_BATCH]
        generate(model, [prompt for prompt, _ in batch], max(length for _, length in batch))
    return sum(length for _, length in requests) / (time.perf_counter() - began)


@torch.inference_mode()
def generate(model: Any, prompts: list[list[int]], length: int, processors: Any = None) -> list[list[int]]:
    """transformers' own generate(), greedy, left-padded; returns the new tokens."""
    model.set_attn_implementation("sdpa")
    width = max(len(prompt) for prompt in prompts)
    tokens = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in prompts], device=model.device)
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=model.device)
    output = model.generate(
        tokens, attention_mask=mask, max_new_tokens=length, do_sample=False, pad_token_id=0, logits_processor=processors
    )
    return output[:, width:].tolist()  # type: ignore[no-any-return]  # transformers' generate() is untyped


def through_engine(model: Any, tokenizer: Any, context: int, requests: list[Request], as_it_comes: bool) -> float:
    """All requests at once through a fresh engine, which has answered others of the same lengths already.

    On a card it captures a graph when a step of a new size comes, which a server does in its first minutes.
    """
    model.set_attn_implementation("sdpa")
    return asyncio.run(_through_engine(model, tokenizer, context, requests, as_it_comes))


async def _through_engine(
    model: Any, tokenizer: Any, context: int, requests: list[Request], as_it_comes: bool
) -> float:
    batching.set_threads(1)
    with ExitStack() as patches:
        if as_it_comes:
            patches.enter_context(patch("generation.attention.supports", return_value=False))
            patches.enter_context(patch("computing.packed_linear.pack"))
        engine = Engine(model, tokenizer, context)
    engine.start()
    try:
        await asyncio.gather(*(drain(engine, prompt[::-1], length) for prompt, length in requests))
        began = time.perf_counter()
        counts = await asyncio.gather(*(drain(engine, prompt, length) for prompt, length in requests))
        seconds = time.perf_counter() - began
    finally:
        await engine.stop()
    assert sum(counts) == sum(length for _, length in requests)
    return sum(counts) / seconds


async def drain(engine: Engine, prompt: list[int], length: int) -> int:
    generation = engine.stream(prompt, Sampling(max_new_tokens=length))
    async for _ in generation.text():
        pass
    return generation.usage.output_token_count


def print_ceilings(model: Any, requests: list[Request], rate: float) -> None:
    """The card's measured bandwidth and matrix rate, and what share of the time they allow was needed."""
    size = 2**30
    source = torch.empty(size, dtype=torch.uint8, device=model.device)
    target = torch.empty_like(source)
    bandwidth = 2 * size / seconds_of(lambda: target.copy_(source))
    square = torch.randn(8192, 8192, dtype=model.dtype, device=model.device)
    flops = 2 * 8192**3 / seconds_of(lambda: square @ square)
    weights = sum(parameter.numel() for parameter in model.parameters())
    steps = max(length for _, length in requests)
    per_token = batching.bytes_per_token(model.config, model.dtype)
    cached = sum((len(prompt) + length / 2) * length for prompt, length in requests) * per_token
    prefill = 2 * weights * sum(len(prompt) for prompt, _ in requests) / flops
    decode = (steps * weights * model.dtype.itemsize + cached) / bandwidth
    ceiling = sum(length for _, length in requests) / (prefill + decode)
    print(f"measured: {bandwidth / 1e9:,.0f} GB/s, {flops / 1e12:,.0f} TFLOP/s")
    print(f"ceiling: {ceiling:,.0f} tokens/s (prefill {prefill:.3f} s by matrix rate, decoding {decode:.3f} s by")
    print(f"bandwidth); reached {rate / ceiling:.0%} of it")


def seconds_of(work: Callable[[], Any]) -> float:
    """The median time of one call on the GPU."""
    times = []
    for _ in range(20):
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return statistics.median(times[5:])


def check(stock: Any, model: Any, tokenizer: Any, context: int, documents: Path) -> None:
    """How often the engine's text, 16 at once, is generate()'s text token for token, under the same rule on repeats."""
    from transformers import LogitsProcessor, LogitsProcessorList

    class Guard(LogitsProcessor):
        """RepeatGuard for generate(), one request at a time."""

        def __init__(self, prompt_length: int) -> None:
            self._prompt_length = prompt_length
            self._guard = RepeatGuard()

        def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
            generated = input_ids[0, self._prompt_length :].tolist()
            self._guard.extend(generated)
            for last, banned in self._guard.bans(len(generated)):
                if last == generated[-1]:
                    scores[0, banned] = float("-inf")
            return scores

    lines = present(documents).read_text().splitlines()[:STATIC_BATCH]
    prompts = [_chat(tokenizer, json.loads(line)["document"]) for line in lines]
    alone: list[list[int]] = []

    def generate_all() -> float:
        for prompt in prompts:
            processors = LogitsProcessorList([Guard(len(prompt))])
            alone.append(generate(stock, [prompt], 64, processors)[0])
        return 0.0

    in_thread(generate_all)
    expected = [tokenizer.decode(tokens, skip_special_tokens=True).strip() for tokens in alone]
    model.set_attn_implementation("sdpa")

    async def together() -> list[str]:
        engine = Engine(model, tokenizer, context)
        engine.start()
        try:
            return await asyncio.gather(*(_text(engine, prompt) for prompt in prompts))
        finally:
            await engine.stop()

    batched = asyncio.run(together())
    # The engine ends a cut answer at its last full sentence, so it is a beginning of generate()'s text.
    same = sum(whole.startswith(text) and bool(text) for whole, text in zip(expected, batched, strict=True))
    print(f"{same} of {len(prompts)} texts of 16 at once equal generate()'s, 64 tokens each, {model.dtype}")


def _chat(tokenizer: Any, document: str) -> list[int]:
    messages = [{"role": "user", "content": f"Summarize:\n\n{document[:2000]}"}]
    tokens: list[int] = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    return tokens


async def _text(engine: Engine, prompt: list[int]) -> str:
    return "".join([piece async for piece in engine.stream(prompt, Sampling(max_new_tokens=64)).text()])


if __name__ == "__main__":
    main()
