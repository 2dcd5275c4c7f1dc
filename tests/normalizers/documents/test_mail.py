"""What a mail gives: head, body and encodings; and that one made to hurt ends within limits."""

import base64

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


def test_a_text_that_is_attached_is_read_where_a_mail_has_no_other() -> None:
    attached = "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nattached"
    for parts in ([attached], ["Content-Type: text/plain\n\n \n", attached]):
        assert body_of(multipart(*parts, kind="mixed")).strip() == "attached"


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


@pytest.mark.parametrize(
    ("label", "charset", "text"),
    [
        ("iso-8859-1", "cp1252", "It’s €500 – “net” per m²."),
        ("gb2312", "gb18030", "镕基：码头上的起重机"),
        ("Shift_JIS", "cp932", "①明日の会議は中止です。㈱北港の髙橋"),
        ("ks_c_5601-1987", "cp949", "똠방각하 부두의 크레인"),
        ("iso-8859-8-i", "iso8859-8", "נמל"),
    ],
)
def test_a_label_means_what_mail_programs_take_it_for(label: str, charset: str, text: str) -> None:
    assert body_of(HEAD + f"Content-Type: text/plain; charset={label}\n\n".encode() + text.encode(charset)) == text
    page = multipart(f"Content-Type: text/html; charset={label}\nContent-Transfer-Encoding: 8bit\n\n<p>@</p>")
    assert body_of(page.replace(b"@", text.encode(charset))).strip() == text


def test_japanese_in_seven_bits_has_circled_numbers() -> None:
    data = HEAD + b"Content-Type: text/plain; charset=ISO-2022-JP\n\n\x1b$B-!L@F|\x1b(B"
    assert body_of(data) == "①明日"


def test_a_byte_that_is_none_costs_itself_alone() -> None:
    data = (
        HEAD + b"Content-Type: text/plain; charset=utf-8\n\n" + "Jürgen Schöllhammer in Tübingen ".encode() + b"\xff."
    )
    assert body_of(data) == "Jürgen Schöllhammer in Tübingen \ufffd."


def test_a_footer_in_plain_text_does_not_hide_the_mail_in_html() -> None:
    data = multipart(
        "Content-Type: text/html\n\n<p>The crane is broken.</p>",
        "Content-Type: text/plain\n\n--\nlist@example.com: unsubscribe here",
        kind="mixed",
    )
    assert "The crane is broken." in body_of(data)
    assert "unsubscribe" in body_of(data)


def test_what_parts_say_twice_is_read_once() -> None:
    data = multipart(
        "Content-Type: text/plain\n\nThe crane is broken.",
        "Content-Type: text/html\n\n<p>The crane is broken.</p>",
        kind="mixed",
    )
    assert body_of(data).count("crane") == 1


@pytest.mark.parametrize(
    "stub",
    [
        "This message is in HTML. Please use another program.",
        "View this email in your browser: https://example.com/1",
        "Zur Webansicht",
        "See below.",
        "Si no puede ver este mensaje, ábralo en su navegador.",
    ],
)
def test_a_stub_of_plain_text_gives_way_to_the_mail(stub: str) -> None:
    rich = "<p>The crane is broken since Friday, and the yard asks for the keys.</p>"
    data = multipart(f"Content-Type: text/plain\n\n{stub}", f"Content-Type: text/html\n\n{rich}")
    assert "asks for the keys" in body_of(data)


def test_a_stub_of_more_words_than_a_short_mail_gives_way_as_well() -> None:
    stub = "Votre logiciel ne prend pas en charge le HTML. Consultez ce message en ligne : https://x.example/v"
    rich = "<p>The hall closes on 12 April.</p>"
    data = multipart(f"Content-Type: text/plain\n\n{stub}", f"Content-Type: text/html\n\n{rich}")
    assert body_of(data).strip() == "The hall closes on 12 April."


@pytest.mark.parametrize("footer", ["____\nharbour list\nharbour@lists.example", "CONFIDENTIAL. Not for others. " * 9])
def test_plain_text_that_says_something_else_than_the_html_does_not_hide_it(footer: str) -> None:
    rich = "<p>The crane is broken since Friday, and the yard asks for the keys.</p>"
    assert "asks for the keys" in body_of(
        multipart(f"Content-Type: text/plain\n\n{footer}", f"Content-Type: text/html\n\n{rich}")
    )


def test_a_short_part_whose_words_were_known_stays() -> None:
    first = "Content-Type: text/plain\n\nThe crane is not free on Monday, and the yard is closed."
    text = body_of(multipart(first, "Content-Type: text/plain\n\nThe yard is free on Monday.", kind="mixed"))
    assert text.endswith("The yard is free on Monday.")


def test_an_attached_mail_in_base64_is_read() -> None:
    inner = base64.b64encode(b"From: Yard <y@example.com>\nSubject: Offer 77\n\nWe repair it.").decode()
    part = f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}"
    assert "Subject: Offer 77\n\nWe repair it." in body_of(multipart("\nSee below, please.", part, kind="mixed"))


def test_what_a_server_says_of_a_recipient_is_no_signature() -> None:
    failed = "Final-Recipient: rfc822; y@example.com\nAction: failed\n"
    status = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\n{failed}"
    data = multipart("Content-Type: text/plain\n\nNot delivered.", status, kind="report")
    data = data.replace(b"boundary=", b"report-type=delivery-status; boundary=")
    assert "y@example.com\nAction: failed" in mail.read(b"From: Y <y@example.com>\n" + data, strip_boilerplate=True)[0]


def test_a_mail_that_is_one_encrypted_block_is_refused() -> None:
    with pytest.raises(UserError, match="PGP") as caught:
        mail.read(HEAD + b"\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n", strip_boilerplate=True)
    assert caught.value.code == "E1007"


FORWARDED_HTML = "Content-Type: message/rfc822\n\nFrom: Yard <y@example.com>\nContent-Type: text/html\n\n"
PLANTED = "<p>The crane is broken since Friday.</p><p style='display:none'>planted</p>"


@pytest.mark.parametrize(
    ("data", "unseen"),
    [
        (HEAD + f"Content-Type: text/html\n\n{PLANTED}".encode(), 7),
        (HEAD + b"Content-Type: text/html\n\n<style>.x{display:none}</style>a<p class=x>planted</p>", 7),
        (multipart(f"Content-Type: text/html\n\n{PLANTED}", f"{FORWARDED_HTML}{PLANTED}", kind="mixed"), 14),
        (multipart("Content-Type: text/plain\n\nThe crane is broken.", f"Content-Type: text/html\n\n{PLANTED}"), 0),
    ],
    ids=range(4),
)
def test_what_nobody_sees_of_a_mail_goes_and_is_counted(data: bytes, unseen: int) -> None:
    for strip_boilerplate in (True, False):
        text, removals = mail.read(data, strip_boilerplate)
        assert "planted" not in text
        assert sum(removal.characters for removal in removals if removal.kind == "hidden text") == unseen


FORWARDED = (
    "Content-Type: message/rfc822\nContent-Disposition: attachment\n\nFrom: Yard <y@example.com>\nSubject: Offer 77"
)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_an_attached_mail_stands_below_its_own_head(kind: str) -> None:
    own = f"Content-Type: text/{kind}\n\nPlease decide by Wednesday."
    text = body_of(multipart(own, f"{FORWARDED}\n\nWe repair it for 12,000 crowns.", kind="mixed"))
    own_text, _, attached = text.partition("---------- Attached message ----------\n")
    assert own_text.strip() == "Please decide by Wednesday."
    assert attached.startswith("From: Yard <y@example.com>\nSubject: Offer 77\n\nWe repair it")


def test_a_bounce_a_digest_and_a_mailbox_say_what_they_are() -> None:
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n"
    bounce = multipart("Content-Type: text/plain\n\nNot delivered.", status, FORWARDED + "\n\nText", kind="report")
    text, _ = mail.read(bounce.replace(b"boundary=", b"report-type=delivery-status; boundary="), strip_boilerplate=True)
    assert text.startswith("Type: delivery report\n")
    assert "Action: failed\nStatus: 5.1.1" in text
    digest = multipart("\nFrom: a@x\nSubject: One\n\nFirst.", "\nFrom: b@x\nSubject: Two\n\nSecond.", kind="digest")
    text, _ = mail.read(digest, strip_boilerplate=True)
    assert text.startswith("Type: digest of 2 mails\n")
    assert "Subject: Two\n\nSecond." in text
    box = b"".join(b"From a@x Mon Jan  1 10:00:00 2024\n" + HEAD + b"\nMail %d.\n\n" % number for number in (1, 2, 3))
    text, _ = mail.read(box, strip_boilerplate=True)
    assert text.startswith("Mailbox of 3 mails\n")
    assert "---------- Mail 3 of 3 ----------\nSubject: Minutes" in text
    assert "Mail 2." in text


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/ms-tnef", "winmail.dat"),
        ("application/pkcs7-mime", "S/MIME"),
        ("text/calendar", "calendar"),
        ("image/png", "attachments"),
    ],
)
def test_a_mail_with_nothing_to_read_says_what_it_has(kind: str, name: str) -> None:
    for data in (HEAD + f"Content-Type: {kind}\n\nabc".encode(), multipart(f"Content-Type: {kind}\n\nabc")):
        with pytest.raises(UserError) as caught:
            mail.read(data, strip_boilerplate=True)
        assert caught.value.code == "E1007"
        assert name in str(caught.value)
    assert mail.read(HEAD + b"\n", strip_boilerplate=True)[0].startswith("Subject: Minutes")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + HEAD + b"\nThe crane is broken.",
        (HEAD + b"\nThe crane is broken.").decode().encode("utf-16"),
        b"From : Ann\nTo : b@example.com\nSubject : Minutes\n\nThe crane is broken.",
        HEAD.replace(b"To:", b"an odd line\nTo:") + b"\nThe crane is broken.",
        b"From ann@example.com Tue Mar  4 09:12:00 2025\nan odd line\n" + HEAD + b"\nThe crane is broken.",
        b"HTTP/1.1 200 OK\n" + HEAD + b"\nThe crane is broken.",
        b">From a@x Mon Jan  1 10:00:00 2024\n" + HEAD + b"\nThe crane is broken.",
    ],
    ids=range(7),
)
def test_a_mark_or_an_odd_line_in_the_head_costs_nothing(data: bytes) -> None:
    assert mail.is_mail(data, named_so=True)
    text, _ = mail.read(data, strip_boilerplate=True)
    assert text.startswith("Subject: Minutes\nFrom: Ann")
    assert text.endswith("\n\nThe crane is broken.")


def test_prose_with_a_colon_is_no_mail() -> None:
    assert not mail.is_mail(b"Notes of the day\nFrom: here\nTo: there\n\nText", named_so=False)


def test_a_head_that_goes_on_behind_blank_lines_says_what_the_body_is() -> None:
    data = HEAD + b"\n\nContent-Type: text/plain; charset=iso-8859-1\n\nK\xfchler\n"
    assert body_of(data) == "Kühler"


def test_a_body_that_speaks_of_a_content_type_is_no_head() -> None:
    data = HEAD + b"Content-Type: text/plain\n\nContent-Type: text/html is what it needs.\n\nThe rest.\n"
    assert body_of(data) == "Content-Type: text/html is what it needs.\n\nThe rest."


def test_lines_that_go_on_in_the_next_are_put_together_where_their_blank_is_none() -> None:
    flowed = b"Content-Type: text/plain; format=flowed; delsp=yes\n\n"
    text = b"See https://example.com/may/ \nminutes.html, which is  \nlong.\n\n> and \nso\n"
    assert body_of(HEAD + flowed + text) == "See https://example.com/may/minutes.html, which is long.\n\n> and \nso"
    assert body_of(HEAD + b"\nOne \ntwo\n") == "One \ntwo"


def test_a_file_that_stands_in_a_text_goes_and_the_text_around_it_stays() -> None:
    encoded = "begin 644 a.txt\n#0V%T\n`\nend\n"
    assert body_of(HEAD + f"\nOne\n{encoded}two\n".encode()) == "One\ntwo"
    assert body_of(HEAD + b"\nWe begin 644 days late\nbegin 644 a\nend\n").endswith("begin 644 a\nend")


@pytest.mark.parametrize("encoding", ["quoted-printable;", '"quoted-printable"', "Quoted-Printable "])
def test_a_transfer_encoding_is_undone_however_it_is_written(encoding: str) -> None:
    assert body_of(HEAD + f"Content-Transfer-Encoding: {encoding}\n\ncaf=C3=A9\n".encode()) == "café"


def test_a_body_right_below_the_headers_is_read() -> None:
    data = HEAD + b"The blank line: it is missing.\nTake the ferry.\n"
    assert mail.is_mail(data, named_so=True)
    assert mail.read(data, strip_boilerplate=False)[0].endswith("it is missing.\nTake the ferry.")
    assert not mail.is_mail(data, named_so=False)
    assert not mail.is_mail(b"Subject: Minutes\nThe council met.\n", named_so=True)


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        (
            "enriched",
            "<bold>The crane</bold> is\nfree <<now>.\n\n<param>x</param>Come.",
            "The crane is free <now>.\n\nCome.",
        ),
        ("x-patch", "-old\n+new", "-old\n+new"),
        ("csv", "id,text\n1,crane", "id,text\n1,crane"),
        ("x-vcard", "BEGIN:VCARD", ""),
        ("rfc822-headers", "Received: from a", ""),
        ("x-amp-html", "<p>crane", ""),
    ],
)
def test_other_texts_within_a_mail_are_read(kind: str, content: str, text: str) -> None:
    parts = ("Content-Type: text/plain\n\nplain", f"Content-Type: text/{kind}\n\n{content}")
    assert body_of(multipart(*parts, kind="mixed")).removeprefix("plain").strip() == text


def test_a_line_that_a_mailbox_escapes_is_read_as_it_was_written() -> None:
    one = (
        b"From ann@x.example Tue Mar  3 09:12:00 2026\nFrom: ann@x.example\n\n>From now on use gate 2.\n> From: me\n\n"
    )
    assert "\nFrom now on use gate 2.\n> From: me" in mail.read(one, False)[0]
    assert mail.read(one * 2, False)[0].count("\nFrom now on use gate 2.") == 2


def test_base64_that_was_cut_within_a_character_is_read_up_to_there() -> None:
    encoded = base64.b64encode(b"The keys are at the desk, room 4.")[:-3]
    head = HEAD + b"Content-Transfer-Encoding: base64\n\n"
    assert mail.read(head + encoded, False)[0].endswith("\n\nThe keys are at the desk, room")
