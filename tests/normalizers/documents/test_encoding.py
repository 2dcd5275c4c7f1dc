"""Which encoding a text without a mark is in, and what a page's own word is worth."""

import codecs

import pytest

from errors import UserError
from normalizers.documents import encoding

ENGLISH = "The board met on Tuesday and heard the report of the yard. "


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE])
def test_what_is_cut_within_its_last_character_is_read_to_there(mark: bytes) -> None:
    name = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}[mark]
    assert encoding.decode(mark + "Der Kran läuft, Größe é".encode(name)[:-1]) == "Der Kran läuft, Größe \ufffd"


@pytest.mark.parametrize(
    "text",
    [
        ENGLISH + "It’s €500.",
        ENGLISH * 40 + "It’s the board’s crane.",
        "It costs €500 a day.",
        "Agenda:\n• crane\n• keys",
        "The rent is £450 a month.",
        "Opening hours: Monday – Friday, 9–17 …",
        "He said “no” twice — and left.",
        "4°C ± 1°, ½ mm, 10 m², © 2024 Firm®, «net» § 4",
        "Der Kran für 500 € läuft.",
        "Grüße aus Köln",
        "Das Café kostet 500 € – „netto“.",
        "Größe\r\nMaß: 5 µm ± 1 µm\r\n",
        "Ärzte; § 4",
        "Réunion prévue à midi.",
        "naïve café",
        "Il consiglio si è riunito martedì.",
        "¿Cuándo llegará la grúa? ¡Mañana!",
    ],
)
def test_a_western_text_is_windows_1252(text: str) -> None:
    assert encoding.decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("ОТЧЕТ. ПОРТ. КРАН НА ПРИЧАЛЕ СЛОМАН.", "cp1251"),
        ("ОТЧЕТ. ПОРТ. КРАН НА ПРИЧАЛЕ СЛОМАН.", "koi8-r"),
        ("Кран на причале сломан, ключ висит в конторе.", "cp1251"),
        ("Кран на причале сломан, ключ висит в конторе.", "koi8-r"),
        ("Кран на причале сломан, ключ висит в конторе.", "cp866"),
        ("Zarząd wysłuchał raportu ze stoczni; dźwig jest zepsuty.", "cp1250"),
        ("Zarząd wysłuchał raportu ze stoczni; dźwig jest zepsuty.", "iso8859-2"),
        ("Yönetim kurulu salı günü toplandı, vinç bozuk, teşekkürler.", "cp1254"),
        ("Die Werft kommt für 480 € am Donnerstag, schöne Grüße.", "iso8859-15"),
        ("Le conseil a été réuni mardi, la grue sera réparée cet été.", "mac-roman"),
        ("It’s late. “Stop,” said the yard’s manager…", "mac-roman"),
        ("Agenda:\r• crane\r• keys", "mac-roman"),
        ("Größe: 5 m, Höhe: 3 m", "mac-roman"),
        ("naïve café", "mac-roman"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. Schůzka je ve čtvrtek.", "iso8859-2"),
        ("Kranas sugedo, raktai kabo kontoroje; grąžinkite anketą iki penktadienio.", "cp1257"),
        ("Le conseil a été réuni mardi, la grue sera réparée cet été.", "cp850"),
        ("Ο γερανός στην προβλήτα χάλασε την Παρασκευή.", "cp1253"),
        ("העגורן ברציף מקולקל מאז יום שישי.", "cp1255"),
        ("ｱﾒﾆﾓﾏｹｽﾞ\nｶｾﾞﾆﾓﾏｹｽﾞ", "cp932"),
        ("請於星期三前回覆。", "big5"),
        ("會議將在星期五上午十點開始，請準時參加。", "big5"),
        ("①明日の会議は中止です。㈱北港の髙橋まで連絡してください。", "cp932"),
        ("明日の会議は中止です。", "iso2022_jp"),
        ("码头上的起重机从星期五起坏了，钥匙挂在办公室。", "gbk"),
        ("Der Kran läuft.", "utf-16-le"),
        ("The crane is due.", "utf-16-le"),
        ("The crane is due.", "utf-16-be"),
        ("The crane is due.", "utf-32-le"),
        ("Кран на причале сломан, ключ в конторе.", "utf-16-le"),
    ],
)
def test_the_likeliest_charset_is_found(text: str, charset: str) -> None:
    assert encoding.decode(text.encode(charset)) == text


@pytest.mark.parametrize(
    ("declaration", "charset", "text"),
    [
        ("<meta charset=iso-8859-1>", "cp1252", "It’s €500 – “net”."),
        ('<META content="text/html; charset=ISO-8859-1" http-equiv=Content-Type>', "cp1252", "It’s €500 ž."),
        ("<meta name=a><meta charset='gb2312'/>", "gb18030", "镕"),
        ('<?xml version="1.0" encoding="koi8-r"?>', "koi8-r", "КРАН"),
        ("<meta charset=x-sjis>", "cp932", "①"),
        ("<meta charset=iso-8859-8-i>", "iso8859-8", "נמל"),
        ("<meta charset=utf-8>", "cp1252", "Der Kran läuft für 5 €."),
        ("<meta charset=windows-1252>", "utf-8", "Der Kran läuft für 5 €."),
        ("<meta charset=no-such>", "cp1252", "Der Kran läuft für 5 €."),
    ],
)
def test_a_page_says_what_it_is_in_unless_it_is_not(declaration: str, charset: str, text: str) -> None:
    page = f"{declaration}<p>{text}</p>"
    assert encoding.decode(page.encode(charset)) == page


def test_zeros_that_fill_a_text_up_are_none_of_it() -> None:
    assert encoding.decode("Größe".encode() + bytes(9)) == "Größe"


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, f"Größe: {ENGLISH}".encode() + b"\0" + ENGLISH.encode()])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(UserError) as caught:
        encoding.decode(data)
    assert caught.value.code == "E1006"
