"""What a PDF gives, and that one made to hurt ends within the reader's limits."""

import re
import resource
import subprocess
import zlib
from pathlib import Path

import pytest

from benchmarks.parser_fuzz import pdf_file, pdf_of
from errors import Fault, UserError
from normalizers.documents import pdf, pdf_text
from tests.serving.processes import eventually, needs_proc

PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<<%b>>/Contents 5 0 R>>"


def one_page(content: bytes, resources: bytes = b"/Font<</F1 3 0 R>>", *more: bytes) -> bytes:
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[4 0 R]/Count 1>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        PAGE % resources,
        content,
        *more,
    )


def stream(data: bytes, entries: bytes) -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(data), entries, data)


def refusal(data: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        pdf.read(data)
    return caught.value


@pytest.mark.parametrize("compressed", [True, False])
def test_pages_are_read_in_order_and_kept_apart(compressed: bool) -> None:
    text = pdf.read(pdf_file(["The council met.", "It adjourned."], compressed=compressed))
    assert text.split(pdf_text.PAGE_BREAK) == ["The council met.", "It adjourned."]


def test_lines_of_a_page_stay_lines() -> None:
    content = b"BT /F1 12 Tf 72 720 Td (First line) Tj 0 -14 Td (second line) Tj ET"
    assert pdf.read(one_page(stream(content, b""))) == "First line\nsecond line"


def test_an_encrypted_pdf_says_so() -> None:
    error = refusal(pdf_file(["secret"], encrypted=True))
    assert error.code == "E1011"
    assert "encrypted" in str(error)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", pdf_file(["The council met."])[:250], b"%PDF-" + b"<<" * 100_000])
def test_a_broken_pdf_says_so(data: bytes) -> None:
    error = refusal(data)
    assert error.code == "E1011"
    assert "broken" in str(error)


def test_a_page_that_cannot_be_read_is_no_page_left_out() -> None:
    whole = pdf_file(["one", "two"])
    error = refusal(whole.replace(b"/Kids[4 0 R 6 0 R]", b"/Kids[4 0 R 9 0 R]"))
    assert error.code == "E1011"
    assert "page 2 of 2" in str(error)


def test_ten_thousand_pages_are_refused_with_both_numbers() -> None:
    error = refusal(pdf_file(["x"] * 10_000))
    assert error.code == "E1012"
    assert "10,000" in str(error)
    assert f"{pdf_text.MAX_PAGES:,}" in str(error)


def test_as_many_pages_as_the_limit_are_read() -> None:
    text = pdf.read(pdf_file(["x"] * pdf_text.MAX_PAGES))
    assert text.count("x") == pdf_text.MAX_PAGES


def test_streams_that_unpack_to_too_much_are_refused() -> None:
    draws = b"BT /F1 12 Tf 72 720 Td " + b"(aaaaaaaaaa) Tj " * 3_000_000 + b"ET"
    error = refusal(one_page(stream(zlib.compress(draws), b"/Filter/FlateDecode")))
    assert error.code == "E1012"
    assert f"{pdf_text.MAX_MEMORY:,}" in str(error)


def test_forms_that_draw_forms_without_end_are_refused() -> None:
    forms = []
    for number in range(6, 18):
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</XObject<</X %d 0 R>>>>" % (number + 1)
        forms.append(stream(b"/X Do " * 10, entries))
    assert refusal(one_page(stream(b"/X Do", b""), b"/XObject<</X 6 0 R>>", *forms)).code in ("E1011", "E1012")


def test_a_reader_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    limits = "resource.setrlimit(resource.RLIMIT_CPU, (1, 2)); resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
    script.write_text(f"import resource; {limits}\nwhile True: pass")
    monkeypatch.setattr(pdf, "_COMMAND", (*pdf._COMMAND[:-1], str(script)))
    error = refusal(b"%PDF-")
    assert error.code == "E1012"
    assert f"{pdf_text.MAX_CPU_SECONDS} s" in str(error)


def test_a_reader_that_cannot_start_is_our_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_COMMAND", (*pdf._COMMAND[:-1], str(tmp_path / "missing.py")))
    with pytest.raises(Fault):
        pdf.read(b"%PDF-")


@needs_proc
def test_the_child_leaves_no_core_dump_behind() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # what the child inherits
    try:
        with subprocess.Popen(pdf._COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
            limits = Path(f"/proc/{child.pid}/limits")
            assert eventually(lambda: re.search(r"Max core file size +0 +0 ", limits.read_text()))
            child.kill()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
