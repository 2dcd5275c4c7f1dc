"""Where a request is prepared, and what README says about adding a normalizer."""

from pathlib import Path

import pytest

from benchmarks.parser_fuzz import docx_file, paragraph, pdf_file
from contract.request import SummaryRequest
from errors import UserError
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


def test_the_extracted_text_is_kept_for_who_asks_for_it_and_shown_nowhere() -> None:
    text = "\ud800 We met Ann Lee.\n\nSkip to content"  # half a surrogate pair, which no JSON can hold
    document = steps.normalize(SummaryRequest(text=text, output_format="json_stream"))
    assert document.extracted == text.replace("\ud800", "\ufffd")
    assert "Ann Lee" not in repr(document)
    assert not steps.normalize(SummaryRequest(text=text, output_format="json")).extracted


def test_what_takes_long_or_may_unpack_to_much_is_not_prepared_beside_others(tmp_path: Path) -> None:
    def lane(*, is_row: bool = False, **inputs: object) -> str | None:
        return steps.lane(SummaryRequest.model_validate(inputs), is_row=is_row)

    def file(data: bytes) -> Path:
        (tmp_path / "file").write_bytes(data)
        return tmp_path / "file"

    short, medium, long = "word " * 10, "word " * 10_000, "word " * 50_000
    assert lane(text=short) is None
    assert lane(text=medium) is None
    assert lane(text=medium, redact_pii="mask") == "short"
    assert lane(text=short, is_row=True) == "rows"
    assert lane(text=long) == lane(html=long) == lane(text=long, is_row=True) == "long"
    assert lane(document=file(medium.encode())) is None
    assert lane(document=file(long.encode())) == "long"
    for packed in (docx_file(paragraph(short)), pdf_file(["word"])):
        assert lane(document=file(packed)) == lane(file=packed) == "short"


def test_a_file_that_is_gone_has_no_lane(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="E1004"):
        steps.lane(SummaryRequest(document=tmp_path / "none"))
