"""Whoever asks for no language gets the document's, and a prompt says so only where it is not the prompt's own."""

import pytest

from contract.languages import SAME_LANGUAGE
from contract.request import SummaryRequest
from generation import languages

ENGLISH = "The council met on Thursday. It closed the bridge for repairs and opened a path beside it."
GERMAN = "Der Gemeinderat hat am Dienstag beschlossen, die Brücke zu sperren und daneben einen Weg zu öffnen."


@pytest.mark.parametrize(
    ("text", "asked", "resolved"),
    [
        (ENGLISH, SAME_LANGUAGE, SAME_LANGUAGE),
        (GERMAN, SAME_LANGUAGE, "German"),
        ("4471-B / 4,200", SAME_LANGUAGE, SAME_LANGUAGE),
        (GERMAN, "English", "English"),
        (ENGLISH, "fr", "French"),
    ],
)
def test_the_language_is_the_one_that_was_asked_for_or_the_document_s(text: str, asked: str, resolved: str) -> None:
    request = SummaryRequest(text=text, language=asked)
    assert languages.resolved(request, text).language == resolved
