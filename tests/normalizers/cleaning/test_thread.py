"""What goes out of a mail thread, and above all what stays."""

import pytest

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


@pytest.mark.parametrize(
    "footer",
    [
        "_______________\ndev mailing list\ndev@lists.example\nhttps://lists.example/dev\n",
        '-- \nYou received this message because you are subscribed to the "dev" group.\n'
        "To unsubscribe from this group, send an email to dev+leave@lists.example.\n",
        "---\nThis email has been checked for viruses by Oak Antivirus.\nhttps://oak.example\n",
        "P Please consider the environment before printing this e-mail.\n",
        "-----BEGIN PGP SIGNATURE-----\nComment: made-up\n\niQEzBAEB\n=abcd\n-----END PGP SIGNATURE-----\n",
    ],
)
def test_what_lists_and_programs_put_below_a_mail_goes_with_the_signature_above_it(footer: str) -> None:
    assert cleaned(f"The crane is free. Please tell the crew.\n\nAnn\n\n{footer}").rstrip().endswith("crew.")


def test_a_disclaimer_above_the_last_line_of_a_phone_goes_and_the_signature_above_it() -> None:
    text = f"The crane is free. Please tell the crew.\n\nAnn Lee\nHarbour Office\n\n{NOTICE}\nSent from my iPhone\n"
    result, removals = thread.clean(text, "Ann Lee")
    assert result.rstrip().endswith("crew.")
    assert [removal.kind for removal in removals] == ["signature", "disclaimer"]


def test_a_paragraph_that_says_how_to_unsubscribe_stays_where_no_rule_parts_it() -> None:
    text = "Per, your readers ask for this:\n\nTo unsubscribe, write to leave@example.com.\n"
    assert cleaned(text) == text


def test_a_mail_about_confidential_things_stays() -> None:
    text = f"Our lawyer sent this text:\n\n{NOTICE}\nPlease check whether we need it on every mail that we send.\n"
    assert cleaned(text) == text
    assert cleaned("Keep the merger confidential until Monday.\n") == "Keep the merger confidential until Monday.\n"


@pytest.mark.parametrize(
    "postscript",
    [
        "P.S. The keys are with the baker.\n",
        "PS: Bring the keys.\n\nPPS: And the boat.\n",
        "PS\nBring the keys.\n",
        "PS 40 trays are missing.\n",
        "P.-S. : la clé est chez le boulanger.\n",
        "P.D. La llave está en la panadería.\n",
        "(P.S.: Der Schlüssel liegt beim Bäcker.)\n",
        "N.B. the yard is shut on Monday.\n",
    ],
)
@pytest.mark.parametrize(
    "signed", ["Regards,\nAnn Lee\nHarbour Office\n555-123-4567\n", "-- \nAnn Lee\nHarbour Office\n"]
)
def test_a_postscript_stays_and_the_signature_above_it_or_below_it_goes(postscript: str, signed: str) -> None:
    body = "The crane is free again. Please tell the crew.\n\n"
    assert cleaned(f"{body}{signed}\n{postscript}") == f"{body}\n{postscript}"
    assert cleaned(f"{body}{postscript}\n{signed}") == f"{body}{postscript}\n\n"


@pytest.mark.parametrize("line", ["PSA of May: read it.\n", "Psalm and prayer were said; then we ate.\n"])
def test_a_line_that_only_looks_like_a_postscript_parts_nothing(line: str) -> None:
    text = f"The crane is free.\n\nRegards\nAnn\n\n{line}"
    assert cleaned(text) == text


def test_removals_count_every_character_that_went() -> None:
    text = f"We will meet on Friday at ten.\n\nAnn\n\n{NOTICE}"
    result, removals = thread.clean(text, "Ann")
    assert sum(removal.characters for removal in removals) == len(text) - len(result.rstrip("\n") + "\n\n")


@pytest.mark.parametrize(
    "introduction",
    [
        "Am 02.03.2026 um 09:00 schrieb Per Lund <per@example.com>:",
        "Per Lund schrieb am 02.03.2026 um 09:00:",
        "Le lun. 2 mars 2026 à 09:00, Per Lund <per@example.com> a écrit :",
        "El lun, 2 mar 2026 a las 9:00, Per Lund (<per@example.com>) escribió:",
        "Op ma 2 mrt. 2026 om 09:00 schreef Per Lund <per@example.com>:",
        "Den mån 2 mars 2026 kl 09:00 skrev Per Lund <per@example.com>:",
        "On Mon, Mar 2, 2026 at 9:00 AM Per Lund <per@example.com>\nwrote:",
        "2026-03-02 9:00 GMT+01:00 Per Lund <per@example.com>:",
        "man. 2. mar. 2026 kl. 09:00 skrev Per Lund <per@example.com>:",
        "W dniu 02.03.2026 o 09:00, Per Lund pisze:",
        "在 2026年3月2日，09:00，Per Lund <per@example.com> 写道：",
        "Begin forwarded message:\n\nFrom: Per Lund\nSubject: Crane\nDate: Monday\nTo: Ann Lee",
        "**From:** Per Lund\n**Sent:** Monday\n**To:** Ann Lee\n**Subject:** Crane",
        "Od: Per Lund\nWysłano: poniedziałek\nDo: Ann Lee\nTemat: Dźwig",
        "发件人: Per Lund\n发送时间: 2026年3月2日\n收件人: Ann Lee\n主题: 起重机",
        "-----Ursprüngliche Nachricht-----\nVon: Per Lund\nGesendet: Montag\nAn: Ann Lee\nBetreff: Kran",
        "-----Message d'origine-----\nDe : Per Lund\nEnvoyé : lundi\nÀ : Ann Lee\nObjet : Grue",
        "Von: Per Lund\nGesendet: Montag\nAn: Ann Lee\nBetreff: Kran",
    ],
)
def test_an_earlier_message_is_told_in_other_languages_too(introduction: str) -> None:
    above = "Der Kran ist wieder frei.\n\nGruß\nAnn\nTel. +46 8 123 456 78\n\n"
    result = cleaned(
        f"{above}{introduction}\n\nWann ist er frei? Die Werft fragt.\n\nGruß\nPer\nTel. +46 8 765 432 10\n"
    )
    assert "+46" not in result
    assert "Der Kran ist wieder frei." in result
    assert "Die Werft fragt." in result
    assert introduction in result


@pytest.mark.parametrize(
    "introduction", ["Per Lund wrote:", "On Mon, Mar 2, 2026 at 9:00 AM, Per Lund\n<per@example.com> wrote:"]
)
def test_a_signature_above_a_quote_is_told_whatever_introduces_the_quote(introduction: str) -> None:
    text = f"The crane is free again.\n\nRegards\nAnn\nTel. +46 8 123 456 78\n\n{introduction}\n> Is the crane free?\n"
    assert "+46" not in cleaned(text)
    assert introduction in cleaned(text)


@pytest.mark.parametrize(
    "notice",
    [
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie "
        "bitte den Absender und vernichten Sie diese Mail.",
        "Este mensaje es confidencial. Si lo ha recibido por error, avise al remitente y elimínelo.",
        "Questo messaggio è riservato. Se lo avete ricevuto per errore, avvisate il mittente e cancellatelo.",
        "Detta meddelande är konfidentiellt och avsett endast för adressaten. Radera det om du fått det av misstag.",
        "Denne e-posten er konfidensiell og kun beregnet for mottakeren. Slett den hvis du fikk den ved en feil.",
        "Denne e-mail er fortrolig og kun bestemt for modtageren. Er den modtaget ved en fejl, kontakt afsenderen.",
        "Dit bericht is vertrouwelijk. Is het niet voor u bestemd, waarschuw dan de afzender.",
        "Ce message est confidentiel. Si vous l'avez reçu par erreur, merci de le détruire et d'avertir l'expéditeur.",
    ],
)
def test_disclaimers_in_other_languages_go(notice: str) -> None:
    assert cleaned(f"The crane is free.\n\n{notice}\n").rstrip() == "The crane is free."


@pytest.mark.parametrize(
    "notice",
    [
        "This e-mail is confidential and meant for the addressee.",
        "This email is confidential. If received in error please delete.",
        "The information in this message is confidential and for the addressee.",
        "Die in dieser E-Mail enthaltenen Informationen sind vertraulich und für den Empfänger bestimmt.",
        "Les informations contenues dans ce message sont confidentielles et destinées à son destinataire.",
        "La información contenida en este correo es confidencial y para uso exclusivo de su destinatario.",
        "Le informazioni contenute in questa e-mail sono riservate al destinatario.",
        "As informações contidas nesta mensagem são confidenciais e destinam-se ao destinatário.",
        "De informatie in deze e-mail is vertrouwelijk en bestemd voor de geadresseerde.",
        "Diese Nachricht ist vertraulich und nur für den Empfänger bestimmt.",
        "Ce courriel est confidentiel et réservé à son destinataire.",
        "Este correo es confidencial y se dirige solo a su destinatario.",
        "Esta mensagem é confidencial. Se a recebeu por engano, apague-a.",
        "Il presente messaggio è riservato al destinatario.",
        "Deze e-mail is vertrouwelijk en alleen voor de geadresseerde.",
        "Detta meddelande är konfidentiellt och endast avsett för mottagaren.",
        "Innehållet i detta mejl är konfidentiellt och avsett för mottagaren.",
        "Denne meldingen er konfidensiell og kun ment for mottakeren.",
        "Hvis du har modtaget denne mail ved en fejl, bedes du slette den.",
        "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle.",
        "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata.",
        "Tento e-mail je důvěrný a je určen pouze příjemci.",
        "Это сообщение конфиденциально и предназначено только для адресата.",
    ],
)
def test_a_disclaimer_of_a_sentence_or_two_goes_where_it_is_about_its_own_mail(notice: str) -> None:
    assert cleaned(f"The crane is free.\n\nRegards\nPer Lind\n\n{notice}\n").rstrip() == "The crane is free."


@pytest.mark.parametrize(
    "end",
    [
        "Treat it as confidential, notify me at once if anybody unauthorized has it, and destroy all copies by Friday.",
        "The contract is confidential and privileged; any disclosure needs my word, and old copies must be destroyed.",
        "This offer is confidential. If you are not the addressee notify me, and destroy your copy before 5 March.",
        "Bitte vertraulich behandeln, den Absender informieren und alle Kopien bis Freitag vernichten.",
        "The parcel is confidential. If you received it by mistake, leave it with the porter.",
        "If you received this parcel by mistake, please contact the sender.",
        "Detta kontrakt är konfidentiellt och avsett för mottagaren i Lund.",
        "This message is confidential until the board has met.",
    ],
)
def test_a_paragraph_about_secrecy_that_is_meant_for_the_reader_stays(end: str) -> None:
    assert end in cleaned(f"Per, the offer is attached.\n\n{end}\n")
