"""What goes out of a mail thread, and above all what stays."""

from normalizers.cleaning import thread

NOTICE = (
    "CONFIDENTIALITY NOTICE: this e-mail is intended only for the addressee and may be privileged.\n"
    "If you received it in error, notify the sender.\n"
)


def cleaned(text: str, sender: str = "Ann Lee <ann@example.com>") -> str:
    return thread.clean(text, sender)[0]


def test_a_quoted_line_that_stands_elsewhere_goes() -> None:
    question = "Shall we meet on Friday at ten?\n"
    text = f"Fine with me.\n\nOn Monday, Bob wrote:\n> {question}>> {question}"
    assert cleaned(text).count("Shall we meet on Friday at ten?") == 1


def test_a_quoted_text_that_stands_nowhere_else_stays() -> None:
    text = "Yes.\n\n> Shall we meet on Friday?\n> Or on Monday?\n"
    assert cleaned(text) == text


def test_a_quote_that_was_wrapped_anew_is_still_the_same_text() -> None:
    quote = "> We will meet on Friday\n> at ten in the large\n> room.\n"
    text = f"We will meet on Friday at ten in the large room.\n\n{quote}"
    assert cleaned(text) == "We will meet on Friday at ten in the large room.\n\n"


def test_an_answer_between_quotes_stays() -> None:
    text = "> First question here?\nFirst answer.\n> Second question here?\nSecond answer.\n"
    assert cleaned(text) == text


def test_each_message_of_a_thread_loses_its_own_senders_signature() -> None:
    text = (
        "Done as you asked.\n\nAnn Lee\nThe Company, Inc.\n555-123-4567\n\n-----Original Message-----\n"
        "From: Bob Day\nSent: Monday\nTo: Ann Lee\nSubject: Report\n\nPlease send the report.\n\nBob\n"
    )
    result, removals = thread.clean(text, "Ann Lee <ann@example.com>")
    assert "555-123-4567" not in result
    assert result.rstrip().endswith("Please send the report.")
    assert [removal.kind for removal in removals] == ["signature"]


def test_a_signature_above_a_quote_goes_and_the_quote_stays() -> None:
    text = (
        "I agree.\n\nBest,\nAnn\n\nOn Mon, 1 Jan 2024, Bob <bob@example.com> wrote:\n> Do you agree with all of it?\n"
    )
    result = cleaned(text)
    assert "Best" not in result
    assert "> Do you agree with all of it?" in result


def test_disclaimers_at_the_end_go() -> None:
    rule = "*" * 40
    text = f"The report is attached to this mail.\n\n{rule}\n{NOTICE}{rule}\n"
    result, removals = thread.clean(text, "")
    assert result.strip() == "The report is attached to this mail."
    assert [removal.kind for removal in removals] == ["disclaimer"]


def test_a_mail_about_confidential_things_stays() -> None:
    text = f"Our lawyer sent this text:\n\n{NOTICE}\nPlease check whether we need it on every mail that we send.\n"
    assert cleaned(text) == text
    assert cleaned("Keep the merger confidential until Monday.\n") == "Keep the merger confidential until Monday.\n"


def test_removals_count_every_character_that_went() -> None:
    text = f"We will meet on Friday at ten.\n\nAnn\n\n{NOTICE}"
    result, removals = thread.clean(text, "Ann")
    assert sum(removal.characters for removal in removals) == len(text) - len(result.rstrip("\n") + "\n\n")
