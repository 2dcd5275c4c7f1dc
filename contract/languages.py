"""Which language a name or a code means.

Knows: the languages of Unicode's CLDR, by their English names and codes. Knows nothing of texts.
"""

from collections.abc import Mapping
from functools import cache

SAME_LANGUAGE = "same as the document"


def english_name(named: str) -> str | None:
    """Return the English name of the language that a name or a code (BCP 47) means, in any case; None for no language.

    Of a code that has no name of its own, such as de-AT-1996, the language alone counts.
    """
    names = _names()
    wanted = named.strip().casefold()
    code = wanted.replace("_", "-")
    return names.get(wanted) or names.get(code) or names.get(code.partition("-")[0])


@cache
def _names() -> Mapping[str, str]:
    """The English name of each language by that name and by its code, in small letters."""
    from babel import Locale

    by_code = Locale("en").languages
    names = {name.casefold(): name for name in by_code.values()}
    return names | {code.casefold().replace("_", "-"): name for code, name in by_code.items()}
