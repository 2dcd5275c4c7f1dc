"""What a PDF gives, and that one made to hurt ends within the reader's limits."""

import re
import resource
import subprocess
import zlib
from pathlib import Path

import pytest

from benchmarks.parser_fuzz import pdf_file, pdf_of
from errors import Fault, UserError
from normalizers.documents import pdf, pdf_limits
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


def text_of(content: bytes) -> str:
    return pdf.read(one_page(stream(content, b"")))[0]


def refusal(data: bytes) -> UserError:
    with pytest.raises(UserError) as caught:
        pdf.read(data)
    return caught.value


@pytest.mark.parametrize("compressed", [True, False])
def test_pages_are_read_in_order_and_kept_apart(compressed: bool) -> None:
    text, _ = pdf.read(pdf_file(["The council met.", "It adjourned."], compressed=compressed))
    assert text.split(pdf_limits.PAGE_BREAK) == ["The council met.", "It adjourned."]


def test_lines_of_a_page_stay_lines() -> None:
    content = b"BT /F1 12 Tf 72 720 Td (First line) Tj 0 -14 Td (second line) Tj ET"
    assert text_of(content) == "First line\nsecond line"


def lines(*pieces: tuple[float, float, float, str]) -> bytes:
    """Draw pieces of text: where from the left and from below, how large, and what."""
    return b"\n".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET".encode() for x, y, size, text in pieces)


LEFT = ("The harbour board met in", "March and heard that the", "quay is in two parts, of", "which the north is older.")
RIGHT = (
    "In April the yard sent an",
    "offer for the south part,",
    "which the board took with",
    "nine votes against two.",
)


def rows(*columns: tuple[str, ...], below: float = 0, top: float = 700) -> bytes:
    """Draw columns row by row from `top`, the further right the lower by `below`."""
    return lines(
        *(
            (60 + 200 * column, top - 14 * row - below * column, 11, text)
            for row, texts in enumerate(zip(*columns, strict=True))
            for column, text in enumerate(texts)
        )
    )


@pytest.mark.parametrize("below", [0, 2])
def test_columns_that_are_written_row_by_row_are_read_one_after_the_other(below: float) -> None:
    third = tuple(line.replace("board", "town").replace("March", "May") for line in LEFT)
    assert text_of(rows(LEFT, RIGHT, below=below)) == "\n".join(LEFT + RIGHT)
    assert text_of(rows(LEFT, RIGHT, third)) == "\n".join(LEFT + RIGHT + third)
    many = [rows(LEFT, RIGHT, top=700 - 90 * block) for block in range(6)]
    gaps = [
        lines((60, 637 - 90 * block, 11, f"{block} goes over both columns, from left to right.")) for block in range(6)
    ]
    text = text_of(b"\n".join(piece for block in zip(many, gaps, strict=True) for piece in block))
    assert text.count("\n".join(LEFT + RIGHT)) == 6
    title = lines((60, 730, 18, "Minutes of the harbour board of March and April"))
    end = lines((60, 620, 11, "This goes over both of the columns, from left to right."))
    text = text_of(title + b"\n" + rows(LEFT, RIGHT) + b"\n" + end)
    assert text.split("\n")[1:-1] == [*LEFT, *RIGHT]


@pytest.mark.parametrize(
    ("degrees", "matrix"), [(90, b"0 1 -1 0 612 0"), (180, b"-1 0 0 -1 612 792"), (270, b"0 -1 1 0 0 792")]
)
def test_columns_of_a_page_that_is_shown_turned_are_read_one_after_the_other(degrees: int, matrix: bytes) -> None:
    data = one_page(stream(matrix + b" cm\n" + rows(LEFT, RIGHT, top=500), b""))
    text, _ = pdf.read(data.replace(b"/MediaBox", b"/Rotate %d/MediaBox" % degrees))
    assert text == "\n".join(LEFT + RIGHT)


@pytest.mark.parametrize(
    "columns",
    [
        (("Quay", "North", "South", "East"), ("2024", "12.4", "(3.1)", "7.7")),
        (("Anna Lind of Lund", "Bo Ek of Lund", "Per Al of Lund"), ("Head of the port", "Clerk of it", "Pilot of it")),
        (("the fee is due", "the fee is late", "the fee is paid"), ("480", "520", "none")),
    ],
)  # fmt: skip
def test_rows_of_a_table_stay_rows(columns: tuple[tuple[str, ...], ...]) -> None:
    assert text_of(rows(*columns)).split("\n") == [" ".join(row) for row in zip(*columns, strict=True)]


JAPANESE = ("港湾局は三月に会合", "を開き北側の岸壁", "は古いと聞いた。")
SIGNS = "".join(sorted(set("".join(JAPANESE))))
TO_UNICODE = "begincmap 1 begincodespacerange <00><ff> endcodespacerange {} beginbfchar {} endbfchar endcmap"


def in_japanese(places: list[tuple[int, int, str]]) -> bytes:
    """Make a page of single characters: where from the left and from below."""
    draws = " ".join(f"BT /F2 12 Tf {x} {y} Td <{33 + SIGNS.index(sign):02x}> Tj ET" for x, y, sign in places)
    signs = " ".join(f"<{33 + place:02x}><{ord(sign):04x}>" for place, sign in enumerate(SIGNS))
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding/ToUnicode 7 0 R>>"
    cmap = stream(TO_UNICODE.format(len(SIGNS), signs).encode(), b"")
    return one_page(stream(draws.encode(), b""), b"/Font<</F2 6 0 R>>", font, cmap)


@pytest.mark.parametrize("by_rows", [False, True])
def test_japanese_from_above_is_read_from_the_right(by_rows: bool) -> None:
    places = [
        (500 - 20 * column, 700 - 13 * row, sign)
        for column, text in enumerate(JAPANESE)
        for row, sign in enumerate(text)
    ]
    read, _ = pdf.read(in_japanese(sorted(places, key=lambda place: -place[1]) if by_rows else places))
    assert read.split() == list(JAPANESE)
    across = [
        (60 + 13 * place, 700 - 20 * row, sign) for row, text in enumerate(JAPANESE) for place, sign in enumerate(text)
    ]
    assert "".join(pdf.read(in_japanese(across))[0].split()) == "".join(JAPANESE)


def from_above(encoding: str, font: str, ordering: str, lines: tuple[str, ...]) -> bytes:
    """Make a page of text written from above in a font that is not in the file."""
    draws = (
        f"BT /F2 12 Tf {500 - 20 * place} 720 Td <{line.encode('utf-16-be').hex()}> Tj ET"
        for place, line in enumerate(lines)
    )
    descendant = f"/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 4>>/FontDescriptor 8 0 R/DW 1000"
    return one_page(
        stream("\n".join(draws).encode(), b""),
        b"/Font<</F2 6 0 R>>",
        f"<</Type/Font/Subtype/Type0/BaseFont/{font}-{encoding}/Encoding/{encoding}/DescendantFonts[7 0 R]>>".encode(),
        f"<</Type/Font/Subtype/CIDFontType0/BaseFont/{font}{descendant}>>".encode(),
        f"<</Type/FontDescriptor/FontName/{font}/Flags 4/FontBBox[-100 -300 1100 1000]>>".encode(),
    )


@pytest.mark.parametrize(
    ("font", "text"),
    [
        (("UniJIS-UTF16-V", "HeiseiMin-W3", "Japan1"), ("港湾局は三月に会合を", "開きA棟の岸壁は12", "と聞いた。")),
        (("UniGB-UCS2-V", "STSong-Light", "GB1"), ("码头上的起重机坏了", "钥匙挂在办公室里面")),
    ],
)  # fmt: skip
def test_text_from_above_in_a_font_that_is_not_there_is_read(font: tuple[str, str, str], text: tuple[str, ...]) -> None:
    assert pdf.read(from_above(*font, text)) == ("\n".join(text), ())


@pytest.mark.parametrize("gap", [0, 3])
def test_an_exponent_is_raised_and_ends_no_line(gap: float) -> None:
    base = (60, 700, 10, "it holds 3 x 10")
    raised, rest = (122 + gap, 704, 6, "6"), (126 + gap, 700, 10, " cells")
    assert text_of(lines(base, raised, rest)) == "it holds 3 x 10⁶ cells"
    note = lines((60, 700, 10, "in 2020"), (95 + gap, 704, 6, "12"), (103 + gap, 700, 10, " it"))
    assert text_of(note) == "in 2020¹² it"
    two = [(60, 700, 10, "some 10"), (93, 704, 6, "6"), (97, 700, 10, " m"), (108, 704, 6, "2"), (111, 700, 10, ", so")]
    assert text_of(lines(*two, (60, 680, 10, "it is."))) == "some 10⁶ m², so\nit is."
    bracket = lines((60, 700, 10, "\\(x\\)"), (73, 704, 6, "2"))
    assert text_of(bracket) == "(x)²"


def test_an_exponent_is_raised_where_a_matrix_makes_the_font_large() -> None:
    pieces = ((60, 700, 10, "it holds 3 x 10"), (122, 704, 6, "6"), (126, 700, 10, " cells"))
    draws = (f"BT /F1 1 Tf {size} 0 0 {size} {x} {y} Tm ({text}) Tj ET" for x, y, size, text in pieces)
    assert text_of("\n".join(draws).encode()) == "it holds 3 x 10⁶ cells"


def with_notes(*annotations: bytes, form: bytes = b"") -> bytes:
    """Make a page with labels, and annotations on it."""
    numbers = b" ".join(b"%d 0 R" % (6 + place) for place in range(len(annotations)))
    content = lines((60, 700, 10, "Surname:"), (300, 700, 10, "Berth:"), (75, 680, 10, "Insured"), (60, 640, 10, "End"))
    data = one_page(stream(content, b""), b"/Font<</F1 3 0 R>>", *annotations)
    catalog = b"/AcroForm<</Fields[%b]%b>>" % (numbers, form)
    return data.replace(b"/Contents 5 0 R", b"/Contents 5 0 R/Annots[%b]" % numbers).replace(
        b"/Pages 2 0 R", b"/Pages 2 0 R%b" % catalog, 1
    )


def field(kind: bytes, rect: bytes, more: bytes) -> bytes:
    return b"<</Type/Annot/Subtype/Widget/T(t)/F 4/FT/%b/Rect[%b]%b>>" % (kind, rect, more)


SURNAME = field(b"Tx", b"110 695 250 712", b"/V(Lindqvist)")


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (SURNAME, "Surname: Lindqvist Berth:\nInsured\nEnd"),
        (field(b"Tx", b"340 695 400 712", b"/V<FEFF00C5>"), "Surname: Berth: Å\nInsured\nEnd"),
        (field(b"Tx", b"340 695 400 712", b"/V()"), "Surname: Berth:\nInsured\nEnd"),
        (field(b"Tx", b"340 695 400 712", b"/Ff 8192/V(hunter2)"), "Surname: Berth:\nInsured\nEnd"),
        (field(b"Ch", b"340 695 400 712", b"/Ff 131072/Opt[[(n)(North)][(s)(South)]]/V(s)"), "South\nInsured\nEnd"),
        (field(b"Btn", b"60 678 72 690", b"/V/Yes/AS/Yes/AP<</N<</Yes 5 0 R>>>>"), "Berth:\n☒ Insured\nEnd"),
        (field(b"Btn", b"60 678 72 690", b"/AS/Off/AP<</N<</Yes 5 0 R>>>>"), "Berth:\n☐ Insured\nEnd"),
        (field(b"Btn", b"60 678 72 690", b"/Ff 65536"), "Berth:\nInsured\nEnd"),
        (SURNAME.replace(b"/F 4", b"/F 2"), "Surname: Berth:\nInsured\nEnd"),
    ],
    ids=["text", "text behind", "empty", "password", "choice", "checked", "not checked", "button", "hidden"],
)
def test_a_form_says_what_was_filled_in_beside_its_labels(annotation: bytes, text: str) -> None:
    assert pdf.read(with_notes(annotation))[0].endswith(text)


def test_fields_that_the_file_does_not_list_are_read_from_their_page() -> None:
    boxes = (field(b"Btn", b"60 678 72 690", b"/AS/Yes"), field(b"Btn", b"60 638 72 650", b"/AS/Off"))
    data = with_notes(SURNAME, *boxes).replace(b"/AcroForm", b"/Unknown")
    assert pdf.read(data)[0] == "Surname: Lindqvist Berth:\n☒ Insured\n☐ End"


def test_what_was_typed_on_a_page_stands_where_it_was_typed_and_remarks_at_its_end() -> None:
    typed = b"<</Type/Annot/Subtype/FreeText/Rect[60 655 300 670]/DA(/Helv 10 Tf 0 g)/Contents(The price is 12,000.)>>"
    remark = b"<</Type/Annot/Subtype/Text/Rect[400 655 420 670]/Contents(Who pays?)>>"
    link = b"<</Type/Annot/Subtype/Link/Rect[400 655 420 670]/Contents(a link)>>"
    text, _ = pdf.read(with_notes(remark, typed, link))
    assert text.split("\n") == ["Surname: Berth:", "Insured", "The price is 12,000.", "End", "Note: Who pays?"]


@pytest.mark.parametrize("needs_rendering", [b"/NeedsRendering true", b""])
def test_a_form_that_only_its_maker_draws_is_refused(needs_rendering: bytes) -> None:
    wait = b"BT /F1 12 Tf 72 720 Td (Bitte warten... Wenn diese Meldung) Tj ET"
    catalog = b"/Catalog" + needs_rendering + b"/AcroForm<</Fields[]/XFA[(datasets)5 0 R]>>"
    error = refusal(one_page(stream(wait, b"")).replace(b"/Catalog", catalog))
    assert error.code == "E1006"
    assert "XFA" in str(error)


def test_a_form_of_xfa_that_has_its_fields_on_the_page_is_read() -> None:
    text, _ = pdf.read(with_notes(SURNAME, form=b"/XFA[(datasets)5 0 R]"))
    assert text.startswith("Surname: Lindqvist")


UNMAPPED = b"/Font<</F1 3 0 R/F2 6 0 R>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+X/Encoding<</Differences[1%b]>>>>" % b"".join(
    b"/g%d" % code for code in range(1, 40)
)


def test_fonts_that_do_not_say_what_the_text_is_are_refused_with_both_numbers() -> None:
    content = b"BT /F2 12 Tf 72 720 Td (\\001\\004\\005\\006\\007\\020\\021) Tj ET"
    error = refusal(one_page(stream(content, b""), UNMAPPED, FONT))
    assert error.code == "E1007"
    assert "7 of 7" in str(error)


@pytest.mark.parametrize("shift", [0xE000, 0xF0000, -29, None], ids=["private", "private plane", "controls", "unknown"])
def test_a_map_that_gives_no_text_is_none(shift: int | None) -> None:
    text = "The board met in May and heard the yard"
    codes = sorted(set(text))
    targets = [0xFFFD if shift is None else ord(character) + shift for character in codes]
    signs = " ".join(
        f"<{code:02x}><{chr(target).encode('utf-16-be').hex()}>" for code, target in enumerate(targets, start=33)
    )
    draws = "".join(f"{33 + codes.index(character):02x}" for character in text)
    data = one_page(
        stream(f"BT /F2 12 Tf 72 720 Td <{draws}> Tj ET".encode(), b""),
        b"/Font<</F2 6 0 R>>",
        b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding/ToUnicode 7 0 R>>",
        stream(TO_UNICODE.format(len(codes), signs).encode(), b""),
    )
    assert refusal(data).code == "E1007"


LONG = (
    "The harbour board met in March and heard from its engineer that the northern quay is older than the southern one, "
    "that both need new piles before winter, and that repairs could begin as soon as the lender has agreed. Members "
    "asked whether traffic would suffer while work goes on, which nobody could answer before a survey has been made."
)


def mapped(text: str, shift: int) -> bytes:
    """Make a page whose font's map gives another small letter for each."""
    codes = sorted(set(text))
    targets = (chr((ord(one) - 97 + shift) % 26 + 97) if one.islower() else one for one in codes)
    signs = " ".join(f"<{code:02x}><{ord(target):04x}>" for code, target in enumerate(targets, start=33))
    draws = "".join(f"{33 + codes.index(character):02x}" for character in text)
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding/ToUnicode 7 0 R>>"
    cmap = stream(TO_UNICODE.format(len(codes), signs).encode(), b"")
    content = stream(f"BT /F2 1 Tf 2 0 0 8 2 720 Tm <{draws}> Tj ET".encode(), b"")
    return one_page(content, b"/Font<</F2 6 0 R>>", font, cmap)


@pytest.mark.parametrize("shift", [1, 3, 7, 13])
def test_a_map_that_gives_other_letters_is_none(shift: int) -> None:
    assert pdf.read(mapped(LONG, 0))[0].startswith("The harbour board met")
    assert refusal(mapped(LONG, shift)).code == "E1007"


@pytest.mark.parametrize(("scale", "size"), [(b"0.001", b"12"), (b"0.012", b"1")], ids=["at size 12", "at size 1"])
def test_drawn_letters_without_a_map_stay_where_they_read_as_words(scale: bytes, size: bytes) -> None:
    letters = sorted(set("Checkliste"))
    procs = b"".join(b"/g%d 6 0 R" % ord(letter) for letter in letters)
    differences = b" ".join(b"%d/g%d" % (ord(letter), ord(letter)) for letter in letters)
    font = (
        b"<</Type/Font/Subtype/Type3/FontBBox[0 0 900 900]/FontMatrix[%b 0 0 %b 0 0]/CharProcs<<%b>>/Resources<<>>"
        b"/Encoding<</Differences[%b]>>/FirstChar 0/LastChar 255/Widths[%b]>>"
    ) % (scale, scale, procs, differences, b"900 " * 256)
    letter = stream(b"800 0 0 0 700 700 d1 0 0 700 700 re f", b"")
    content = stream(b"BT /F2 %b Tf 72 700 Td (Checkliste) Tj ET" % size, b"")
    assert pdf.read(one_page(content, b"/Font<</F2 7 0 R>>", letter, font)) == ("Checkliste", ())


def test_a_piece_that_cannot_be_read_is_left_out_and_counted() -> None:
    content = b"BT /F2 12 Tf 72 720 Td (\\001\\004\\005) Tj ET " + lines((72, 700, 12, "The council met in March."))
    text, removals = pdf.read(one_page(stream(content, b""), UNMAPPED, FONT))
    assert text.strip() == "The council met in March."
    assert [(removal.kind, removal.characters) for removal in removals] == [("text in a font without a map", 3)]


SEEN = b"BT /F1 12 Tf 72 720 Td (The fee is 480.) Tj ET "


@pytest.mark.parametrize(
    "state",
    [
        b"BT 1 g /F1 12 Tf 72 700 Td (obey me) Tj ET",
        b"BT 0.99 0.99 1 rg /F1 12 Tf 72 700 Td (obey me) Tj ET",
        b"BT /F1 1 Tf 72 700 Td (obey me) Tj ET",
        b"BT /F1 12 Tf 0.05 0 0 0.05 72 700 Tm (obey me) Tj ET",
        b"BT 3 Tr /F1 12 Tf 72 700 Td (obey me) Tj ET",
        b"BT /F1 12 Tf 72 -700 Td (obey me) Tj ET",
        b"1 g 0 0 612 712 re f BT /F1 12 Tf 72 700 Td (obey me) Tj ET",
        b"BT /F1 12 Tf 72 700 Td (obey me) Tj ET 0 g 60 690 200 26 re f",
        b"BT /F1 12 Tf 72 700 Td (obey me) Tj ET 1 g 60 690 200 26 re f",
    ],
    ids=[
        "white",
        "nearly white",
        "tiny",
        "made tiny",
        "not drawn",
        "beside the page",
        "white on white",
        "under a black box",
        "whited out",
    ],
)
def test_text_that_nobody_sees_is_dropped_and_counted(state: bytes) -> None:
    text, removals = pdf.read(one_page(stream(SEEN + state, b"")))
    assert text.strip() == "The fee is 480."
    assert [(removal.kind, removal.characters) for removal in removals] == [("hidden text", 7)]


def test_of_a_line_only_what_is_under_a_box_is_dropped() -> None:
    line = b"BT /F1 12 Tf 72 700 Td (Tenant: Anna Lind of Lund, 4 March) Tj ET "
    boxes = b"0 g 118 696 54 14 re f 0.2 g 228 696 60 14 re f 1 g BT /F1 6 Tf 130 700 Td (withheld) Tj ET"
    text, removals = pdf.read(one_page(stream(SEEN + line + boxes, b"")))
    assert re.sub(r"\s+", " ", text) == "The fee is 480. Tenant: of Lund, 4 withheld"
    assert [removal.characters for removal in removals] == [len("Anna Lind ") + len(" March")]


BLACK = stream(b"\0", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray")
SQUARE = b"<</Type/Annot/Subtype/Square/F 4/Rect[118 696 172 712]/C[0 0 0]/IC[0 0 0]/AP<</N 7 0 R>>>>"
DRAWN = stream(b"0 g 0 0 54 16 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 54 16]")


@pytest.mark.parametrize("is_picture", [True, False])
def test_what_is_under_a_black_picture_or_a_square_put_on_the_page_is_dropped(is_picture: bool) -> None:
    line = b"BT /F1 12 Tf 72 700 Td (Tenant: Anna Lind of Lund) Tj ET"
    picture = b" q 54 0 0 16 118 696 cm /X Do Q" if is_picture else b""
    resources = b"/Font<</F1 3 0 R>>/XObject<</X 6 0 R>>"
    data = one_page(stream(line + picture, b""), resources, BLACK if is_picture else SQUARE, DRAWN)
    if not is_picture:
        data = data.replace(b"/Contents 5 0 R", b"/Contents 5 0 R/Annots[6 0 R]")
    text, removals = pdf.read(data)
    assert text == "Tenant: of Lund"
    assert [removal.characters for removal in removals] == [10]


MULTIPLIED = b"/Font<</F1 3 0 R>>/ExtGState<</G<</BM/Multiply>>>>"
STRIPED = (
    b"/Font<</F1 3 0 R>>/Pattern<</P<</PatternType 2/Shading<</ShadingType 2/ColorSpace/DeviceRGB/Coords[0 0 600 0]"
    b"/Extend[true true]/Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>>>>>"
)


@pytest.mark.parametrize(
    ("state", "resources"),
    [
        (b"BT /F1 12 Tf 72 700 Td (Total) Tj ET /G gs 1 1 0 rg 60 690 200 26 re f", MULTIPLIED),
        (b"BT /F1 12 Tf 72 700 Td (Total) Tj ET 0 g 60 699 200 1 re f", MULTIPLIED),
        (b"BT /F1 12 Tf 72 700 Td (Total) Tj ET q 0 0 1 1 re W n 0 g 60 690 200 26 re f Q", MULTIPLIED),
        (b"/Pattern cs /P scn BT /F1 12 Tf 72 700 Td (Total) Tj ET", STRIPED),
        (b"0 0 1 RG 40 w 60 704 m 300 704 l S 1 g BT /F1 12 Tf 72 700 Td (Total) Tj ET", STRIPED),
    ],
    ids=["highlighted", "underlined", "under a box that is cut away", "in a pattern", "white on a thick line"],
)
def test_text_that_shows_on_the_page_stays(state: bytes, resources: bytes) -> None:
    assert pdf.read(one_page(stream(state, b""), resources)) == ("Total", ())


IMAGE = stream(b"\0", b"/Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray")


@pytest.mark.parametrize(
    "state",
    [
        b"0 0 1 rg 60 690 200 40 re f BT 1 g /F1 12 Tf 72 700 Td (Total) Tj ET",
        b"q 612 0 0 792 0 0 cm /X Do Q BT 3 Tr /F1 12 Tf 72 700 Td (Total) Tj ET",
        b"q 612 0 0 792 0 0 cm /X Do Q BT 1 g /F1 12 Tf 72 700 Td (Total) Tj ET",
        b"BT 3 Tr /F1 12 Tf 72 700 Td (Total) Tj ET q 612 0 0 792 0 0 cm /X Do Q",
        b"BT 3 Tr /F1 12 Tf 72 700 Td (Total) Tj ET 70 698 3 12 re f 80 698 3 12 re f",
        b"BT /F1 1 Tf 12 0 0 12 72 700 Tm (Total) Tj ET",
        b"BT /F1 4 Tf 72 700 Td (Total) Tj ET",
    ],
    ids=[
        "white on blue",
        "a scan's text",
        "white on a picture",
        "a scan over its text",
        "outlines over their text",
        "made large",
        "small",
    ],
)
def test_white_text_on_a_colour_and_a_scans_text_stay(state: bytes) -> None:
    text, removals = pdf.read(one_page(stream(state, b""), b"/Font<</F1 3 0 R>>/XObject<</X 6 0 R>>", IMAGE))
    assert (text, removals) == ("Total", ())


LAYERED = b"/OC /L BDC BT /F1 12 Tf 72 700 Td (obey me) Tj ET EMC"
OFF = b"/D<</OFF[6 0 R]>>"


def with_layer(content: bytes, states: bytes, membership: bytes = b"<</Type/OCG/Name(L)>>") -> bytes:
    """Make a page with a layer, object 6, and what content is marked with, object 7; object 8 is a form."""
    form = stream(
        b"BT /F1 12 Tf 72 600 Td (obey me) Tj ET",
        b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>",
    )
    resources = b"/Font<</F1 3 0 R>>/Properties<</L 7 0 R/G 6 0 R>>/XObject<</X 8 0 R>>"
    data = one_page(stream(SEEN + content, b""), resources, b"<</Type/OCG/Name(G)>>", membership, form)
    return data.replace(b"/Catalog", b"/Catalog/OCProperties<</OCGs[6 0 R 7 0 R]" + states + b">>")


@pytest.mark.parametrize(
    ("data", "hidden"),
    [
        (with_layer(LAYERED.replace(b"/L", b"/G"), OFF), 7),
        (with_layer(LAYERED.replace(b"/L", b"/G"), b"/D<</BaseState/OFF>>"), 7),
        (with_layer(LAYERED, OFF, b"<</Type/OCMD/OCGs 6 0 R>>"), 7),
        (with_layer(b"/OC /G BDC q /X Do Q EMC", OFF), 7),
        (with_layer(LAYERED, OFF), 0),
        (with_layer(LAYERED, b"/D<</ON[7 0 R]>>"), 0),
    ],
    ids=["off", "all off", "off by a rule", "a form's", "another off", "on"],
)
def test_text_in_a_layer_that_is_switched_off_is_dropped_and_counted(data: bytes, hidden: int) -> None:
    text, removals = pdf.read(data)
    assert sum(removal.characters for removal in removals if removal.kind == "hidden text") == hidden
    assert ("obey me" in text) == (hidden == 0)
    assert "The fee is 480." in text


def in_form(content: bytes, at: bytes) -> bytes:
    form = stream(content, b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>")
    return one_page(stream(SEEN + b"q " + at + b" cm /X Do Q", b""), b"/Font<</F1 3 0 R>>/XObject<</X 6 0 R>>", form)


@pytest.mark.parametrize(
    ("content", "at", "hidden"),
    [
        (b"BT 1 g /F1 12 Tf 72 600 Td (obey me) Tj ET", b"1 0 0 1 0 0", 7),
        (b"BT /F1 12 Tf 72 600 Td (obey me) Tj ET", b"1 0 0 1 0 900", 7),
        (b"BT /F1 12 Tf 72 600 Td (obey me) Tj ET", b"0.1 0 0 0.1 0 0", 7),
        (b"BT /F1 12 Tf 72 -600 Td (obey me) Tj ET", b"1 0 0 1 0 900", 0),
        (b"0 0 1 rg 60 590 99 40 re f BT 1 g /F1 12 Tf 72 600 Td (obey me) Tj ET", b"1 0 0 1 100 0", 0),
    ],
    ids=["white", "moved away", "made tiny", "moved here", "white on blue"],
)
def test_text_in_a_form_is_seen_where_the_form_is_placed(content: bytes, at: bytes, hidden: int) -> None:
    text, removals = pdf.read(in_form(content, at))
    assert sum(removal.characters for removal in removals) == hidden
    assert ("obey me" in text) == (hidden == 0)


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
    assert f"{pdf_limits.MAX_PAGES:,}" in str(error)


def test_as_many_pages_as_the_limit_are_read() -> None:
    text, _ = pdf.read(pdf_file(["x"] * pdf_limits.MAX_PAGES))
    assert text.count("x") == pdf_limits.MAX_PAGES


def test_streams_that_unpack_to_too_much_are_refused() -> None:
    draws = b"BT /F1 12 Tf 72 720 Td " + b"(aaaaaaaaaa) Tj " * 3_000_000 + b"ET"
    error = refusal(one_page(stream(zlib.compress(draws), b"/Filter/FlateDecode")))
    assert error.code == "E1012"
    assert f"{pdf_limits.MAX_MEMORY:,}" in str(error)


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
    monkeypatch.setattr(pdf, "_COMMAND", (*pdf._COMMAND[:-2], str(script)))
    error = refusal(b"%PDF-")
    assert error.code == "E1012"
    assert f"{pdf_limits.MAX_CPU_SECONDS} s" in str(error)


def test_a_reader_that_cannot_start_is_our_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_COMMAND", (*pdf._COMMAND[:-2], str(tmp_path / "missing.py")))
    with pytest.raises(Fault):
        pdf.read(b"%PDF-")


@needs_proc
def test_the_child_leaves_no_core_dump_behind() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))  # what the child inherits
    try:
        with subprocess.Popen(
            pdf._COMMAND, env=pdf._ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
        ) as child:
            limits = Path(f"/proc/{child.pid}/limits")
            assert eventually(lambda: re.search(r"Max core file size +0 +0 ", limits.read_text()))
            child.kill()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
