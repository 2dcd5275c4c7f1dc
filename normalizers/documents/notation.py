"""How raised and lowered text is written in a line of plain text, `10⁶`, `x^(n+1)`, and what a font of symbols draws.

Knows: the superscripts and subscripts of Unicode, and the encodings of the fonts Symbol, Wingdings and Webdings. Knows
nothing about files. A wrong number is worse than an ugly one: where a digit would fall beside another it is always told
apart.
Raised figures are Unicode's and not `10^6`, since they say that a figure is raised and not what for: of many nobody can
tell whether they are exponents or the numbers of notes, and `2020^12` would be a wrong number, too.
"""

import re

_RAISED = str.maketrans("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_LOWERED = str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_NUMBER = re.compile(r"[0-9+\u2212=()-]*[0-9][0-9+\u2212=()-]*|[ni+\u2212-]")
_ORDINAL = re.compile(r"[^\W\d_]{2,}|[eoaº°ª*†‡§]", re.IGNORECASE)  # 1st, M^me, 1^o, and the marks of notes
_ONE_FACTOR = re.compile(r"\d+(?:[.,]\d+)?|[^\W\d_]|[^\W\d_]{3,}")  # a number, a variable, a word
_ONE_TERM = re.compile(r"\w+(?:[.,]\d+)?")

# The font's bytes from 0x20, by its published encoding (Adobe Symbol); a space where it has nothing.
_SYMBOL = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\u203eαβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}~ "  # noqa: RUF001
    + " " * 32
    + "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|—↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑         〉∫"  # noqa: RUF001
)
_WINGDINGS = {
    0x4A: "☺", 0x4C: "☹", 0x6C: "•", 0x6E: "■", 0x6F: "☐", 0x71: "☐", 0x72: "☐", 0x73: "◆", 0x75: "◆", 0x77: "◆",
    0x78: "☒", 0x9F: "•", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "→",
    0xEF: "⇐", 0xF0: "⇒", 0xF3: "⇔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐", 0x2A: "☐", 0x30: "☐"}
_WEBDINGS = {0x61: "✓", 0x63: "☐", 0x67: "■", 0x6E: "●", 0x72: "✗"}
_FONTS = {
    "symbol": {byte: sign for byte, sign in enumerate(_SYMBOL, 0x20) if sign != " "},
    "wingdings": _WINGDINGS,
    "wingdings 2": _WINGDINGS_2,
    "webdings": _WEBDINGS,
}
_PRIVATE = 0xF000  # where Word puts the bytes of such a font


def superscript(text: str, before: str) -> str:
    """Return raised text as it is written behind `before`, of which the last character counts."""
    bare = text.strip()
    if not bare or not before.strip():
        return text
    return text if _ORDINAL.fullmatch(bare) else raised(text)


def raised(text: str) -> str:
    """Return what is certainly raised: figures as Unicode raises them, all else behind a sign."""
    return text.translate(_RAISED) if _NUMBER.fullmatch(text.strip()) else f"^{grouped(text.strip())}"


def subscript(text: str, before: str) -> str:
    """Return lowered text; `CO2` is written so everywhere, but `101` to the base 2 is not `1012`."""
    return lowered(text) if before[-1:].isdigit() else text


def lowered(text: str) -> str:
    """Return what is certainly lowered."""
    return text.translate(_LOWERED) if _NUMBER.fullmatch(text.strip()) else f"_{grouped(text.strip())}"


def grouped(text: str) -> str:
    """Return the text in brackets, unless it is one term."""
    return text if _ONE_TERM.fullmatch(text) else f"({text})"


def under(text: str) -> str:
    """Return what stands under a fraction's line, in brackets unless it is one factor: 1/2a would be a half of a."""
    return text if _ONE_FACTOR.fullmatch(text) else f"({text})"


def in_font(text: str, font: str) -> str:
    """Return what a reader sees of a text in a font of symbols; in any other font the text itself."""
    table = _FONTS.get(font.lower())
    if table is None:
        return text
    return "".join(_sign(character, table) for character in text)


def _sign(character: str, table: dict[int, str]) -> str:
    code = ord(character)
    byte = code - _PRIVATE if _PRIVATE <= code < _PRIVATE + 0x100 else code
    if byte < 0x21 or (byte > 0xFF and byte == code):
        return character
    return table.get(byte, "")
