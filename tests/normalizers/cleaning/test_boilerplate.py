"""Lines that are no content go, each under its kind; what might be content stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.document import Document
from contract.request import SummaryRequest
from normalizers.cleaning import boilerplate

BEFORE = "The committee read the report twice."
AFTER = "It will vote on it in May."


def cleaned(text: str, *, strip_boilerplate: bool = True) -> Document:
    request = SummaryRequest(text="-", strip_boilerplate=strip_boilerplate)
    return boilerplate.normalize(Document(text=text, media_type="text/plain"), request)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("cookie banner", "We use cookies to improve your experience. By continuing you accept our cookie policy."),
        ("cookie banner", "This website uses cookies. Manage your settings or learn more.\nAccept all\nReject all"),
        ("cookie banner", "By using this site you agree to the use of cookies.\n[Got it!](#)"),
        ("navigation", "Skip to main content"),
        ("navigation", "Back to top"),
        ("navigation", "Home > Council > Reports > 2024"),
        ("navigation", "Home | About us | News | Contact"),
        ("navigation", "[Home](/) | [About](/about) | [Contact](/contact)"),
        ("navigation", "- Home\n- [News](/news)\n- Jobs\n- Contact us\n- Log in"),
        ("share bar", "Share this article"),
        ("share bar", "Share on Facebook"),
        ("share bar", "Share: Facebook Twitter LinkedIn"),
        ("share bar", "Facebook\nTwitter\nWhatsApp\nCopy link"),
        ("share bar", "Facebook | LinkedIn | Print"),
        ("newsletter sign-up", "Subscribe to our newsletter"),
        ("newsletter sign-up", "**Sign up for our free weekly newsletter** and never miss a story!"),
        ("newsletter sign-up", "Get the latest stories straight to your inbox."),
        ("newsletter sign-up", "Enter your email address to subscribe"),
        ("page number", "Page 3 of 12"),
        ("page number", "- 7 -"),
    ],
)
def test_boilerplate_goes_under_its_kind(kind: str, lines: str) -> None:
    document = cleaned(f"{BEFORE}\n\n{lines}\n\n{AFTER}")
    assert document.text.split() == f"{BEFORE} {AFTER}".split()
    (removal,) = document.removals
    assert removal.kind == kind
    assert removal.characters == len(lines.replace("\n", ""))


@pytest.mark.parametrize(
    "content",
    [
        "The regulator found that sites which say they use cookies rarely ask anyone to accept them.",
        "OK",
        "Accept all",
        "Menu",
        "Home",
        "- News\n- Events\n- Budget\n- Staff",
        "Products\nServices\nSupport",
        "- Facebook\n- Twitter\n- LinkedIn\n- Reddit",
        "Anna shared this on Facebook, where it was read by many.",
        "She will subscribe to our newsletter once the price is right.",
        "Home to three thousand people, the valley has no doctor.",
        "Home visits > 20 a week are paid extra.",
        "Page 3 of the report says otherwise.",
        "PAGE 3",
        "12",
        "- 7 degrees",
        "Share: 12 percent",
        "Print this form, sign it and return it by Friday.",
    ],
)
def test_what_might_be_content_stays(content: str) -> None:
    text = f"{BEFORE}\n\n{content}\n\n{AFTER}"
    assert cleaned(text) == Document(text=text, media_type="text/plain")


def test_a_policy_about_cookies_keeps_them() -> None:
    policy = """We use cookies to keep you signed in; you may change your settings.
Session cookies end with the browser.
Third-party cookies come from our partners.
By using this site you agree to the cookies above."""
    assert cleaned(policy).text == policy


def test_a_text_of_nothing_else_is_kept() -> None:
    assert cleaned("Subscribe to our newsletter").text == "Subscribe to our newsletter"


def test_nothing_goes_when_boilerplate_shall_stay() -> None:
    document = cleaned("One.\nPage 1 of 2\fSkip to content", strip_boilerplate=False)
    assert document.text == "One.\nPage 1 of 2\fSkip to content"
    assert document.removals == ()


def pages(*bodies: str, head: str = "", foot: str = "") -> str:
    """Put bodies on pages whose head and foot may name the {page}."""
    return "\f".join(
        f"{head.format(page=number)}\n\n{body}\n\n{foot.format(page=number)}\n" for number, body in enumerate(bodies, 1)
    )


BODIES = (
    "Alpha opened the session.\nNobody spoke against it.",
    "Beta read the accounts.\nThey were approved.",
    "Gamma thanked the board.\nThe session was closed.",
    "Delta wrote these minutes.\nThey are complete.",
)


def test_headers_and_footers_of_pages_go_and_the_title_stays_once() -> None:
    document = cleaned(pages(*BODIES, head="Minutes of the Society", foot="Confidential | {page}"))
    assert document.text.count("Minutes of the Society") == 1
    assert "Confidential" not in document.text
    assert [line for body in BODIES for line in body.split("\n") if line not in document.text] == []
    assert {removal.kind for removal in document.removals} == {"repeated header or footer"}


@pytest.mark.parametrize("foot", ["{page}", "- {page} -", "Page {page}", "{page} / 4", "Seite {page} von 4"])
def test_numbers_that_count_pages_go(foot: str) -> None:
    document = cleaned(pages(*BODIES, foot=foot))
    assert document.text == "\n\n\f".join(BODIES)
    assert {removal.kind for removal in document.removals} == {"page number"}


def test_left_and_right_pages_may_differ() -> None:
    text = "\f".join(
        f"{'Annual report' if number % 2 else 'The Society'}\n{BODIES[number % 4]} {number}" for number in range(8)
    )
    document = cleaned(text)
    assert document.text.count("Annual report") == document.text.count("The Society") == 1


@pytest.mark.parametrize(
    "row", ["20{number} {number}", "{number}", "Total {number}", "Rent and heating: {number} a month"]
)
def test_rows_of_a_table_over_several_pages_stay(row: str) -> None:
    rows = [row.format(number=number) for number in (40, 17, 93)]
    text = cleaned(pages(*(f"{first}\nand more." for first in rows))).text
    assert [line for line in text.splitlines() if line and line != "and more."] == rows


@pytest.mark.parametrize("word", ["Step", "Chapter", "Question"])
def test_headings_that_happen_to_count_pages_stay(word: str) -> None:
    text = cleaned(pages(*BODIES, head=f"{word} {{page}}")).text
    assert [number for number in range(1, 5) if f"{word} {number}" not in text] == []


def test_a_title_with_a_year_in_it_stays_once() -> None:
    assert cleaned(pages(*BODIES, head="Budget for 2024")).text.count("Budget for 2024") == 1


def test_lines_that_return_on_two_pages_of_many_stay() -> None:
    text = "\f".join(["Signed in full", *BODIES, "Signed in full"])
    assert cleaned(text).text.count("Signed in full") == 2


@pytest.mark.parametrize("lines", [["Erratum"] * 3, ["| [PERSON] |"] * 5])
def test_lines_that_are_alike_on_one_page_stay(lines: list[str]) -> None:
    assert cleaned("\n".join(lines)).text == "\n".join(lines)


@pytest.mark.parametrize("names", [["[PERSON]"] * 4, ["[PERSON_1]", "[PERSON_2]", "[PERSON_3]", "[PERSON_4]"]])
def test_names_that_redaction_made_alike_are_no_running_lines(names: list[str]) -> None:
    text = "\n\n\f".join(f"{name}\nAgreed on item {letter}." for name, letter in zip(names, "abcd", strict=True))
    assert cleaned(text).text == text


def test_a_line_in_the_middle_of_each_page_stays() -> None:
    text = "\f".join(f"a{n}\nb{n}\nc{n}\nCarried unanimously.\nd{n}\ne{n}\nf{n}" for n in "klmnop")
    assert cleaned(text).text.count("Carried unanimously.") == 6


def test_a_sentence_that_goes_on_over_the_page_is_not_torn_apart() -> None:
    text = "\f".join(["The bridge was built\n1", "in three years.\n2", "It stands.\n3"])
    assert cleaned(text).text == "The bridge was built\fin three years.\n\n\fIt stands."


def test_an_empty_page_is_still_counted() -> None:
    assert cleaned("One.\n1\f2\fThree.\n3").text == "One.\f\n\n\fThree."


@pytest.mark.parametrize(
    "unit", ["\n", "\f", "a\n", "1\f", "[", "](", "Home\n", "Home | ", "We use cookies ", "cookies\n"]
)
@pytest.mark.timeout(20)
def test_a_long_text_of_lines_ends_in_bounded_time(unit: str) -> None:
    """Quadratic time would take minutes."""
    text = unit * (400_000 // len(unit))
    assert len(cleaned(text).text) <= 2 * len(text)


@given(
    st.lists(st.sampled_from([BEFORE, "Menu", "Home", "Share", "Facebook", "Page 1 of 2", "1", "2", "\n", "\f", " | "]))
)
def test_what_went_is_what_is_missing(parts: list[str]) -> None:
    text = "\n".join(parts)
    document = cleaned(text)
    spaces = text.count(" ") - document.text.count(" ")  # in the lines that went
    missing = len("".join(text.split())) - len("".join(document.text.split()))
    assert missing == sum(removal.characters for removal in document.removals) - spaces
