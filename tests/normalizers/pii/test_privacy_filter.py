"""OpenAI's Privacy Filter as transformers has it, tiny, in a folder like the hub's, and with weights that are known.

One token is one byte. Attention and experts add nothing to it, and the classifier reads signs: "{" begins a person and
"}" ends one, a digit is a secret by itself, and everything else is as likely outside of a person as inside.
"""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import OpenAIPrivacyFilterConfig, OpenAIPrivacyFilterForTokenClassification
from transformers.models.openai_privacy_filter import configuration_openai_privacy_filter as published

from errors import Fault, UserError
from normalizers.pii import privacy_filter
from normalizers.pii.detectors import load_detectors
from normalizers.pii.finding import Finding
from normalizers.pii.redactor import Redactor
from normalizers.pii.spans import TYPES

SIGNS = {"{": "B-private_person", "}": "E-private_person", **dict.fromkeys("0123456789", "S-secret")}
OTHERS = ("O", "I-private_person")
Model = Any


def save(folder: Path, change: Callable[[Model], None]) -> Path:
    """Save a model of 100,000 parameters, random but for what `change` does to it."""
    folder.mkdir()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(0)
    config = OpenAIPrivacyFilterConfig(
        vocab_size=len(alphabet),
        hidden_size=32,
        intermediate_size=16,
        num_hidden_layers=2,
        num_local_experts=4,
        num_experts_per_tok=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=4,
        pad_token_id=0,
        eos_token_id=0,
    )
    model: Model = OpenAIPrivacyFilterForTokenClassification(config)
    with torch.no_grad():
        change(model)
    model.save_pretrained(folder)
    return folder


def read_signs(model: Model) -> None:
    for layer in model.model.layers:
        for weights in (*layer.self_attn.o_proj.parameters(), layer.mlp.experts.down_proj):
            weights.zero_()
        layer.mlp.experts.down_proj_bias.zero_()
    numbers = model.config.label2id
    model.model.embed_tokens.weight.zero_()
    model.model.embed_tokens.weight[:, len(SIGNS)] = 1.0
    model.score.weight.zero_()
    model.score.bias.fill_(-20.0)
    for label in OTHERS:
        model.score.weight[numbers[label], len(SIGNS)] = 4.0
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    for column, (sign, label) in enumerate(SIGNS.items()):
        model.model.embed_tokens.weight[alphabet.index(sign)] = torch.eye(32)[column]
        model.score.weight[numbers[label], column] = 8.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("models") / "signs", read_signs)


@pytest.fixture(scope="module")
def model(folder: Path) -> privacy_filter.PrivacyFilter:
    return privacy_filter.PrivacyFilter(folder)


def values(text: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in findings]


def test_every_published_label_has_a_type_of_ours() -> None:
    assert set(published.OPENAI_PRIVACY_FILTER_NER_LABELS) == privacy_filter.LABELS
    assert set(privacy_filter.TYPES.values()) <= set(TYPES)


def test_a_span_is_what_its_labels_say(model: privacy_filter.PrivacyFilter) -> None:
    text = "Ask {Ann}, {Bo}{Cy} or 7."
    assert values(text, model.find(text)) == [
        ("PERSON", "{Ann}"),
        ("PERSON", "{Bo}"),
        ("PERSON", "{Cy}"),
        ("SECRET", "7"),
    ]


def test_a_finding_says_who_found_it_and_how_sure_it_is(model: privacy_filter.PrivacyFilter) -> None:
    sure, half = model.find("7 {n}")
    assert (sure.detector, half.detector) == ("privacy_filter", "privacy_filter")
    assert sure.score == pytest.approx(1.0, abs=0.001)
    assert half.score == pytest.approx(0.5, abs=0.001)  # the weakest token of it


@pytest.mark.parametrize(
    "before", ["", "Grüße 👩\u200d👩\u200d👧 e\u0301 한국어 ", "\ud800 ", "\u200b\x00 ", "<|endoftext|>"]
)
def test_offsets_are_code_points_whatever_stands_before(model: privacy_filter.PrivacyFilter, before: str) -> None:
    text = f"{before}Frag {{Zoë 한👧}} danach"
    assert values(text, model.find(text)) == [("PERSON", "{Zoë 한👧}")]


@pytest.mark.parametrize("text", ["", " ", "nothing here"])
def test_nothing_is_found_where_nothing_is(model: privacy_filter.PrivacyFilter, text: str) -> None:
    assert model.find(text) == []


@pytest.mark.parametrize(("text", "value"), [("{not ended", "{n"), ("not begun}", "n}")])
def test_a_span_whose_other_end_is_missed_is_found(model: privacy_filter.PrivacyFilter, text: str, value: str) -> None:
    """Label by label it would be no span; the likeliest sequence of labels has one."""
    assert values(text, model.find(text)) == [("PERSON", value)]


def test_spaces_around_a_value_are_not_part_of_it(tmp_path: Path) -> None:
    """The published tokenizer has them at the beginning of most tokens."""

    def begin_with_spaces(model: Model) -> None:
        read_signs(model)
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        embeddings = model.model.embed_tokens.weight
        embeddings[alphabet.index("Ġ")] = embeddings[alphabet.index("{")]

    model = privacy_filter.PrivacyFilter(save(tmp_path / "spaces", begin_with_spaces))
    text = "Ask Ann}"
    assert values(text, model.find(text)) == [("PERSON", "Ann}")]


@pytest.mark.parametrize("place", range(0, 20, 3))
@pytest.mark.parametrize("length", [1, 7, 30])
def test_a_span_is_found_once_and_whole_wherever_a_window_ends(
    model: privacy_filter.PrivacyFilter, monkeypatch: pytest.MonkeyPatch, place: int, length: int
) -> None:
    monkeypatch.setattr(privacy_filter, "WINDOW", 8)
    monkeypatch.setattr(privacy_filter, "CONTEXT", 2)
    text = "." * place + "{" + "n" * length + "}" + "." * 20
    assert values(text, model.find(text)) == [("PERSON", "{" + "n" * length + "}")]


def test_a_text_of_many_windows_is_read_to_its_end(model: privacy_filter.PrivacyFilter) -> None:
    line = "The report of {Jo Ö} was read again.\n"
    text = line * 300 + "7"
    assert len(text) > 8 * privacy_filter.WINDOW
    starts = [finding.start for finding in model.find(text)]
    assert starts == [*(number * len(line) + line.index("{") for number in range(300)), len(text) - 1]


def test_windows_show_every_token_what_it_would_see_in_the_whole_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two layers that look 4 tokens far see 8, so with that much context windows change nothing."""
    model = privacy_filter.PrivacyFilter(save(tmp_path / "random", lambda model: None))
    ids = [number * 37 % 256 for number in range(100)]
    whole = model._classify(ids)
    monkeypatch.setattr(privacy_filter, "WINDOW", 16)
    monkeypatch.setattr(privacy_filter, "CONTEXT", 8)
    assert abs(model._classify(ids) - whole).max() < 1e-5
    monkeypatch.setattr(privacy_filter, "CONTEXT", 0)
    assert abs(model._classify(ids) - whole).max() > 1e-5


def test_many_threads_find_the_same(model: privacy_filter.PrivacyFilter) -> None:
    texts = [f"{'.' * number}{{Ann}} and {number}" for number in range(20)]
    expected = [model.find(text) for text in texts]
    found: dict[int, list[Finding]] = {}
    threads = [
        threading.Thread(target=lambda number=number: found.update({number: model.find(texts[number])}))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [found[number] for number in range(20)] == expected


def test_a_model_that_computes_no_numbers_fails_the_call(tmp_path: Path) -> None:
    def break_classifier(model: Model) -> None:
        read_signs(model)
        model.score.bias.fill_(float("nan"))

    detectors = load_detectors(save(tmp_path / "broken", break_classifier))
    with pytest.raises(FloatingPointError):
        detectors[-1]("Ask {Ann}.")
    with pytest.raises(Fault, match="E5004"):
        Redactor("mask", detectors).redact("Ask {Ann}.")


@pytest.mark.parametrize("label", ["B-private_pet", "person"])
def test_an_unknown_label_is_refused_when_the_model_is_loaded(tmp_path: Path, label: str) -> None:
    folder = save(tmp_path / "other", read_signs)
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace("B-private_person", label))
    with pytest.raises(UserError, match=r"E2001 .* other labels"):
        privacy_filter.load(folder)


def test_a_model_without_its_classifier_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    """Transformers would load it with a random one."""
    from safetensors.torch import load_file, save_file

    folder = save(tmp_path / "headless", read_signs)
    weights = load_file(folder / "model.safetensors")
    save_file({name: weights[name] for name in weights if "score" not in name}, folder / "model.safetensors")
    with pytest.raises(UserError, match="E2003 headless lacks 2 of the model's weights"):
        privacy_filter.load(folder)


def test_the_folder_decides_which_model_finds_names(folder: Path) -> None:
    assert json.loads((folder / "config.json").read_bytes())["model_type"] == "openai_privacy_filter"
    text, redactions = Redactor("mask", load_detectors(folder)).redact("Ask {Zoë Ö}, zoe@example.org.")
    assert text == "Ask [PERSON], [EMAIL]."
    assert [redaction.type for redaction in redactions if redaction.detector == "privacy_filter"] == ["PERSON"]
