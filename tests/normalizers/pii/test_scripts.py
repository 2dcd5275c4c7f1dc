"""A text in a script whose names are not found says so, or is refused."""

import pytest

from contract.request import SummaryRequest
from errors import UserError
from normalizers import steps
from normalizers.pii import scripts
from normalizers.pii.detectors import redactor_for
from normalizers.pii.shadow import fold
from normalizers.row import report

MIXED = "Иван Петров и 田中さん met Σ at α = 5. Zoë said ﬁne."


def test_scripts_with_words_are_counted_and_symbols_and_look_alikes_are_not() -> None:
    assert scripts.not_covered(fold(MIXED).text) == {"Cyrillic": 2, "Han": 1}
    latin = "Zoë, Jürgen, Nguyễn Thị, ﬁne, p\u0430ypal, 5 µm, \U0001d400\U0001d401, ５Ａ"
    assert not scripts.not_covered(fold(latin).text)


def test_the_report_says_so() -> None:
    request = SummaryRequest(text=MIXED, redact_pii="mask")
    document = steps.prepare(request, [lambda _: []]).document
    assert document.scripts_not_covered == ("Cyrillic", "Han")
    assert '"scripts_not_covered": ["Cyrillic", "Han"]' in report(document)
    assert steps.prepare(SummaryRequest(text=MIXED), []).document.scripts_not_covered == ()


def test_such_a_text_is_refused_on_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scripts.VARIABLE, "refuse")
    redactor = redactor_for(SummaryRequest(text="-", redact_pii="mask"), [lambda _: []])
    with pytest.raises(UserError, match=r"3 of 8 words .* Cyrillic, Han") as caught:
        redactor.redact(MIXED)
    assert caught.value.code == "E1018"
    assert "Иван" not in str(caught.value)
    assert redactor.redact("Zoë")[0] == "Zoë"
    assert redactor.recheck(MIXED)[0] == MIXED  # a summary in another language is the caller's wish


def test_the_variable_takes_two_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scripts.VARIABLE, "yes")
    with pytest.raises(UserError, match="E1009"):
        scripts.are_refused()
