from pathlib import Path

import pytest

from errors import UserError
from normalizers.pii.terms import configured, detector


def found(terms: list[str], text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in detector(terms)(text)]


def test_terms_are_found_as_whole_words_whatever_their_case_and_spacing() -> None:
    text = "Project  Heron, project heron, but no Heronry."
    assert found(["Project Heron", "heron"], text) == ["Project  Heron", "project heron"]


def test_characters_of_a_term_mean_themselves() -> None:
    assert found(["C++ (v2)"], "We use C++ (v2) and C plus plus.") == ["C++ (v2)"]


def test_configured_terms_are_a_file_with_one_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRECIS_KEEP_TERMS", raising=False)
    assert configured("PRECIS_KEEP_TERMS") == ()
    (tmp_path / "terms.txt").write_text("Ann Arbor\n\n Paris \n")
    monkeypatch.setenv("PRECIS_KEEP_TERMS", str(tmp_path / "terms.txt"))
    assert configured("PRECIS_KEEP_TERMS") == ("Ann Arbor", "Paris")


def test_a_list_that_cannot_be_read_is_an_error_and_not_an_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRECIS_REDACT_TERMS", str(tmp_path / "none.txt"))
    with pytest.raises(UserError, match="E1004 the file that PRECIS_REDACT_TERMS names cannot be read"):
        configured("PRECIS_REDACT_TERMS")
