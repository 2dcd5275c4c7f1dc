"""A file's bytes become lines, whatever its encoding and its line ends."""

import codecs
import io
import tracemalloc
from typing import ClassVar

import pytest

from rows import lines


def read(content: bytes) -> list[tuple[int, str, str]]:
    return [(number, text, problem) for number, text, problem in lines.read(io.BufferedReader(io.BytesIO(content)))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_as_any_system_ends_it(end: str) -> None:
    assert read(f"a{end}{end}b{end}c".encode()) == [(1, "a\n", ""), (2, "\n", ""), (3, "b\n", ""), (4, "c", "")]


def test_line_ends_may_be_mixed() -> None:
    assert [text for _, text, _ in read(b"a\rb\nc\r\nd")] == ["a\n", "b\n", "c\n", "d"]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_says_the_encoding_and_is_no_part_of_the_first_line(mark: bytes, encoding: str) -> None:
    content = mark + "Ünal\r\n\U0001f600\u2028\x85\n".encode(encoding)
    assert read(content) == [(1, "Ünal\n", ""), (2, "\U0001f600\u2028\x85\n", "")]


def test_a_byte_that_is_none_is_replaced_in_a_line_of_utf_8_and_costs_any_other_line() -> None:
    content = "Jürgen Ström ".encode() + b"\xff\nplain \xff\nStra\xdfe\n" + "Größe".encode()
    assert read(content) == [
        (1, "Jürgen Ström \ufffd\n", ""),
        (2, "plain \udcff\n", "it is not UTF-8"),
        (3, "Stra\udcdfe\n", "it is not UTF-8"),
        (4, "Größe", ""),
    ]


def test_a_pipe_may_give_its_byte_order_mark_alone() -> None:
    class Pipe(io.RawIOBase):
        parts: ClassVar = [codecs.BOM_UTF16_LE, "a\nb".encode("utf-16-le")]

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            part = self.parts.pop(0) if self.parts else b""
            buffer[: len(part)] = part
            return len(part)

    assert [text for _, text, _ in lines.read(io.BufferedReader(Pipe()))] == ["a\n", "b"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a\n\xffb\nc\n", "it is not UTF-8"),
        (b"a\n\xed\xa0\x80\nc\n", "it is not UTF-8"),
        (codecs.BOM_UTF8 + b"a\n\xffb\nc\n", "it is not UTF-8"),
        (codecs.BOM_UTF16_LE + b"a\0\n\0\x3d\xd8\n\0c\0\n\0", "it is not UTF-16"),
        (codecs.BOM_UTF32_BE + b"\0\0\0a\0\0\0\n\0\x11\0\0\0\0\0\n\0\0\0c\0\0\0\n", "it is not UTF-32"),
    ],
    ids=range(5),
)
def test_bytes_that_are_no_text_are_a_problem_of_their_line_alone(content: bytes, problem: str) -> None:
    assert [problem for _, _, problem in read(content)] == ["", problem, ""]


def test_what_breaks_off_in_the_middle_of_a_character_is_a_problem_of_the_last_line() -> None:
    assert [problem for _, _, problem in read("a\nÜ".encode("utf-16")[:-1])] == ["", "it is not UTF-16"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_is_too_long_is_passed_over_without_being_held(monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    monkeypatch.setattr(lines, "MAX_CHARACTERS", 100)
    monkeypatch.setattr(lines, "_SKIP_CHARACTERS", 1_000)
    fits, long = "x" * 99, "x" * 3_000_000
    content = f"{fits}{end}{long}{end}{fits}{end}{long}".encode()
    tracemalloc.start()
    found = [(number, len(text), problem) for number, text, problem in read(content)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    problem = "it is longer than 100 characters"
    assert found == [(1, 100, ""), (2, 101, problem), (3, 100, ""), (4, 101, problem)]
    assert peak < 1_000_000


def as_legacy(content: bytes) -> list[tuple[str, str]]:
    source = lines.read(io.BufferedReader(io.BytesIO(content)))
    return [(text, problem) for _, text, problem in lines.utf_8_or_windows_1252(source)]


def test_what_is_no_utf_8_from_its_first_character_on_is_windows_1252() -> None:
    content = "a\n“Ünal” — 5 €\nÃ©\n".encode("windows-1252")
    assert as_legacy(content) == [("a\n", ""), ("“Ünal” — 5 €\n", ""), ("Ã©\n", "")]


def test_what_is_damaged_in_a_file_of_utf_8_costs_its_own_line() -> None:
    assert as_legacy(b"\xc3\x9c\n\xff\n\xc3\x9c\n") == [
        ("Ü\n", ""),
        ("\udcff\n", "it is not UTF-8"),
        ("Ü\n", ""),
    ]
    assert as_legacy(codecs.BOM_UTF8 + b"\xff")[0][1] == "it is not UTF-8"


def test_a_byte_that_is_no_character_of_windows_1252_costs_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [problem for _, problem in as_legacy(b"\xfc\n\x81\n\xfc\n")]
    assert problems == ["", "it is neither UTF-8 nor Windows-1252", ""]
    monkeypatch.setattr(lines, "MAX_CHARACTERS", 3)
    assert as_legacy(b"\xfc\n\xfc\xfc\xfc\xfc\n")[1][1] == "it is longer than 3 characters"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(encoding: str) -> None:
    assert read("id,text\nÜ,名\n".encode(encoding)) == [(1, "id,text\n", ""), (2, "Ü,名\n", "")]
