import re
from pathlib import Path
from typing import Any

import pytest

from contract import request
from serving.schema import dumps, openapi, write
from serving.server import ROOT
from serving.signature import NotationError, read
from tests.serving.conftest import PREDICTORS

PREDICT = ROOT / "predict.py"


def inputs() -> dict[str, Any]:
    properties: dict[str, Any] = openapi(PREDICT)["components"]["schemas"]["Input"]["properties"]
    return properties


def choices(name: str) -> list[str]:
    values: list[str] = openapi(PREDICT)["components"]["schemas"][name]["enum"]
    return values


def test_the_document_is_the_one_that_cog_build_writes_byte_for_byte() -> None:
    ours = dumps(openapi(PREDICTORS / "notation.py"))
    assert ours == (PREDICTORS / "notation.json").read_text(encoding="utf-8").replace("0.23.1", sdk_version())


def test_the_document_carries_the_version_that_builds_the_image() -> None:
    assert openapi(PREDICT)["info"]["version"] == sdk_version()


def sdk_version() -> str:
    return (ROOT / "cog.yaml").read_text().partition('sdk_version: "')[2].partition('"')[0]


def test_predict_streams_to_32_clients_at_once() -> None:
    signature = read(PREDICT)
    assert (signature.is_streaming, signature.max_concurrency) == (True, 32)
    assert openapi(PREDICT)["paths"]["/predictions"]["post"]["x-cog-streaming"] is True
    output = openapi(PREDICT)["components"]["schemas"]["Output"]
    assert (output["x-cog-array-type"], output["x-cog-array-display"]) == ("iterator", "concatenate")


def test_the_inputs_come_in_the_order_of_the_form() -> None:
    assert list(inputs())[:3] == ["text", "document", "documents"]
    assert [schema["x-order"] for schema in inputs().values()] == list(range(len(inputs())))
    assert all(schema["description"] for schema in inputs().values())


def test_the_limits_of_predict_are_those_of_the_contract() -> None:
    found = inputs()
    limits = {
        "max_tokens": (0, request.MAX_OUTPUT_TOKENS),
        "max_new_tokens": (0, request.MAX_OUTPUT_TOKENS),
        "temperature": (0, request.MAX_TEMPERATURE),
        "top_p": (request.MIN_TOP_P, 1),
        "top_k": (1, request.MAX_TOP_K),
        "seed": (0, request.MAX_SEED),
    }
    assert {name: (found[name]["minimum"], found[name]["maximum"]) for name in limits} == limits


def test_the_defaults_of_predict_are_those_of_the_contract() -> None:
    fields = request.SummaryRequest.model_fields
    of_rows_only = ("html", "file", "file_name")
    named = {name: name for name in fields if name not in of_rows_only} | request.OTHER_NAMES
    assert list(inputs()) == list(named)
    for name, schema in inputs().items():
        default = fields[named[name]].default
        assert schema["default"] == (list(default) if isinstance(default, tuple) else default), name


def test_the_choices_of_predict_are_the_style_files_and_those_of_the_contract() -> None:
    assert choices("style") == sorted(path.stem for path in (ROOT / "styles").glob("*.toml"))
    assert choices("length") == list(request.LENGTHS)
    assert choices("output_format") == list(request.OUTPUT_FORMATS)


def test_numbers_that_a_description_repeats_are_the_limits() -> None:
    found = inputs()
    assert f"at most {request.MAX_BYTES // 1_000_000} MB" in found["document"]["description"]
    terms = [request.MAX_TERMS, request.MAX_TERM_CHARACTERS]
    limits = {
        "stop_sequences": [request.MAX_STOP_SEQUENCES, request.MAX_STOP_CHARACTERS],
        "keep_terms": terms,
        "redact_terms": terms,
        "focus": [request.MAX_FOCUS_CHARACTERS],
        "system_prompt": [request.MAX_SYSTEM_PROMPT_CHARACTERS],
        "knowledge_filter": [request.MAX_FILTER_CHARACTERS],
    }
    for name, numbers in limits.items():
        assert [int(number) for number in re.findall(r"\d+", found[name]["description"])] == numbers, name


def test_a_text_has_no_length_in_the_schema_since_there_a_data_url_counts() -> None:
    assert not [name for name, schema in inputs().items() if "maxLength" in schema]


def test_the_document_is_written_where_cogs_server_looks_for_it(words_project: Path, tmp_path: Path) -> None:
    path = write(tmp_path, words_project / "predict.py")
    assert path == tmp_path / ".cog" / "openapi_schema.json"
    assert path.read_text(encoding="utf-8") == dumps(openapi(words_project / "predict.py"))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "parameter",
    [
        'x: str = Input(description="joined " "strings")',
        'x: str = Input(description=("in parentheses"))',
        'x: str = Input(description=f"computed")',
        r'x: str = Input(description="an escape\n")',
        "x: str = Input(description=ELSEWHERE)",
        "x: str = Input(default=ELSEWHERE)",
        'x: str = Input(default="a" + "b")',
        "x: list[str] = Input(default_factory=list)",
        'x: list[str] = Input(default=["a",  # a comment in a list\n            "b"])',
        'x: str = Input("by position")',
        'x: str = Input(default="a", gt=1)',
        "x: int = Input(ge=2**3)",
        "x: int = Input(ge=HERE)",
        "x: int = Input(default=None)",
        "x: int = Input(default=1_000)",
        "x: float = Input(default=0.00001)",
        'x: str = Input(choices=[word for word in "ab"])',
        "x: str = Input(choices=[])",
        "x: str = Input(choices=ELSEWHERE)",
        'x: list[str] = Input(choices=["a"])',
        'x: str = Input(accept="text/*")',
        'x: Literal["a", "b"] = "a"',
        "x: Colour",
        "x: list[Optional[str]]",
        "x: str | int",
        'x="no type"',
        "*, x: str",
        "**x: str",
    ],
)
def test_a_notation_that_cog_would_misread_is_refused_with_its_line(parameter: str, tmp_path: Path) -> None:
    with pytest.raises(NotationError, match=r"^predict\.py:(5|6): .*(x|plain parameters)"):
        read(predictor(tmp_path, parameter))


@pytest.mark.parametrize(
    ("decorators", "returns", "what"),
    [
        ("@cog.streaming", "str", "iterator"),
        ("@cog.concurrent(max=HERE)", "str", "plain literal"),
        ("@cog.concurrent(max=0)", "str", "1 or more"),
        ("@cog.concurrent(4)", "str", "decorators"),
        ("@functools.cache", "str", "decorators"),
        ("@cog.concurrent(max=4)", "str", "async"),
        ("", "None", "return"),
        ("", "ConcatenateIterator[int]", "return"),
    ],
)
def test_a_decorator_or_output_that_cog_would_misread_is_refused(
    decorators: str, returns: str, what: str, tmp_path: Path
) -> None:
    with pytest.raises(NotationError, match=what):
        read(predictor(tmp_path, "x: str", decorators, returns))


def test_a_class_without_predict_is_refused(tmp_path: Path) -> None:
    (tmp_path / "predict.py").write_text("class Predictor:\n    pass\n")
    with pytest.raises(NotationError, match="neither run"):
        read(tmp_path / "predict.py")
    with pytest.raises(NotationError, match="no class Other"):
        read(tmp_path / "predict.py", "Other")


def test_a_choice_that_would_hide_a_part_of_the_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotationError, match="'Status'"):
        openapi(predictor(tmp_path, 'Status: str = Input(choices=["a"])'))


def predictor(folder: Path, parameter: str, decorators: str = "", returns: str = "str") -> Path:
    path = folder / "predict.py"
    method = f"    {decorators}\n    def predict(self, {parameter}) -> {returns}: ..."
    path.write_text(f"import cog\nHERE = 5\nclass Predictor(cog.BasePredictor):\n{method}\n")
    return path
