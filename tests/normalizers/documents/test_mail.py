"""What a mail gives: head, body and encodings; and that one made to hurt ends within limits."""

import pytest

from errors import UserError
from normalizers.documents import mail

HEAD = b"From: Ann <ann@example.com>\nTo: b@example.com\nSubject: Minutes\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n"


def body_of(data: bytes) -> str:
    text, _ = mail.read(data, strip_boilerplate=False)
    return text.partition("\n\n")[2]


def multipart(*parts: str, kind: str = "alternative") -> bytes:
    pieces = "".join(f"--edge\n{part}\n" for part in parts)
    return HEAD + f"MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=edge\n\n{pieces}--edge--\n".encode()


def test_the_head_is_kept_short_and_decoded() -> None:
    data = b"Received: from a\nX-Spam: 1\nSubject: =?utf-8?B?xbvDs8WCxIc=?=\n =?iso-8859-1?q?_caf=E9?=\nFrom: a\n\nText"
    assert mail.read(data, strip_boilerplate=True)[0] == "Subject: Żółć café\nFrom: a\n\nText"


def test_the_plain_part_is_read_and_not_the_html_one() -> None:
    data = multipart("Content-Type: text/plain\n\nplain", "Content-Type: text/html\n\n<p>markup</p>")
    assert body_of(data).strip() == "plain"


def test_an_html_part_is_read_where_there_is_no_plain_one() -> None:
    data = multipart("Content-Type: text/plain\n\n \n", "Content-Type: text/html\n\n<p>one<p>two<script>x</script>")
    assert body_of(data).split() == ["one", "two"]


def test_attachments_are_not_read() -> None:
    attached = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached"
    assert body_of(multipart("Content-Type: text/plain\n\nplain", attached, kind="mixed")).strip() == "plain"


@pytest.mark.parametrize(
    ("charset", "declared"),
    [("utf-8", "utf-8"), ("iso-8859-1", "iso-8859-1"), ("utf-8", "us-ascii"), ("cp1252", "no-such-charset")],
)
def test_the_charset_is_the_declared_one_unless_that_is_wrong(charset: str, declared: str) -> None:
    data = HEAD + f"Content-Type: text/plain; charset={declared}\n\n".encode() + "naïve café".encode(charset)
    assert body_of(data) == "naïve café"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("encoding", "payload"), [("quoted-printable", b"caf=C3=A9"), ("base64", b"Y2Fmw6k="), ("8bit", "café".encode())]
)
def test_transfer_encodings_and_line_ends_are_undone(encoding: str, payload: bytes, end: bytes) -> None:
    data = HEAD + f"Content-Transfer-Encoding: {encoding}\n\n".encode() + payload + b"\n"
    assert body_of(data.replace(b"\n", end)) == "café"


def test_boilerplate_goes_and_is_reported_by_kind_and_size() -> None:
    notice = "This message is confidential. If you have received it in error, notify the sender and delete it.\n"
    quote = "> The council met on Thursday evening.\n"
    body = f"The council met on Thursday evening.\n\nRegards,\nAnn\n\n{notice}\nOn Monday, Bob wrote:\n{quote}"
    text, removals = mail.read(HEAD + b"\n" + body.encode(), strip_boilerplate=True)
    assert text.partition("\n\n")[2].split("\n")[0] == "The council met on Thursday evening."
    assert "confidential" not in text
    assert {removal.kind for removal in removals} == {"signature", "disclaimer", "quoted reply"}
    assert mail.read(HEAD + b"\n" + body.encode(), strip_boilerplate=False) == (f"{text_head()}\n\n{body.strip()}", ())


def text_head() -> str:
    names = ("Subject: Minutes", "From: Ann <ann@example.com>", "To: b@example.com")
    return "\n".join((*names, "Date: Mon, 1 Jan 2024 10:00:00 +0000"))


@pytest.mark.parametrize(
    ("data", "limit"),
    [
        (HEAD + b"\n" * (mail.MAX_LINES + 1), mail.MAX_LINES),
        (HEAD + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * (mail.MAX_NESTING + 1), mail.MAX_NESTING),
        (multipart(*["\nx"] * (mail.MAX_PARTS + 1)), mail.MAX_PARTS),
        (HEAD + b"Content-Type: text/plain" + b";" * mail.MAX_HEADER + b"\n\nx", mail.MAX_HEADER),
    ],
    ids=["lines", "nesting", "parts", "header"],
)
def test_too_much_of_anything_is_refused_with_the_limit(data: bytes, limit: int) -> None:
    with pytest.raises(UserError) as caught:
        mail.read(data, strip_boilerplate=True)
    assert caught.value.code == "E1012"
    assert f"{limit:,}" in str(caught.value)


@pytest.mark.parametrize("charset", [b"a\0b", b"punycode", b"zlib", b"undefined", b"utf-16"])
def test_a_hostile_charset_is_no_error(charset: bytes) -> None:
    assert mail.read(HEAD + b"Content-Type: text/plain; charset=" + charset + b"\n\nabc\xff", strip_boilerplate=True)[0]
