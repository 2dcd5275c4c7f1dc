"""Dates of birth: behind words in many languages, in an answer, in a column.

Knows: how dates are written, and how it is said that one is somebody's birthday. Knows nothing about names.
"""

import re
from collections.abc import Iterator

from normalizers.pii.context import CONTEXT, holds
from normalizers.pii.finding import Finding

# Behind such words any word between a day and a year is a month.
_WORD = r"[^\W\d_]{3,12}\.?"
_ORDINALS = (  # of days that are written out
    "(?:twenty|thirty)[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|first|second|third|fourth"
    "|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|(?:thir|four|fif|six|seven|eigh|nine)teenth|twentieth"
    "|thirtieth"
)
_DATE = re.compile(
    r"(?<![0-9])(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
    r"|[0-9]{1,2} ?[-/.] ?[0-9]{1,2} ?[-/.] ?[0-9]{2,4}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th|er|º|\.)?[ -]?(?:(?:of|de|del|d')\s?)?{_WORD},?(?: de| del)?[ -]?"
    r"(?:[0-9]{4}|'?[0-9]{2})"
    r"|(?:19|20)[0-9]{2}(?:\.| m\.) [a-z\u00e0-\u017e]{3,12} [0-9]{1,2}(?![0-9])"  # Hungarian, Lithuanian
    r"|[0-9]{1,2}/[0-9]{1,2}[ -][0-9]{4}"
    rf"|{_WORD}\s[0-9]{{1,2}}(?:st|nd|rd|th)?,?\s(?:[0-9]{{4}}|'[0-9]{{2}})"
    r"|[0-9]{4} ?[年년] ?[0-9]{1,2} ?[月월] ?[0-9]{1,2} ?[日일]?)(?![0-9])"
)
_DATE_IN_WORDS = re.compile(
    rf"\b(?:(?:{_ORDINALS})(?: day)? of {_WORD}|{_WORD} (?:{_ORDINALS})),?\s[0-9]{{4}}(?![0-9])", re.IGNORECASE
)
# A day and a month alone, in the languages that most texts are in.
_MONTH = (
    "(?i:jan(?:uary|uar|vier)?|enero|feb(?:ruary|ruar|rero)?|février|mar(?:ch|s|zo)?|märz|apr(?:il|ile)?|avril|abril|may|mai"
    "|mayo|maggio|june?|juni?|juin|junio|giugno|july?|juli?|juillet|julio|luglio|aug(?:ust)?|août|agosto|sept?(?:ember"
    "|embre|iembre)?|o[ck]t(?:ober|obre|ubre)?|ottobre|nov(?:ember|embre|iembre)?|de[cz](?:ember)?|décembre|dic(?:iembre"
    "|embre)?)"
)
_DAY = re.compile(
    rf"[0-9]{{1,2}}(?:st|nd|rd|th|er|º|\.)? ?(?:(?:of|de|di) )?{_MONTH}(?![^\W\d_])"
    rf"|{_MONTH}\.? [0-9]{{1,2}}(?:st|nd|rd|th)?(?![\w/-])"
)
_DAY_BETWEEN = re.compile(
    r"(?:'s)?\s?[:=]?\s?(?:(?:is|falls|was|ist|est|es|è|on|am|le|el|il|the|in)(?: |(?=\d))){0,4}", re.IGNORECASE
)
_DIGITS = re.compile(r"(?:(?:19|20)[0-9]{6}|[0-9]{2} [0-9]{2} [0-9]{4}|[0-9]{6})(?![\w.,/-])")
_DAY_IN_DIGITS = re.compile(r"(?<![\w.-])(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9](?![\w.-])")  # of a column

_LABEL = re.compile(
    r"(?<![^\W_])(?P<noun>date[ _-]?of[ _-]?birth|birth[ _-]?dates?|dates of birth"
    r"|d\.?d\.?n\b\.?|d\.n\.(?=\s?:)|b-?day"
    r"|birthday(?! (?:gift|present|part|card|cake|cel|wish))|birth day|d\.?o\.?b\b\.?"
    r"|geburts(?:datum|tag)|geb(?:\.|oren)?[ -]?(?:dat(?:um|\.)?|tag)|date(?:[ _]de)?[ _]naiss(?:ance|\.)?"
    r"|fecha(?:[ _]de)?[ _]nac(?:imiento|\.)?|(?:nascita|nascimento|nacimiento|naissance) ?(?=:)"
    r"|data[ _](?:(?:di[ _])?nascita|(?:de[ _])?nascimento|urodzenia|nașterii|nasterii)"
    r"|geboortedatum|f[øo]dsels(?:dato|dag)"
    r"|f[öo]delse(?:datum|dag)|syntym[äa](?:aika|päivä)|datum[ _](?:narození|rođenja|rojstva)|d[áa]tum[ _]narodenia"
    r"|sz[üu]let[ée]si (?:id[őo]|d[áa]tum)|do[ğg]um (?:tarihi|g[üu]n[üu])|[дД]ата [рР]ождения|[дД]ата народження"  # noqa: RUF001 (Cyrillic)
    r"|ημερομηνία γέννησης|出生(?:日期|年月日?|日)|生年月日|생년월일|생일|tanggal lahir|ng[àa]y sinh"
    r"|تاريخ (?:الميلاد|الولادة)"
    r"|תאריך לידה|जन्म ?तिथि|วันเกิด)(?![^\W_])"
    r"|(?<!\w)(?P<verb>born(?! (?:by|of|from)\b)|geboren|geb\."
    r"|née?(?=\s(?:le|à|en)\b)|né\(e\)|ne\(e\)|naci(?:d[oa]|ó)|nat[oa](?=\s(?:il|a|in|nel)\b)"
    r"|nascid[oa]|nasceu|f[øo]dt|f[öo]dd|syntynyt|urodzon[ya]|ur\.|naroze[nm][aý]?|nar\.|sz[üu]letett|n[ăa]scut[ăa]?"
    r"|родил(?:ся|ась)|родився|γεννήθηκε|do[ğg]umlu|b\.)(?!\w)"
)
_BETWEEN = {
    # the format, the rest of a question, the next line of a form or a transcript, whose lines are numbered
    "noun": re.compile(r"(?:[^\d\n]{0,72}+(?:\n\s{0,12}(?:[0-9]{1,2}[.:]?\s{1,8})?)?){1,3}"),
    "verb": re.compile(r"[^\d\n;]{0,56}+(?>(?:\n\s{0,12}(?:[0-9]{1,2}[.:]?\s{1,8})?)?)[^\d\n;]{0,24}+"),  # a place
}
_FURTHEST = 160  # characters from the words to the date
_ANOTHER_MATTER = {
    "noun": re.compile(r"\[DATE_OF_BIRTH|[ ](?:is |was )?(?:unknown|not (?:known|given|stated|provided)|withheld)\b"),
    "verb": re.compile(
        r"\[DATE_OF_BIRTH|[a-z]{3}\.\s{1,2}[A-Z](?!\.)|\b(?:and|but|died|married|founded|since|moved|joined|und|et|died)\b"
    ),
}
# A date before the words: "12 March 1984 is my birthday", "(12.3.1984, Geburtsdatum)", "on 4 July 1999 she was born".
_SAID_BEFORE = {
    "noun": re.compile(
        r"[\"'*_]{0,2} (?:is|was|as|under|in|being|est|es|ist|e|è|é|jest|om|is (?:listed|given|shown) as)"
        r"(?: (?:the|a|my|his|her|their|your|our|its|ma|sa|son|votre|mi|su|mein|sein|ihr|dein|la|mia|sua|minha"
        r"|mijn|zijn|haar|[^\W\d_]{1,24}'s?|applicant|patient|claimant|employee)){0,3}[ ][\"'*_]{0,2}"
    ),
    "verb": re.compile(
        r",? (?:(?:is|was) )?(?:the (?:day|date) )?(?:on which |when |that )?"
        r"(?:[^\W\d_]{1,20} ){1,3}(?:was|were) |,? wurde [^.\n\d]{2,40} "
    ),
}
_BESIDE = re.compile(r"[\"'*_]{0,2}(?: r\.)?[ ]?(?:[,(/\[]|[=-] )[ ]?[\"'*_(]{0,2}")
_ENDS = re.compile(r"[\"'*_.]{0,2}(?:[),;\]\n]|\Z)| (?:in|at|to|near)\b")
_NUMBER = re.compile(rf"(?<![0-9])[0-9]+|\b{_WORD}(?=\s[0-9])")  # what a date begins with
_FURTHEST_BEFORE = 80  # characters of such a date and what stands between
_IS_BORN = re.compile(rf"({_DATE.pattern}) ?(?:生まれ|生(?!\w)|출생|г\. ?р\.|года? рождения|geboren)")  # noqa: RUF001 (Cyrillic)
_STAR = re.compile(rf"(?:(?<=\()\*|(?<!\w)\*(?=[^\n]{{8,80}}\u2020)) ?({_DATE.pattern})")
_LONGEST_HEAD = 500  # characters on each side of the label
_DELIMITER = re.compile(r"[|,;]")


def find(text: str, lowered: str) -> Iterator[Finding]:
    """Yield the dates of birth in the folded text."""
    for label in _LABEL.finditer(lowered):
        if text.startswith("B.", label.start()) or text.startswith("[DATE_OF_BIRTH", label.start() - 1):
            continue  # an initial, and what stands for a date that was found
        before, is_said = _date_before(text, lowered, label)
        spans = [before] if is_said else [_date_behind(text, label) or before]
        if label.lastgroup == "noun":
            spans += _column(text, label)
        yield from (Finding(*span, "DATE_OF_BIRTH", 0.7, CONTEXT) for span in spans if span)
    patterns = ((_IS_BORN, ("生", "출생", "р", "рождения", "geboren")), (_STAR, ("(*", "\u2020")))  # noqa: RUF001 (Cyrillic)
    for pattern in (pattern for pattern, needed in patterns if holds(text, *needed)):
        yield from (Finding(*match.span(1), "DATE_OF_BIRTH", 0.7, CONTEXT) for match in pattern.finditer(text))


def _date_behind(text: str, label: re.Match[str]) -> tuple[int, int] | None:
    kind, start = str(label.lastgroup), label.end()
    date = _DATE.search(text, start, start + _FURTHEST)
    if holds(text[start : start + _FURTHEST], "th ", "th,", "first", "second", "third"):
        date = _DATE_IN_WORDS.search(text, start, start + _FURTHEST) or date
    digits = _DIGITS.search(text, start, start + 24) if kind == "noun" else None
    match = min((found for found in (date, digits) if found), key=re.Match.start, default=None)
    between = match and _BETWEEN[kind].fullmatch(text, start, match.start())
    if match and between and not _ANOTHER_MATTER[kind].search(between.group()):
        return match.span()
    day = _DAY.match(text, _DAY_BETWEEN.match(text, start).end())  # type: ignore[union-attr] # it matches "" too
    return day.span() if day else None


def _date_before(text: str, lowered: str, label: re.Match[str]) -> tuple[tuple[int, int] | None, bool]:
    """Return the date right before the label, if one may be meant, and whether words say so or it stands beside."""
    place = max(0, label.start() - _FURTHEST_BEFORE)
    while digit := _NUMBER.search(text, place, label.start()):
        place = digit.end()
        date = _DATE.match(text, digit.start(), label.start())
        if date and _SAID_BEFORE[str(label.lastgroup)].fullmatch(lowered, date.end(), label.start()):
            return date.span(), True
        if date and _BESIDE.fullmatch(text, date.end(), label.start()) and _ENDS.match(text, label.end()):
            return date.span(), False
    return None, False


def _column(text: str, label: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield the dates in the column that the label heads, if it heads one; where tabs parted it, a row's only date."""
    head_start = text.rfind("\n", max(0, label.start() - _LONGEST_HEAD), label.start()) + 1
    head_end = text.find("\n", label.end(), label.end() + _LONGEST_HEAD)
    head = text[head_start:head_end]
    if head_end < 0 or len(head) > 2 * _LONGEST_HEAD or re.search(r"[0-9]", head):
        return  # no head
    if _LABEL.search(head, label.end() - head_start):
        return  # the last label of a head speaks for it
    delimiters = _DELIMITER.findall(head)
    delimiter = max(set(delimiters), key=delimiters.count, default="")
    column = text.count(delimiter, head_start, label.start()) if delimiter else 0
    start = head_end + 1
    while 0 < start < len(text):
        end = text.find("\n", start)
        end = end if end >= 0 else len(text)
        dates = list(_DATE.finditer(text, start, end)) or list(_DAY_IN_DIGITS.finditer(text, start, end))
        if dates:
            inside = [date for date in dates if not delimiter or text.count(delimiter, start, date.start()) == column]
            if len(inside) != 1:
                return
            yield inside[0].span()
        elif text[start:end].strip(" |-+=:"):
            return
        start = end + 1
