"""Stretches that hold a person's or a place's name and name none: a disease, a firm, a dish, a court, a role.

Knows: `namesakes.txt`, whose head lines name its sources, `eponyms.py`, `programs.py`, `brands.py`, and how courts are
written. Knows nothing about findings. Wherever the word stands otherwise it may be a name: "Hodgkin lymphoma" is none,
"Dr Hodgkin" is.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from normalizers.pii import brands, eponyms, programs, series, word_lists
from normalizers.pii.phrases import Phrases, words
from normalizers.pii.places import NAMES

_TERMS = Path(__file__).with_suffix(".txt")
_STATES = f"(?:{NAMES}|{NAMES.upper()})"
_OF_COURT = (
    "Supreme|Superior|District|Circuit|Bankruptcy|Federal|High|Appellate|Appeals|Constitutional|County|Tax|Family"
    "|Probate|State"
)
_DIVISION = "(?i:Northern|Southern|Eastern|Western|Central|Middle)"
_CAPITALIZED = r"[^\W\d_a-z][\w'.-]+(?:[ -][^\W\d_a-z][\w'-]+){0,2}?"
_AREA = (  # what a court is of
    rf"(?:(?i:(?:State|Commonwealth|Province|People of the State) of) )?(?:{_STATES}(?: (?i:and) {_STATES})?"
    rf"|{_CAPITALIZED}\s(?i:County|Parish|Borough)|(?i:(?:City and )?(?:County|Parish|City|Borough) of)"
    rf" (?:(?:San|Santa|Los|Las|El|La|St\.?|New|Fort|Prince|Contra|Del|De|King) )?{_CAPITALIZED}"
    rf"|{_DIVISION} (?i:District|Division)(?: (?i:of) {_STATES})?)"
)
_COURTS = tuple(
    re.compile(rf"(?<!\w)(?:{pattern})")
    for pattern in (
        rf"(?:{_STATES}|{_CAPITALIZED} (?:County|Parish))(?: (?i:{_OF_COURT}|and)){{0,5}} (?i:Courts?)(?!\w)",
        r"United States (?:Code|Attorney|Constitution|Patent|Marshals?|Trustee|Courts?|v\.)(?!\w)",
        r"United States (?:District|Circuit|Magistrate|Bankruptcy) Judge",
        r"(?i:Courts?|District|Circuit|Division|Judiciary)(?i: of (?:Appeals?|Claims|Chancery|Justice|Common Pleas))?"
        rf"(?i:,?\s(?:of|for|in and for)(?: the)?)\s{_AREA}"
        rf"(?:(?i:,?\s(?:(?:in and )?for (?:the )?)?){_AREA}){{0,2}}(?!\w)(?:,?\s{_CAPITALIZED} (?i:Division)(?!\w))?",
        rf"(?i:(?:{_OF_COURT}|Crown|Sessions|Magistrates'|Employment) Courts? (?:of|at|in)) {_CAPITALIZED}(?!\w)",
        rf"[NSEWMC]\. ?D\. ?(?:{NAMES})(?!\w)|(?i:People of the State of) {_STATES}(?!\w)",
        rf"{_CAPITALIZED} (?i:Division)(?!\w)|(?i:Courts? of (?:Appeals?|Claims|Chancery|Justice|Common Pleas))(?!\w)",
        # courts and bars in German and French
        rf"(?i:(?<!am )[a-zäöü]*gericht(?:e?s)?|gerichtsbezirk) (?:[Aa]m )?{_CAPITALIZED}(?!\w)",
        rf"(?i:(?:cour d'appel|tribunal(?: (?:judiciaire|de grande instance|de commerce|administratif))?|barreau)"
        rf" (?:de|d'|du)) ?{_CAPITALIZED}(?!\w)",
        # of which state a firm is, and what a state gave out
        rf"(?:{NAMES}) (?:(?:limited liability|nonprofit|professional) )?(?:corporation|company"
        rf"|(?:limited )?partnership|LLC|[Dd]river'?s)(?!\w)",
        # a state as a party and as a lawgiver, not where someone lives
        rf"(?i:(?:State|Commonwealth) of) {_STATES}"
        r"(?=,? (?:v\.|vs\.|ex rel|[Pp]laintiff|[Rr]espondent|[Aa]ppell)|\s*(?:\)|\n))",
        r"(?i:(?:laws|Legislature) of|Notary Public,?(?: (?:in and )?for)?)(?: the)?"
        rf"(?: (?:State|Commonwealth) of)? {_STATES}(?!\w)",
        rf"(?:{NAMES}) (?:[A-Z][a-z]+ ){{0,4}}(?:Codes?|Statutes|Constitution|Rules?|Law|Act|Legislature|Bar)(?!\w)",
        # officers and phrases of courts
        r"(?:Judge|Justice)(?= [A-Z])|(?:Chief|Circuit|District|Magistrate) (?:Judge|Justice)(?!\w)",
        r"(?<=, )Judge(?=[.,])|Your Honor(?!\w)|[Mm]otions? to [A-Z][a-z]+",
        # reporters and statutes: "477 U.S. 242", "834 F.3d 760", "720 ILCS 5/12-3.2", "Cal. Lab. Code"
        r"[0-9]{1,4} (?:U\.S\.|F\.(?:[234]d| Supp\.)|S\. ?Ct\.|L\. ?Ed\.|[NS]\. ?[EW]\.|B\.R\.)(?: ?[23]d)?"
        r" [0-9]{1,5}(?!\w)",
        # neutral citations: "[2019] EWCA Crim 211", "[2021] UKSC 5"
        r"[\[(][12][0-9]{3}[\])] [A-Z]{2,8}(?: (?:Civ|Crim|Admin|Ch|Comm|Fam|QB|KB|Pat|TCC|IPEC))? [0-9]{1,5}(?!\w)",
        r"[0-9]{1,3} (?:U\. ?S\. ?C\.|C\. ?F\. ?R\.)(?: §{1,2})? ?[0-9][\w.()-]{0,24}",
        r"[0-9]{1,4} ILCS [0-9/.-]{1,16}|[A-Z][a-z]{1,4}\. (?:[A-Z][a-z]{1,8}\.? ){0,3}(?:Code|Stat|Laws|Ann)(?!\w)",
    )
)
_COURT = re.compile(
    "(?i:cour|gericht|tribunal|barreau|corporation|company|partnership|driver|circuit|district|judiciary|division|judge|justice"
    "|honor|notary|(?:state|commonwealth|laws) of)|[12][0-9]{3}[])] [A-Z]"
    "|U[.]S[.]|United States|[0-9] F[.]|ILCS|Stat[.]|Code|[A-Z][a-z]+ (?:Statute|Rule|Law|Act|Bar)"
)
_ROLES = (
    *("Email", "Telephone", "Facsimile", "Witnesses"),
    *("Coram", "Sayeth Naught", "Further Affiant", "Im Namen des Volkes"),
    *("Sir", "Madam", "Purchaser", "Seller", "Buyer", "Vendor", "Guarantor", "Lessor", "Lessee", "Landlord", "Tenant"),
    *("Licensor", "Licensee", "Borrower", "Lender", "Grantor", "Grantee", "Trustee", "Plaintiff", "Defendant"),
    *(
        "Claimant",
        "Respondent",
        "Appellant",
        "Appellee",
        "Petitioner",
        "Employer",
        "Employee",
        "Contractor",
        "Supplier",
    ),
    *("Customer", "Client", "Assignor", "Assignee", "Mortgagor", "Mortgagee", "Obligor", "Insurer", "Insured"),
)
# What stands before a person's name without being a part of it.
TITLES = frozenset(("Judge", "Justice", *_ROLES))


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such stretches stand in a folded text, by kind. Linear time."""
    yield from eponyms.find(text)
    yield from programs.find(text)
    for pattern in _COURTS if _COURT.search(text) else ():
        yield from (match.span() for match in pattern.finditer(text))
    terms = list(_terms(text))
    yield from terms
    of_brands = list(brands.find(text, terms))
    yield from of_brands
    yield from series.find(text, [*terms, *of_brands])


def _terms(text: str) -> Iterator[tuple[int, int]]:
    for start, end, term in _phrases().find(text):
        value = text[start:end]
        if not re.search(r"[,;:|\n]", value) and ("&" not in term or "&" in value or " and " in value):
            yield start, end


@cache
def _phrases() -> Phrases:
    phrases = Phrases()
    for term in (*_ROLES, *word_lists.read(_TERMS)):
        for form in _forms(term):
            phrases.add(words(form), term, capital=term[0].isupper())
    return phrases


def _forms(term: str) -> set[str]:
    """Return how else a term is written: "Graham crackers", "Ben and Jerry", "Bell palsy"."""
    forms = {term, term.replace("'s ", " ")}
    if "&" in term:
        forms |= {form.replace("&", " and ") for form in (term, term.removesuffix("'s"))} | {term.removesuffix("'s")}
    elif " " in term and term[-1].islower():
        forms.add(f"{term}s")
    return forms
