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


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ("the years 2024-\n2025 and", "the years 2024-2025 and"),
        ("the years 2024-\n2025.", "the years 2024-2025."),
        ("in 2019-\n20, as hoped", "in 2019-20, as hoped"),
        ("under 555-\n0142 before noon", "under 555-0142 before noon"),
        ("ISBN 978-3-16-\n148410-0 and", "ISBN 978-3-16-148410-0 and"),
        ("Balances\n480-\n12-\n60-", "Balances\n480-\n12-\n60-"),
        ("in 2003-\n4. New rules", "in 2003-\n4. New rules"),
    ],
)
def test_a_number_goes_on_in_the_next_line_of_prose(lines: str, whole: str) -> None:
    assert hyphens.joined(lines) == whole


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("die Ein|und Ausfuhr", "die Ein- und Ausfuhr"),
        ("short|and long-term bonds", "short- and long-term bonds"),
        ("thous|and pounds", "thousand pounds"),
        ("alle vracht|en kosten zijn", "alle vracht- en kosten zijn"),
        ("die Frau|en gehen", "die Frauen gehen"),
        ("pre- and post|treatment", "pre- and post-treatment"),
        ("Ein- und Aus|fuhr", "Ein- und Ausfuhr"),
    ],
)
def test_a_hyphen_that_stands_for_a_shared_part_stays(broken: str, whole: str) -> None:
    assert hyphens.joined(broken.replace("|", hyphens.MARK)) == whole
