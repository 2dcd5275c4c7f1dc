"""Every style file is whole, predict() offers exactly these, and a wrong file or name says what is wrong."""

import ast
from pathlib import Path

import pytest

from contract.request import LENGTHS
from errors import UserError
from styles import catalog

PREDICT = Path(catalog.FOLDER.parent, "predict.py")


def choices_of(name: str) -> list[str]:
    """The literal choices of one input, read as Cog reads them: without running the file."""
    predict = next(
        node
        for node in ast.walk(ast.parse(PREDICT.read_text()))
        if isinstance(node, ast.AsyncFunctionDef) and node.name == "predict"
    )
    arguments = predict.args.args[1:]
    default = next(
        value for argument, value in zip(arguments, predict.args.defaults, strict=True) if argument.arg == name
    )
    assert isinstance(default, ast.Call)
    choices: list[str] = next(ast.literal_eval(word.value) for word in default.keywords if word.arg == "choices")
    return choices


def test_predict_offers_the_styles_and_lengths_that_there_are() -> None:
    assert choices_of("style") == list(catalog.load_all())
    assert choices_of("length") == list(LENGTHS)


def test_the_nine_styles_are_there_and_differ() -> None:
    loaded = catalog.load_all()
    assert list(loaded) == ["abstract", "bullets", "casual", "executive", "general", "legal", "minutes", "news", "tldr"]
    assert len({style.instructions for style in loaded.values()}) == len(loaded)


def test_a_longer_length_asks_for_more_words_and_allows_more_tokens() -> None:
    for style in catalog.load_all().values():
        extents = [style.lengths[length] for length in LENGTHS]
        assert extents == sorted(extents, key=lambda extent: (extent.words, extent.max_tokens)), style.name
        assert all(extent.max_tokens >= 1.5 * extent.words for extent in extents), style.name


def test_an_unknown_style_is_refused_with_the_known_names() -> None:
    with pytest.raises(
        UserError, match=r"E1008 .*'sonnet'.*abstract, bullets, casual, executive, general, legal, minutes, news, tldr"
    ):
        catalog.get("sonnet")


GENERAL = Path(catalog.FOLDER, "general.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("instructions", "instruction", "instructions"),
        ("[lengths.brief]", "[lengths.tiny]", "lengths are tiny, standard, detailed"),
        ("max_tokens = ", "max_tokens = 9", "max_tokens"),
        ('name = "general"', 'name = "other"', "its name is 'other'"),
        ('name = "general"', "name = general", "line 1"),
        ("top_p = ", "top_p = 3", "top_p"),
    ],
)
def test_a_broken_file_fails_with_its_name_and_the_reason(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "general.toml"
    assert old in GENERAL
    path.write_text(GENERAL.replace(old, new))
    with pytest.raises(ValueError, match=rf"(?s)^general\.toml: .*{complaint}"):
        catalog.load(path)


def test_a_new_style_is_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "haiku.toml"
    path.write_text(GENERAL.replace('name = "general"', 'name = "haiku"'))
    assert catalog.load(path).name == "haiku"
