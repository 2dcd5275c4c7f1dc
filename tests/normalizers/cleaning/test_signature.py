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
        ("Mit freundlichen Grüßen / Best regards\nAnn Lee\n", "Ann Lee"),
        ("Un saludo,\nAnn\n", "Ann Lee"),
        ("Met vriendelijke groet,\nAnn Lee\n", "Ann Lee"),
        ("--\nAnn Lee\nHarbour Office\n", "Ann Lee"),
        ("Ann Lee\nMarketing Manager\nOak Company\n", "Ann Lee"),
        ("Ann Lee, Ph.D.\nOak Corp. Marketing\nann@example.com\n", "Ann Lee"),
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
        "____________\nMay 4\nJune 5\n",
    ],
)
def test_an_end_that_might_be_content_stays(end: str) -> None:
    assert signature.split(BODY + end, "Ann Lee <ann@example.com>") == (BODY + end, "")


@pytest.mark.parametrize("text", ["", "\n\n", "Ann", "Regards,\nAnn\n", "x" * 1_000_000])
def test_a_mail_that_is_all_signature_is_kept(text: str) -> None:
    assert "".join(signature.split(text, "Ann")) == text
    assert signature.split(text, "Ann")[0] or not text
