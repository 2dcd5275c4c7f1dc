"""What README says about adding a normalizer."""

from pathlib import Path

import pytest

from contract.request import SummaryRequest
from normalizers import cleaning, steps

NORMALIZER = """
from contract.document import Document, Removal
from contract.request import SummaryRequest

def normalize(document: Document, request: SummaryRequest) -> Document:
    text = document.text.replace("CONFIDENTIAL", "")
    removed = Removal(kind="stamp", characters=len(document.text) - len(text))
    return document.model_copy(update={"text": text, "removals": (*document.removals, removed)})
"""


def test_a_user_adds_a_normalizer_by_adding_a_file_and_naming_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stamps.py").write_text(NORMALIZER)
    monkeypatch.setattr(cleaning, "__path__", [*cleaning.__path__, str(tmp_path)])
    from normalizers.cleaning import stamps  # type: ignore[attr-defined]  # written above

    monkeypatch.setattr(steps, "AFTER_REDACTION", (stamps.normalize, *steps.AFTER_REDACTION))
    document = steps.normalize(SummaryRequest(text="CONFIDENTIAL  The bridge opens."))
    assert document.text == "The bridge opens."
    assert [(removal.kind, removal.characters) for removal in document.removals] == [("stamp", 12)]
