"""Handles and hashtags that are a person's name are found, and other ones are not."""

import pytest

from normalizers.pii.handles import find


def found(text: str) -> list[str]:
    return [text[finding.start : finding.end] for finding in find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a talk by @j.pembroke today", "j.pembroke"),
        ("thanks @anneliese_vogt!", "anneliese_vogt"),
        ("cc @marit.solberg92, please", "marit.solberg92"),
        ("telegram: @MauriceLeclair", "MauriceLeclair"),
        ("justice for #GeorgeHalloran", "GeorgeHalloran"),
        ("#hannahwestcott is right", "hannahwestcott"),
        ("ask @bnowicki-dev", "bnowicki-dev"),
        ("(@real_mgarcia88)", "real_mgarcia88"),
        ("by @PLindqvist", "PLindqvist"),
        ("#RIPGrandpaNgozi now", "Ngozi"),
        ("sudo: emcallister : TTY=pts/0", "emcallister"),
        ("letter_to_ms_devereux.docx", "devereux"),
        ("~ingrid/public_html", "ingrid"),
        ("#JusticeForNgozi now", "Ngozi"),
        ("#HappyBirthdayMateoVargas", "MateoVargas"),
        ("logged on as CORP\\pvandermeer", "pvandermeer"),
        ("net use /user:CORP\\pvandermeer x", "pvandermeer"),
        ("sshd: Accepted publickey for bnowicki from", "bnowicki"),
        ('"user": "ingrid.tveit"', "ingrid.tveit"),
    ],
)
def test_a_persons_name_in_a_tag_is_found(text: str, name: str) -> None:
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "#MondayMotivation #BlackFriday #NewYork #ValentinesDay #HannahFanClub #louisville #machinelearning",
        "import @types/node and @jane-labs/kit; use @Override, @media and @property",
        "@t.override\ndef f():\n    @a.setter\n",
        "jane.doe@example.com and https://x.example/#hannahwestcott",
        "see &#hannahwestcott; and C#",
        "@planner @storybook @gmail @pytest @charset @everyone @golang-dev #TeamBlue #SaveWater #FreeTrial",
        "user=postgres, login: deploy, account name, HKLM\\software\\microsoft and OK\\nnext",
    ],
)
def test_other_tags_are_left(text: str) -> None:
    assert found(text) == []
