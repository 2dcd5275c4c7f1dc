"""A PDF's page as it has to be turned for its text to stand upright: tables are often set sideways.

Knows: pdfium's characters and the angles that they are drawn at. Knows nothing about lines: pdfium puts those of a
text that stands sideways in the order in which they stand from the left. Runs in the child process and imports nothing
of ours.
"""

import math
from collections import Counter

from pypdfium2 import PdfPage, PdfTextPage, raw

_SAMPLED = 100  # characters of a page
_MOST = 2 / 3  # of them stand alike


def put_upright(page: PdfPage, text_page: PdfTextPage) -> bool:
    """Turn a page on which most of the text stands sideways or upside down; return whether it was turned."""
    count = text_page.count_chars()
    angles = Counter(
        -round(math.degrees(raw.FPDFText_GetCharAngle(text_page.raw, place))) % 360  # clockwise, as pages are turned
        for place in range(0, count, count // _SAMPLED + 1)
        if not chr(raw.FPDFText_GetUnicode(text_page.raw, place)).isspace()
    )
    turn, alike = angles.most_common(1)[0] if angles else (0, 0)
    if turn % 90 or turn == page.get_rotation() or alike < _MOST * angles.total():
        return False
    page.set_rotation(turn)
    return True
