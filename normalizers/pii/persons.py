"""Persons' names that their writing tells: behind a judge's or officer's title, around initials, with Irish particles.

Knows: such forms. Knows no names: all others are the model's.
"""

import re
from collections.abc import Iterator

from normalizers.pii.context import PATTERN, holds
from normalizers.pii.finding import Finding

_WORD = r"[^\W\d_a-z][^\W\d_]+(?:['-][^\W\d_]+){0,3}"
_JUDGE = re.compile(
    r"(?<!\w)(?:[Hh]on\.|HON\.|Honou?rable|HONOU?RABLE|Judge|JUDGE|(?:Mr\.?|Mrs\.?|Ms\.?|Lord|Lady|Chief) Justice)"
    r" (?:(?:Chief |Mr\. |Ms\. )?(?:Justice|Judge) )?"
    r"(?!Advocate|General|Court|Presid|Rapporteur|Department|Justice|Judge)"
    rf"((?:(?:[A-Z]\.|{_WORD}) ){{0,3}}{_WORD})"
)
_IN_LIST = rf"(?:[A-Z]\. )?{_WORD}"
_JUDGES = re.compile(  # "HALE, ORTIZ, and WU, Circuit Judges"
    rf"(?<!\w)({_IN_LIST}(?:(?:,? and |, ){_IN_LIST}){{0,4}}), "
    r"(?:(?:Chief|Senior|Presiding|Associate|Circuit|District|Magistrate|Bankruptcy|Appellate|United States) ){1,3}"
    r"(?:Judge|Justice)s?(?!\w| [A-Z])"
)
_JUDGE_IN_GERMAN = re.compile(  # "Richterin am Amtsgericht Dr. Thomsen"
    r"(?<!\w)(?:(?:Vors\. |Vorsitzende[nr]? )?Richter(?:in)?|Pr\u00e4sident(?:in)?|Direktor(?:in)?"
    r"|Staatsanw[a\u00e4]lt(?:in)?|Urkundsbeamt\w{1,3})"
    rf" (?:am|beim|des) \w{{1,24}}gerichts? (?:Dr\. |Prof\. ){{0,2}}({_WORD}(?: {_WORD})?)"
)
_LETTERED = (  # what else than a first name a letter and a dot stand behind
    "Section|Appendix|Exhibit|Vitamin|Plan|Hepatitis|Group|Class|Part|Type|Schedule|Title|Chapter|Option|Phase|Level|Grade"
    "|Annex|Table|Figure|Attachment|Article|Count|Division|Block|Unit|Question|Point|Team|Building|Room|Gate|Series|Tier"
    "|Category|Column|Row|Step|Model|Form|Note|Box|Washington|Influenza|Strep|Sub\\w+|Supplement|Answer|Item|Zone|Wing"
)
_OPENERS = (  # of a sentence that begins behind such a letter
    "The|This|That|These|Those|It|Its?|In|On|At|An|However|We|He|She|They|If|For|As|To|But|And|When|While|All|No|See|Id"
    "|Under|After|Before|Because|Although|Since|Each|Some|There|By|With|From|Our|His|Her|Their|Both|What|Why|How|Yes|Then"
    "|Next|Also|Any|Not|Such|Thus|Here|More|Most|Many|One|Two|Please|You|Your|My|Is|Are|Was|Do|Did|Does|Can|Could|Would"
)
_MIDDLE_INITIAL = re.compile(
    rf"(?<![\w.])(?!(?:{_LETTERED}|{_OPENERS})\b){_WORD} (?:[A-Z]\. ){{1,2}}(?!(?:{_OPENERS})\b){_WORD}"
)
_OFFICER = re.compile(
    r"(?<!\w)(?:(?:Det|Sgt|Lt|Capt|Cpl|Rev|Insp)\."
    r"|(?:Officer|Detective|Agent|Deputy|Sheriff|Sergeant|Trooper)(?= [A-Z]\. ))"
    rf" ((?:[A-Z]\. ){{0,2}}{_WORD}(?: {_WORD})?)"
)
_INITIALS = re.compile(
    rf"(?<![\w.]){_WORD}(?<=...), "
    r"(?!D\. ?C\.|N\. ?[CDHJMY]\.|[SEWMC]\. ?D\.|U\. ?[KS]\.|[AP]\. ?M\.)[A-Z]\.(?:[ -]?[A-Z]\.){0,2}(?!\w)"
)
_TITLES = "Mrs?|Ms|Dr|Prof|Miss|Sir|Lord|Lady|Judge|Justice|Officer|Detective|Nurse|Sister|Father|Hon|Rev|Capt|Sgt"
_IRISH = re.compile(
    rf"(?<!\w)(?:(?!(?:{_OPENERS}|{_TITLES})\b){_WORD} )?"
    rf"(?:(?:\u00d3|N\u00ed|U\u00ed|Nic|Mhic|Mac Giolla) |O')(?!Clock)h?{_WORD}"
)
# Of the folder that a system made for its user: "/home/anna.berg/", "C:\Users\aberg". Some users are no persons.
_NOBODY = (
    "(?i:all users|public|default|shared|users?|username|your\\w*|my\\w*|name|me|you|root|admin\\w*|runner\\w*|ubuntu"
    "|debian|centos|fedora|ec2-user|vagrant|docker|node|git|gitlab\\S*|jenkins|travis|circleci|build\\w*|ci|app|apps|web"
    "|www\\S*|deploy\\w*|dev\\w*|test\\w*|guest|pi|nobody|ftp|mysql|postgres\\w*|oracle|hadoop|spark|airflow|jovyan|coder"
    "|codespace|vscode|linuxbrew|foo|bar|page|index|about|news|home|products?|data|service|svc)"
)
_USER = rf"(?!{_NOBODY}(?![\w.-])|[a-z0-9-]+\.[a-z]{{2,4}}(?![\w/\\.-]))[^\W\d_][\w.-]{{1,40}}"
_HOME = re.compile(
    rf"(?:/Users/|\\Users\\|\\Profiles\\|\\Documents and Settings\\)({_USER}(?: [A-Z][a-z]+)?)(?=[/\\\s\"'`,;:)]|\Z)"
    rf"|(?<![\w.-])(?<!GET )(?<!POST )(?<!HEAD )(?<!PUT )(?:/export|/mnt|/var|/nfs)?/home/({_USER})(?=/)"
    r"|/home/([a-z]{2,20}[._](?!(?:py|sh|js|ts|md|txt|json|ya?ml|conf|log|csv|html?)\b)[a-z]{2,20})(?![\w.-])"
)
# A name that a witness spells: "K-O-S-L-O-W", where it is said that it is spelled or the name stands before it.
_SPELLED = re.compile(r"(?<![\w-])[A-Z](?:-[A-Z]){2,20}(?![\w-])|(?<![\w-])[A-Z](?:-[a-z]){2,20}(?![\w-])")
_NEAR = 80  # characters before it
_SHORTEST_SPELLED = 3  # letters


def find(text: str) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text."""
    if holds(text, "on", "ON", "Judge", "JUDGE", "Justice"):
        yield from (Finding(*match.span(1), "PERSON", 0.8, PATTERN) for match in _JUDGE.finditer(text))
    if "gericht" in text:
        yield from (Finding(*match.span(1), "PERSON", 0.8, PATTERN) for match in _JUDGE_IN_GERMAN.finditer(text))
    if holds(text, " Judge", " Justice"):
        yield from (Finding(*match.span(1), "PERSON", 0.8, PATTERN) for match in _JUDGES.finditer(text))
    is_said = holds(text, "spell", "Spell")
    for match in _SPELLED.finditer(text):
        if is_said or _is_spelled(text, match):
            yield Finding(*match.span(), "PERSON", 0.6, PATTERN)
    if holds(text, "Users", "/home/", "\\Profiles", "Documents and"):
        for match in _HOME.finditer(text):
            yield Finding(*match.span(match.lastindex or 0), "PERSON", 0.7, PATTERN)
    yield from (Finding(*match.span(1), "PERSON", 0.7, PATTERN) for match in _OFFICER.finditer(text))
    for pattern in (_MIDDLE_INITIAL, _INITIALS, _IRISH):
        yield from (Finding(*match.span(), "PERSON", 0.7, PATTERN) for match in pattern.finditer(text))


def _is_spelled(text: str, letters: re.Match[str]) -> bool:
    """Whether letters spell one of the words before them."""
    word, before = letters.group().replace("-", "").casefold(), text[max(0, letters.start() - _NEAR) : letters.start()]
    return len(word) >= _SHORTEST_SPELLED and word in before.casefold()
