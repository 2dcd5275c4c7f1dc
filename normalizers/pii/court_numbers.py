"""Numbers that courts give: of cases and dockets, and of the lawyers before them.

Knows: the words before such a number, the shapes of the USA's, and the words about courts that speak for one. Knows
nothing about names.
"""

import re
from collections.abc import Iterator, Sequence

from normalizers.pii.context import CONTEXT, PATTERN, Labels, matches
from normalizers.pii.finding import Finding

_LABELS = Labels(
    {
        "BAR": (
            "bar no|bar number|bar id|bar i.d.|bar #|bar roll|bar card|state bar|cal. bar|sbn|osb|wsba|bbo|ardc"
            "|juris|attorney no|attorney number|attorney id|attorney i.d.|attorney reg|attorney registration"
            "|atty no|atty id|atty reg|atty. reg|pa id|sra id"
            "|badge|badge no|badge #|badge number|commission no|comm. no|commission number"
            "|notary id|csr|csr no|csr number"
        ),
        "CASE_NUMBER": (
            "case no|case number|case nos|case #|docket|docket no|docket number|civil action no|civil no"
            "|criminal no|crim no|cause no|cause number|index no|claim no|appeal no|petition no|matter no|mdl no"
            "|adversary no|adv proc no|civil case no|criminal case no|case file no|court file no|file no"
            "|aktenzeichen|geschäftszeichen|n° rg|rg n°|claim number|index number|appeal number|civ. a|civ. no"
            "|crim. no|case id|case nr|processo|processo nº|proc. nº|procedimiento|sygn. akt|sygnatura akt"
            "|numero di ruolo|r.g. n|n. r.g.|rolnummer|zaaknr|dossiernummer|numéro de dossier|geschäftsnummer"
            "|civil action number|indictment no|application no|zaaknummer|proceso no|expediente|az.|gz.|crl.a. no"
            "|crl. a. no|criminal appeal no|civil appeal no|c.a. no|w.p.(c) no|w.p. no|writ petition no|slp no|o.s. no"
            "|suit no|cm appl.|i.a. no|c.r. no|fir no|f.i.r. no|crime no|complaint no|report no"
            "|incident no|incident number|incident #"
            "|procedimiento ordinario|procedimiento verbal|procedimiento abreviado|juicio ordinario|juicio verbal|autos"
            "|diligencias previas|diligencias urgentes|recurso de apelación|recurso|rollo|ejecutoria|sentencia no"
            "|pourvoi n°|affaire n°|arrêt n°|jugement n°|requête n°|dossier n°|n° parquet|n° de parquet|numéro de rôle"
            "|n° de rôle|r.g.|r.g.n.r.|proc. n.|sentenza n.|causa n.|processo n.o|mål nr|målnummer|sagsnummer|sag nr"
            "|sagsnr|zaak nr|parketnummer|sygn."
            "|ind. no|ind no|indictment number"
            "|report number|police report|file number|court file|matter number|petition number|claim nos"
        ),
    }
)
_BEHIND_LABEL = {
    "BAR": re.compile(r"[A-Z]{0,3}-?[0-9]{3,9}(?!\w)"),
    "CASE_NUMBER": re.compile(
        r"(?=(?:[^0-9\n]{0,6}[0-9]){3})[A-Z0-9][A-Za-z0-9]{0,12}(?:[:./-]{1,2}[A-Za-z0-9]{1,12}"
        r"| (?:[A-Z][A-Za-z]{0,3} )?(?=[A-Z-]{0,4}[0-9])[A-Z0-9]{1,12}| of (?=[12][09][0-9]{2}\b)[0-9]{4}){0,7}"
        r"(?:\([A-Z]{1,4}\))*(?!\w)"
    ),
}
_TYPES = {"BAR": "LICENCE", "CASE_NUMBER": "CASE_NUMBER"}
_LEAST_DIGITS = 3
_YEAR = "(?:19|20)[0-9]{2}"
_KIND = "CV|CIV|CR|CRIM|CF|CM|DR|FA|FL|JV|PB|PR|SC|CA|CP|CU"  # of a case, in the courts of states
_DOCKETS = (
    re.compile(  # of a federal court of the USA
        r"(?<![\w-])(?:[0-9]:)?[0-9]{2,4}-(?:cv|cr|md|mj|bk|ap|mc|po|sw)-[0-9]{3,6}(?:-[A-Z]{2,4}){0,4}(?:-[0-9]{1,3})?"
        r"(?: ?\([A-Z]{2,4}\)){0,3}(?![\w-])",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<![\w-])(?:[A-Z0-9]{{1,4}}-){{0,2}}(?:CV|CIV|CRIM)-?{_YEAR}-?[0-9]{{3,8}}(?![\w-])"),
)
_CASE = re.compile(  # what counts where words about courts are near
    r"(?<![\w-])(?:"
    rf"(?:[A-Z0-9]{{1,4}}-){{0,2}}(?:{_KIND})-?{_YEAR}-?[0-9]{{3,8}}(?:-[A-Z0-9]{{1,4}}){{0,3}}"
    rf"|(?:[0-9]{{2}}-)?{_YEAR}-?(?:[0-9]{{6,8}}-)?(?:{_KIND})-?[0-9A-Z]{{2,8}}(?:-[A-Z0-9]{{1,4}}){{0,3}}"
    r"|[A-Z]{1,4}-?[0-9]{2}-[0-9]{4,8}|[A-Z]{2}-?[0-9]{6}|[A-Z]{3}-[A-Z]{1,2}-[0-9]{3,6}-[0-9]{2}"
    r"|(?<=[Nn]o\. )[0-9]{2}-(?:[0-9]-)?[0-9]{2,6}(?:-[0-9])?"
    r"|(?<=[Nn]os\. )[0-9]{2}-[0-9]{2,6}(?:(?:, | and | & |, and )[0-9]{2}-[0-9]{2,6}){0,5})"
    r"(?![\w-])"
)
_BAR = re.compile(r"\([A-Z]{2,6} ?(?:No\.?|#|ID|Id\.) ?([0-9]{4,9})\)")  # behind a lawyer's name, of any state's bar
_COURT_WORDS = re.compile(
    r"\b(?:courts?|cases?|dockets?|plaintiffs?|defendants?|appeals?|appellants?|appellees?|petitioners?|respondents?|judges?"
    r"|v\.|vs\.|filed|matters?|actions?|proceedings?|cir\.|argued|certiorari|lawsuits?|indictments?)(?!\w)"
)
_COURT_WORDS_WITHIN = 60  # characters on each side


def find(text: str, lowered: str, numbers: Sequence[int]) -> Iterator[Finding]:
    """Yield what the recognizers of this file find in the folded text; `numbers`: what numbers() returns."""
    for docket in _DOCKETS:
        yield from (Finding(*match.span(), "CASE_NUMBER", 0.9, PATTERN) for match in matches(docket, text, numbers))
    for match in matches(_CASE, text, numbers):
        near = max(0, match.start() - _COURT_WORDS_WITHIN), match.end() + _COURT_WORDS_WITHIN
        if _COURT_WORDS.search(lowered, *near):
            yield Finding(*match.span(), "CASE_NUMBER", 0.6, CONTEXT)
    yield from (Finding(*match.span(1), "LICENCE", 0.6, CONTEXT) for match in _BAR.finditer(text))
    for kind, start in _LABELS.values(lowered):
        value = _BEHIND_LABEL[kind].match(text, start)
        if value and sum(map(str.isdigit, value.group())) >= _LEAST_DIGITS:
            yield Finding(*value.span(), _TYPES[kind], 0.7, CONTEXT)
