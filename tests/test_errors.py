import re
from pathlib import Path

import pytest

import errors
from errors import FAULTS, USER_ERRORS, Fault, UserError

ROOT = Path(__file__).parent.parent


def test_the_page_of_codes_is_the_one_that_the_code_makes() -> None:
    assert (ROOT / "docs" / "errors.md").read_text() == errors.markdown()


def test_every_code_is_raised_somewhere_and_every_raised_code_is_known() -> None:
    sources = [
        path for path in ROOT.glob("**/*.py") if not {".venv", "tests", "build"} & set(path.relative_to(ROOT).parts)
    ]
    raised = {code for path in sources for code in re.findall(r'(?:UserError|Fault)\(\s*"(E\d{4})"', path.read_text())}
    assert raised == set(USER_ERRORS) | set(FAULTS)


def test_an_error_says_its_code_and_its_detail() -> None:
    assert str(UserError("E1005", "text is 3 bytes; the limit is 2")) == "E1005 text is 3 bytes; the limit is 2"
    assert str(Fault("E5001")) == "E5001 engine stopped"


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        UserError("E9999")
