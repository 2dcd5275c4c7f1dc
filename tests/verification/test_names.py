"""Names raise an alarm when the source has them in no form, and only then."""

import pytest

from verification.grounding import Grounding
from verification.names import unsupported_names


def _found(summary: str, source: str) -> list[str]:
    return [summary[one.start : one.end] for one in unsupported_names(summary, Grounding([source]))]


@pytest.mark.parametrize(
    ("summary", "source"),
    [
        ("Then McIlroy's friend Dornan won.", "mcilroy met dornan"),
        ("Then the Dornans won.", "mcilroy met dornan"),
        ("It joined NATO.", "It joined the North Atlantic Treaty Organization."),
        ("It joined the North Atlantic Treaty Organization.", "It joined NATO."),
        ("He lives in the U.S. now.", "He lives in the United States."),
        ("The German team won.", "Germany won"),
        ("A Frenchman won.", "France won"),
        ("An Omani won.", "Oman won"),
        ("The Bavarians won.", "A Bavarian won"),
        ("It rained in Venezia.", "A Venezuelan won"),
        ("In Koln it rained.", "It rained in Köln."),
        ("The Anglo-Dutch firm grew.", "An Anglo Dutch firm."),
        ("It rained on Monday.", "It rained yesterday."),
        ("He met Mr. Dornan.", "he met dornan"),
        ("KEY POINTS FROM BELFAST\nIt rained.", "it rained"),
        ("The Key Findings Of Belfast\nIt rained.", "it rained"),
    ],
)
def test_a_name_in_another_form_is_known(summary: str, source: str) -> None:
    assert _found(summary, source) == []


def test_a_name_that_is_not_there_raises_an_alarm() -> None:
    source = "mcilroy met dornan. The North Wind blew."
    assert _found("Then Spieth met the Dornans of Belfast and IBM.", source) == ["Spieth", "Belfast", "IBM"]


def test_a_name_that_only_begins_alike_raises_an_alarm() -> None:
    assert _found("Then Norbert won.", "Norman won") == ["Norbert"]


def test_a_word_that_begins_a_sentence_is_no_name() -> None:
    assert _found('However, it rained.\n- Nobody came. "Rain!" he said: I stayed.', "it was wet") == []
