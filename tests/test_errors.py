import re
from pathlib import Path

import pytest

import errors
from errors import FAULTS, USER_ERRORS, Fault, UserError

ROOT = Path(__file__).parent.parent


def test_the_page_of_codes_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == errors.markdown()


def test_every_code_is_raised_somewhere_and_every_raised_code_is_known() -> None:
    others = {".venv", ".venv-vllm", "tests", "build"}
    sources = [path for path in ROOT.glob("**/*.py") if not others & set(path.relative_to(ROOT).parts)]
    raised = {
        code
        for path in sources
        for code in re.findall(r'(?:UserError|Fault|LaterError)\(\s*"(E\d{4})"', path.read_text())
    }
    assert raised == set(USER_ERRORS) | set(FAULTS)


def test_an_error_says_its_code_and_its_detail() -> None:
    assert str(UserError("E1005", "text is 3 bytes; the limit is 2")) == "E1005 text is 3 bytes; the limit is 2"
    assert str(Fault("E5001")) == "E5001 engine stopped"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CUDA out of memory. Tried to allocate 20.00 MiB.", True),
        ("CUDA error: an illegal memory access was encountered\nand then a line of values", True),
        ("[enforce fail at alloc_cpu.cpp:117] you tried to allocate 4096 bytes.", True),
        ("could not convert 'Jonathan Richardson'", False),
    ],
)
def test_a_fault_is_logged_with_its_places_and_only_with_what_a_device_says(
    text: str, shown: bool, caplog: pytest.LogCaptureFixture
) -> None:
    def inner() -> None:
        raise RuntimeError(text)

    with pytest.raises(RuntimeError) as raised:
        inner()
    assert str(errors.public(raised.value)) == "E5000 internal fault"
    said = f" ({text.splitlines()[0]})" if shown else ""
    places = r" < tests/test_errors.py:\d+ inner < tests/test_errors.py:\d+ test_a_fault\w+"
    assert re.fullmatch(f"fault: RuntimeError{re.escape(said)}{places}", caplog.messages[0])


def test_an_error_that_was_never_raised_comes_from_nowhere() -> None:
    assert errors.trace(ValueError("x")) == "ValueError"


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        UserError("E9999")
