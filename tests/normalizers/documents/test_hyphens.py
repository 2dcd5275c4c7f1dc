"""A hyphen at a line's end goes where it broke a word, and stays where the word has it."""

import pytest

from normalizers.documents import hyphens


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("infor|mation", "information"),
        ("Donaudampf|schiff", "Donaudampfschiff"),
        ("INFOR|MATION", "INFORMATION"),
        ("long|er", "longer"),
        ("docu|men|tation.", "documentation."),
        ("well|known", "well-known"),
        ("e|mail", "e-mail"),
        ("HX|4711", "HX-4711"),
        ("2019|2020", "2019-2020"),
        ("COVID|19", "COVID-19"),
        ("(HX|AB)", "(HX-AB)"),
        ("Lind|Berg", "Lind-Berg"),
        ("evidence|based", "evidence-based"),
        ("long|distance", "long-distance"),
        ("twenty|one", "twenty-one"),
        ("Haupt|, Nebengebäude", "Haupt-, Nebengebäude"),
    ],
)
def test_a_hyphen_stays_where_the_word_has_it(broken: str, whole: str) -> None:
    assert hyphens.joined(f"so {broken.replace('|', hyphens.MARK)} it is") == f"so {whole} it is"


@pytest.mark.parametrize(("elsewhere", "whole"), [("meta-data", "meta-data"), ("metadata", "metadata")])
def test_the_text_itself_comes_first(elsewhere: str, whole: str) -> None:
    assert hyphens.joined(f"{elsewhere}: meta{hyphens.MARK}data") == f"{elsewhere}: {whole}"
    assert hyphens.joined(f"Shortlisting, short{hyphens.MARK}listing") == "Shortlisting, shortlisting"
