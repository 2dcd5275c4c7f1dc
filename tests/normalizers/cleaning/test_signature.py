"""What begins a signature, and what only looks like one."""

import pytest

from normalizers.cleaning import signature

BODY = "Please send the figures for May before the meeting on Thursday.\n\n"


@pytest.mark.parametrize(
    ("signed", "sender"),
    [
        ("Regards,\nAnn\n", "Ann Lee <ann@example.com>"),
        ("Thanks\n\nAnn Lee\n", "Lee, Ann"),
        ("Ann Lee\nHead of Sales\nThe Company, Inc.\n1 Main Street\nPhone: 555-123-4567\nann@example.com\n", "Ann Lee"),
        ("-- \nanything at all\n", ""),
        ("Your friend, Ann.\n", "Ann Lee"),
        ("AL\n", "Ann Lee"),
        ("Bess\n", "Lee"),
        ("Thanks, Ann\n", "Ann Lee <ann@example.com>"),
        ("ann@example.com\n555-123-4567\n", "<ann@example.com>"),
        ("Sent from my iPhone\n", ""),
        ("Mit freundlichen Grüßen\nAnn Lee\nHafenamt\nTel. +46 8 123 456 78\n", "Ann Lee"),
        ("Viele Grüße aus Köln\nAnn\n", "Ann Lee"),
        ("Vielen Dank und liebe Grüsse\nAnn\n", "Ann Lee"),
        ("LG Ann\n", "Ann Lee"),
        ("Von meinem iPhone gesendet\n", ""),
        ("Bien cordialement,\nAnn Lee\nTél. +33 1 23 45 67 89\n", "Ann Lee"),
        ("Je vous prie d'agréer, Monsieur, mes salutations distinguées.\nAnn Lee\nDirectrice\n", "Ann Lee"),
        ("Envoyé de mon iPhone\n", ""),
        ("Kind regards / Mit freundlichen Grüßen / Cordialement\n\nAnn Lee\n", "Ann Lee"),
        ("Cordialement,\nAnn Lee\nResponsable achats\nLee & Fils \u2013 14 rue du Port, 35400 Saint-Malo\n", "Ann Lee"),
        ("Mit freundlichen Grüßen / Best regards\nAnn Lee\n", "Ann Lee"),
        ("Un saludo,\nAnn\n", "Ann Lee"),
        ("Met vriendelijke groet,\nAnn Lee\n", "Ann Lee"),
        ("--\nAnn Lee\nHarbour Office\n", "Ann Lee"),
        ("Ann Lee\nMarketing Manager\nOak Company\n", "Ann Lee"),
        ('Cheers,\nAnn\n-- \nAnn Lee\n"Nothing is lost." -- a song\nhttp://example.com\n', "Ann Lee"),
        ("Viele Grüße\n\n--\nAnn Lee\nHafenamt\n", "Ann Lee"),
        ("Sincerely,\nAnn\n\n****\nAnn Lee\n555-123-4567\n****\nWe build boats. Come and see them.\n", "Ann Lee"),
        ("Thank you for all your help,\nAnn\n", "Ann Lee"),
        ("Thanks!\nKim x31647\n", "Kimberly Lee"),
        ("Gautam Mukherjee\nAssociate\n555-123-4567\n", "GMukherjee@example.com"),
        ("Per Lund\nOak Company\nlund77@example.com\n", "lund77@example.com"),
        ("Thanks,\nThe Crane Team\n", "help@example.com"),
        ("Happy Holidays,\nAnn\n", "Ann Lee"),
        ("Ann Lee | Sales | Oak Company Ltd | 1 Main Street, Bristol BS1 4DB | ann@example.com\n", "Ann Lee"),
        ("Gruß\nAnn\nRingstr. 4\nTel.: +49 431 123456-12\n", "Ann Lee"),
        ("Restant à votre disposition,\nCordialement,\nAnn LEE\n", "Ann Lee"),
        ("\u0421 уважением,\nИван Петров\nтел. +7 495 123-45-67\n", "Ivan Petrov"),
        ("Sent from Mail for Windows 10\n", ""),
        ("Enviado do meu iPhone\n", ""),
        ("Ann Lee, Ph.D.\nOak Corp. Marketing\nann@example.com\n", "Ann Lee"),
        ("AL x3-4417\n", "Ann Lee"),
        ("Thanks AL\n", "Ann Lee"),
        ("Bob H\n", "Robert Holloway"),
        ("Regards Liz\n", "Elizabeth Crane"),
        ("JohnDoe\nReal Time\n", "Doe, John"),
        ("Talk to you next week,\nAnn\n", "Ann Lee"),
        ("My best regards,\nC. Nystrom\n", "Carl Nystrom <carl@example.com>"),
        ("Love,\nmom\n", "Elizabeth Crane"),
        ("- a\n", "Ann Lee"),
        ("jw\n", "Wilson"),
        ("ckm\n", "mann kay"),
        ("<ed>\n", "ed44@example.com"),
        ("Jamie Davis\n555.201.3344\n", "jdavis77@example.com"),
        ("  ___\n /   \\   Ann Lee\n| o o |  ann@example.com\n", "Ann Lee <ann@example.com>"),
        ('Ann Lee          "It compiles, ship it"\nann@example.com  http://example.com\n', "Ann Lee"),
        ("Ann Lee\nOak Company\nTel. 555-123-4567\nEvery day is good if you let it be one.\n", "Ann Lee"),
        ("Ann Lee, Specialist, Portland West Desk Real Time Group\n", "Ann Lee"),
        ("Ann Lee\nSuite 12, 1 Main Street, Houston, TX 77002 (for couriers only)\nann@example.com\n", "Ann Lee"),
        ("Regards,\nAnn Lee\nOak India Pvt. Ltd.\n", "Ann Lee"),
        ("Mit sportlichen Grüßen\nAnn Lee\n", "Ann Lee"),
        ("Sincères salutations,\nLe service de l'urbanisme\n", "Marc Blanc"),
        ("Belle journée\nMarc\n", "Marc Blanc"),
        ("Per Lund\nService Engineer\nTel. 555-123-4567\nper.lund@example.com\n", "Oak Service <service@example.com>"),
        ("Per Lund\nOak Company\nwww.example.com\n", "info@example.com"),
        ("Per Lund\nCustomer Care\nwww.oakhouse.example\n", "Oak House <no-reply@oakhouse.example>"),
    ],
)
def test_a_signature_is_found_from_its_first_line(signed: str, sender: str) -> None:
    assert signature.split(BODY + signed, sender) == (BODY, signed)


@pytest.mark.parametrize(
    "end",
    [
        "",
        "Thanks\n",
        "Please call Bob Day at 555-123-4567.\n",
        "http://example.com/report\n",
        "- May: 4\n- June: 5\n",
        "Happy Holidays\n",
        "Ann\n彼女は来る。\n",
        "Ann\nShe will come.\n",
        "Quarterly Outlook\n",
        "I will ask Ann about it when she is back, and then we will decide together.\n",
        "Thanks\n\n- Apples\n- Pears\n",
        "Thanks,\n1. Keys\n2. Boat\n",
        "Thanks\nKeys\nBoat\n",
        "Ann: the keys\nPer: the boat\n",
        "Ann - keys\nPer - boat\n",
        "Ann Lee\nPer Lund\nBo Ek\n",
        "Coming:\n\nAnn Lee\nPer Lund\n",
        "Ann brings the keys\nPer brings the boat\n",
        "--\nSecond part: the crane is free on Thursday\n",
        "--\nAnn: the keys\nPer: the boat\n",
        "Thanks,\nAnn's paint\nRed brushes\n",
        "P.S. Bring the keys\n",
        "Ship the crate to\n\nAnn Lee\n1 Main Street\n",
        "For questions ask\n\nPer Lund\nOak Company\nper@example.com\n",
        "Sent from my desk, which is easier than my phone.\n",
        "Sent from the harbour on Tuesday: four crates.\n",
        "Chris and Tim\n",
        "____________\nMay 4\nJune 5\n",
        "Results\n\nAnn 12\nPer 9\n",
        "- Crane: 4 days\n\nCost | 9,000\n",
        "The winners:\n\n1. Per Lund\n2. Ann Lee\n",
        "Thanks Per\n",
        "I liked two books.\n\nEmma\nPersuasion\n",
        "Good luck!\n",
    ],
)
def test_an_end_that_might_be_content_stays(end: str) -> None:
    assert signature.split(BODY + end, "Ann Lee <ann@example.com>") == (BODY + end, "")


@pytest.mark.parametrize(
    ("above", "address", "sender"),
    [
        ("For questions ask", "per@example.com", "service@example.com"),
        ("We thank our host.", "per@elsewhere.example", "service@example.com"),
        ("We thank our host.", "per@example.com", "Ann Lee <service@example.com>"),
        ("We thank our host.", "per@example.com", "Ann Lee <ann@example.com>"),
    ],
)
def test_a_full_name_of_somebody_else_is_content_unless_it_signs_for_a_shared_address(
    above: str, address: str, sender: str
) -> None:
    mail = f"Hello.\n\n{above}\n\nPer Lund\nOak Company\n{address}\n"
    assert signature.split(mail, sender) == (mail, "")


def test_a_name_right_below_a_sentence_is_a_signature_and_below_a_list_is_not() -> None:
    assert signature.split("The crane is free again.\nAnn Lee\n", "Ann Lee") == (
        "The crane is free again.\n",
        "Ann Lee\n",
    )
    assert signature.split("Coming are Per Lund,\nAnn Lee\n", "Ann Lee")[1] == ""


@pytest.mark.parametrize("above", ["see you at 8", "Just call if you have any question", "The crane is free."])
def test_a_name_right_below_a_line_that_does_not_run_on_is_a_signature(above: str) -> None:
    assert signature.split(f"Hello.\n{above}\nann\n", "Ann Lee") == (f"Hello.\n{above}\n", "ann\n")


@pytest.mark.parametrize(
    "above", ["Please ask Per and", "It goes to", "Coming:\nPer Lund", "Bo Ek\nPer Lund", "keys,\nboat,"]
)
def test_a_name_that_ends_a_line_or_a_list_above_it_is_content(above: str) -> None:
    assert signature.split(f"Hello.\n{above}\nAnn Lee\n", "Ann Lee")[1] == ""


def test_above_a_closing_stands_content() -> None:
    address = "Please send it to me at this place.\n\nAnn Lee\nOak Company\nBristol\n\n"
    assert signature.split(f"{address}Regards\nAnn\n", "Ann Lee") == (address, "Regards\nAnn\n")


@pytest.mark.parametrize("text", ["", "\n\n", "Ann", "Regards,\nAnn\n", "x" * 1_000_000])
def test_a_mail_that_is_all_signature_is_kept(text: str) -> None:
    assert "".join(signature.split(text, "Ann")) == text
    assert signature.split(text, "Ann")[0] or not text
