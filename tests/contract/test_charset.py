"""What labels mean on the web and in mails, and when bytes are UTF-8 but for a few."""

import pytest

from contract import charset


@pytest.mark.parametrize(
    ("label", "text", "encoding"),
    [
        ("iso-8859-1", "It’s €500 – “net”", "cp1252"),
        ("latin1", "It’s", "cp1252"),
        ("US-ASCII", "It’s", "cp1252"),
        ("iso-8859-9", "Şişli’de", "cp1254"),
        (" 'GB2312' ", "镕基", "gb18030"),
        ("Shift_JIS", "①㈱北港の髙橋", "cp932"),
        ("x-sjis", "①", "cp932"),
        ("windows-31j", "①", "cp932"),
        ("cp932", "①", "cp932"),
        ("ks_c_5601-1987", "똠방각하", "cp949"),
        ("big5-hkscs", "碼頭嘅", "big5hkscs"),
        ("euc-jp", "①の会議", "euc_jis_2004"),
        ("iso-8859-8-i", "נמל", "iso8859-8"),
        ("logical", "נמל", "iso8859-8"),
        ("iso-8859-2", "žluťoučký kůň – „ano“", "cp1250"),
        ("iso-8859-2", "luďoučký kůň", "iso8859-2"),
        ("iso-8859-7", "Τιμή 5 € – «ναι»…", "cp1253"),
        ("koi8-r", "Кран", "koi8-r"),
        ("tis-620", "ท่าเรือ", "cp874"),
        ("utf-16", "Größe", "utf-16"),
        ("utf8mb4", "Größe", "utf-8"),
        ("hz-gb-2312", "码头", "hz"),
    ],
)
def test_a_label_means_what_it_means_on_the_web_and_in_mails(label: str, text: str, encoding: str) -> None:
    assert charset.decode(text.encode(encoding), label) == text


@pytest.mark.parametrize("label", ["", "no-such-charset", "a\0b", "base64", "zlib", "punycode", "undefined", "\u0130"])
def test_what_is_no_charset_is_none(label: str) -> None:
    assert charset.codec(label) is None
    assert charset.decode(b"abc", label) is None


def test_japanese_in_seven_bits_has_the_rows_that_nec_added() -> None:
    plain = "明日の会議は中止です。\nカﾅ"
    assert (
        charset.decode("明日の会議は中止です。\nABC\n".encode("iso2022_jp"), "ISO-2022-JP")
        == "明日の会議は中止です。\nABC\n"
    )
    assert charset.decode(plain[:-1].encode("iso2022_jp") + b"\x1b(IE\x1b(B", "cp50220") == plain
    assert charset.decode(b"\x1b$B-!-j\x1b(B and \x1b$@F|\x1b(J", "iso-2022-jp") == "①㈱ and 日"
    assert charset.decode(b"\x1b$B-", "iso-2022-jp") == ""  # cut within a character


@pytest.mark.parametrize(
    "text", ["Größe geändert", "Кран на причале сломан", "港务局星期二公布了年度报告", "It’s", "Café", "😀 done"]
)
@pytest.mark.parametrize("bad", [b"\xff", b"\xe4"])
def test_a_byte_that_is_none_is_replaced_in_what_is_utf_8(text: str, bad: bytes) -> None:
    assert charset.utf_8(text.encode() + bad + b" end") == f"{text}\ufffd end"


def test_a_text_that_is_cut_within_its_last_character_is_utf_8() -> None:
    assert charset.utf_8("Для крана — ключ".encode()[:-1]) == "Для крана — клю\ufffd"
    assert charset.utf_8("年度报告".encode()[:-2]) == "年度报\ufffd"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Größe geändert für Müller", "cp1252"),
        ("“CAFÉ”", "cp1252"),
        ("Кран на причале сломан", "cp1251"),
        ("КРАН НА ПРИЧАЛЕ", "koi8-r"),
        ("岸壁のクレーンは金曜日から故障しています", "cp932"),
        ("码头上的起重机从星期五起坏了", "gbk"),
        ("เครนที่ท่าเรือเสียตั้งแต่วันศุกร์", "cp874"),
        ("부두의 크레인이 금요일부터 고장났습니다", "euc-kr"),
    ],
)
def test_the_text_of_another_charset_is_not_nearly_utf_8(text: str, encoding: str) -> None:
    assert charset.utf_8(text.encode(encoding)) is None


def test_a_log_with_a_line_of_another_charset_is_utf_8() -> None:
    text = charset.utf_8("Größe für Müller\n".encode() * 5 + "Größe\n".encode("cp1252"))
    assert text == "Größe für Müller\n" * 5 + "Gr\ufffd\ufffde\n"
