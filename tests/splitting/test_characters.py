"""The table of characters that say nothing."""

import re
import sys
import unicodedata

from splitting.characters import INVISIBLE, LINE_ENDS, SPACES

ALL = "".join(map(chr, range(sys.maxunicode + 1)))
CLASSES = {name: set(re.findall(f"[{name}]", ALL)) for name in (INVISIBLE, LINE_ENDS, SPACES)}


def test_a_character_stands_in_one_class_only() -> None:
    assert sum(map(len, CLASSES.values())) == len(set.union(*CLASSES.values()))


def test_every_control_character_stands_in_one_but_for_line_feeds_and_page_breaks() -> None:
    controls = {character for character in ALL if unicodedata.category(character) == "Cc"}
    assert controls - set.union(*CLASSES.values()) == set("\n\f")


def test_every_space_and_line_end_of_unicode_stands_in_one_but_for_the_plain_ones() -> None:
    spaces = {character for character in ALL if character.isspace()}
    assert spaces - set.union(*CLASSES.values()) == set(" \n\f")
    assert set(map(str.isspace, CLASSES[SPACES] | CLASSES[LINE_ENDS])) == {True}
