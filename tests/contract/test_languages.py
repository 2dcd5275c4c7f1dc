import pytest

from contract.languages import SAME_LANGUAGE
from contract.request import SummaryRequest
from errors import UserError


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("German", "German"),
        ("german", "German"),
        (" de ", "German"),
        ("DE", "German"),
        ("de-DE-1996", "German"),
        ("pt-BR", "Brazilian Portuguese"),
        ("pt_br", "Brazilian Portuguese"),
        ("zh", "Chinese"),
        ("Same as the document", SAME_LANGUAGE),
        ("", SAME_LANGUAGE),
    ],
)
def test_a_language_may_be_named_or_given_as_a_code(named: str, name: str) -> None:
    assert SummaryRequest(text="a", language=named).language == name


@pytest.mark.parametrize("named", ["Klingonese", "xx-DE", "Deutsch sprechen", "-"])
def test_what_is_no_language_is_refused_with_how_to_say_it(named: str) -> None:
    with pytest.raises(UserError) as refused:
        SummaryRequest(text="a", language=named)
    assert str(refused.value) == (
        f"E1016 language is {named!r}; it must be a language's English name or code, such as German, de or pt-BR, or "
        "'same as the document'"
    )
