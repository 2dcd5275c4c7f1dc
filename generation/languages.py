"""The language that a summary is asked to be in.

Knows: that models answer in the language of the question, which is English, unless they are told another. Knows nothing
of how they are told.
"""

from contract.languages import SAME_LANGUAGE, english_name
from contract.request import SummaryRequest
from splitting import language

QUESTION = "en"


def differs(request: SummaryRequest, text: str) -> bool:
    """Whether a resolved request asks for another language than the text's."""
    return request.language != SAME_LANGUAGE and request.language != english_name(language.code(text))


def resolved(request: SummaryRequest, text: str) -> SummaryRequest:
    """Return the request with the name of the text's language where it asks for the same, can be told, and is another.

    Without it, and for a text in English, prompts say nothing about language.
    """
    if request.language != SAME_LANGUAGE:
        return request
    code = language.code(text)
    name = None if code in ("", QUESTION) else english_name(code)
    return request.model_copy(update={"language": name}) if name else request
