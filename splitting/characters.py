"""Characters that say nothing: those that no reader sees, and the many that end a line or part two words.

Knows: Unicode. Knows nothing of what is done with them. Cleaning and the detectors of personal data go by this one
table, so that the detectors read what the model will read. Each is the inside of a regular expression's brackets.
"""

import re

LINE_ENDS = "\r\v\x85\u2028\u2029"  # besides the line feed, which all of them become, and "\r\n" as one
SPACES = "\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # besides the plain one, which all of them become
INVISIBLE = (
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls, less what is above and the form feed, which begins a page
    "\xad\u034f\u061c\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ue000-\uf8ff"  # private use: the glyphs of icon fonts
    "\U000e0000-\U000e0fff"  # tags and supplementary variation selectors
)

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def whole(text: str) -> str:
    """Return a text in which each half of a surrogate pair, which UTF-8 cannot hold, is U+FFFD: one for one."""
    return _LONE_SURROGATE.sub("\ufffd", text)
