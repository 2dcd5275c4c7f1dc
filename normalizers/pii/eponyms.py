"""Things that are named after someone, told by the word behind the name or before it: a disease, a theorem, a prize.

Knows: such words, how firms are written, and `given_names.txt`. Knows nothing about findings. A word that may as well
say what is somebody's own ("Anna's test", "the Berg account") is none of them.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from normalizers.pii import word_lists

_GIVEN_NAMES = Path(__file__).with_name("given_names.txt")
_NAME = r"[^\W\d_a-z][^\W\d_]{2,}(?:-[^\W\d_a-z][^\W\d_]+){0,2}"
# A title says that the name is a person's, whatever stands behind it: "Dr. Foley's catheter", "Mr Berg Holdings".
_NO_TITLE = "".join(
    rf"(?<!{title} )(?<!{title}\. )" for title in ("Mr", "Mrs", "Ms", "Dr", "Prof", "Miss", "Herr", "Frau", "Mme")
)

# Behind a name, which may be a genitive: of medicine, mathematics and nature. No animal is among them that is kept.
_HEADS = (
    "disease|syndrome|lymphoma|sarcoma|palsy|chorea|dementia|anaemia|anemia|ataxia|dystrophy|thyroiditis|encephalopathy"
    "|contracture|phenomenon|tumou?r|ulcer|esophagus|oesophagus|hernia|fracture|reflex|manoeuvre|maneuver|theorem|lemma"
    "|paradox|catheter|reagents?|crisis|estimator|(?:last|little|great) theorem|conjecture|inequality|razor|comet"
    r"|law(?=[.,;:)]|\Z| (?:of|is|says|states|holds|applies|that|in|for|and)\b)"
    r"|(?:sign|point) (?:(?:is|was) )?(?:negative|positive|absent|present|tender)"
    "|hawk|warbler|sparrow|hummingbird|jay|gull|(?:storm )?petrel|plover|sandpiper|tern|bunting|thrush|vireo|wren"
    "|flycatcher|vulture|harrier|woodpecker|phalarope|shearwater|albatross|pipit|gazelles?|zebra|whale|porpoise|vole"
    "|antelope|duiker"
)
_BARE_HEADS = (
    "body|bodies|sign|test|score|scores|scale|criteria|classification|study|studies|monitor|stain|antibody|antibodies"
    "|symptoms?|procedure|operation|tube|drain|clamp|forceps|needle|flap|cells?|glands?|law|equation|constant|effect"
    "|numbers?|reaction|rearrangement|condensation|coupling|synthesis|catalyst|process|cycle|transform|distribution"
    "|model|algorithm|index|risk|method|staging|grade|burner|chains?|wires?|curves?"
    "|equations|hypothesis|principle|ratio|rule|statistic|correction|transformation|spaces?|series|norm|matrix|kernel"
    "|tree|distance|cipher|integrator|scheme|experiment|radiation|boson|belts?|plot|diagram|momentum"
    "|agar|broth|flask|funnel|extractor|oxidation|reduction|olefination|acylation|alkylation|cyclization|cycloaddition"
    "|hydrolysis|metathesis|degradation|elimination|shunt|stent|fundoplication|angina|anomaly|triad"
    "|knife|wrench|screwdriver|chuck|cable|shelter|hut|cage|counter|fir|pine|spruce|squirrel|doctrine|deference"
    "|scholarship|fellowship|mustard|sauce|salad|cocktail|apples?"
    "|functions?|polynomials?|sampler|quadrature|integrals?|metric|tensor|manifolds?|fractals?|triangle|calculus|mechanics"
    "|radius|primes?|incision|retractor|speculum|scissors|sutures?|cannula|tourniquet|splint|bandage|prosthesis|valve|graft|corpuscles?"
    "|entropy|equilibrium|coding|numbering|encoding|estimates?|engine|wheel|turbine|screw|cyst|pulley|Sans|Serif|Gothic|Grotesk|Grotesque|Neue|Slab|Mono|MT"
    "|ducts?|fissure|fossa|ligament|pouch|laryngoscope|dressing|dish(?:es)?|jar|vacuum|lamp"
)
_SHARED_HEADS = (  # behind several names
    "(?:disease|syndrome|lymphoma|sarcoma|palsy|dementia|fracture|reflex|maneuver|manoeuvre|theorem|lemma|inequality"
    "|estimator|catheter|sign|test|score|scale|reaction|rearrangement|condensation|coupling|oxidation|reduction|synthesis"
    "|catalyst|equation|transform|distribution|model|algorithm|stain|clamp|forceps|prize|award|medal)s?|syntheses"
    "|criteria|classifications?|inequalities"
)
_SCALE = (
    r"(?:[^\W\d_a-z][^\W\d_]{2,} ){0,2}(?:Scale|Score|Index|Sign|Test|Syndrome|Disease|Criteria|Classification"
    r"|Inventory|Questionnaire|Checklist)"
)
# Behind two names side by side, which would else be one person's.
_PAIR_HEADS = (
    "theorem|lemma|inequality|equations?|hypothesis|conjecture|algorithm|integrator|decomposition|distribution"
    "|statistic|curves?|estimators?|diagram|reaction|coupling|condensation|rearrangement|cycloaddition|acylation"
    "|oxidation|syndrome|disease|phenotype|shunt|stain|staining|broth|agar|transformation|waiting period"
)
_HONOURS = (
    "University|Institute|Foundation|Library|Hospital|College|Academy|Prize|Awards?|Medal|Trophy|Cup|Act|Airport"
    "|Stadium|Museum|Observatory|(?:Space )?Telescope|Laboratory|Laboratories|Fellowship|Scholarship|Amendment"
    "|(?:High|Middle|Elementary|Primary|Secondary|Grammar) School|Bridge|Tunnel|Dam|Tower|Building|Memorial"
    "|Doctrine|Convention|Antitrust Act|Commission|Center|Centre|Theatre|Theater"
)
_LEGAL_FORMS = (
    "Inc|LLC|LLP|LLLP|PLLC|LP|Ltd|Limited|plc|PLC|GmbH|KGaA|KG|OHG|AG|SE|Corp|Corporation|Holdings|Pharmaceuticals"
    r"|Bancorp|Co|& Co|& Sons|& Söhne|& Fils|& Partners?|S\.A\.S\.|S\.A\.|SARL|SAS|S\.r\.l\.|S\.p\.A\.|SpA|Srl|N\.V\."
    r"|NV|B\.V\.|BV|ASA|A/S|ApS|Oyj?|Pty|Pte|AB"
)
_TRADES = (
    "Partners|Capital|Properties|Industries|Technologies|Laboratories|Motors|Electric|Airlines|Brothers|Ventures"
    "|Advisors|Securities|Bank|Breweries|Brewery|Pictures|Semiconductor|Aerospace"
)
# None that somebody bears, such as Mercedes, Kia, Ford and Suzuki.
_MAKERS = (
    "Toyota|Nissan|Mazda|Subaru|Mitsubishi|Hyundai|Mercedes-Benz|Volkswagen|Audi|Opel|Vauxhall|Volvo|Škoda|Skoda|Dacia"
    "|Renault|Peugeot|Citroën|Citroen|Fiat|Alfa Romeo|Maserati|Lamborghini|Chevrolet|Cadillac|Rolls-Royce|Aston Martin"
    "|Chrysler|Lexus|Jaguar|Bugatti|Infiniti|Acura|Jeep|Pontiac"
    "|Harley-Davidson|Kawasaki|Yamaha|John Deere|Caterpillar|Boeing|Airbus|Cessna"
)
# Behind a genitive, of science alone: "Dijkstra's algorithm", "Maslow's hierarchy".
_GENITIVE_HEADS = (
    "algorithms?|hierarchy|formula|identity|criterion|hypothesis|principle|axioms?|postulates?|distribution|transform"
    "|constant|equations?|(?:uncertainty|exclusion) principle"
)
_GERMAN_HEADS = (  # of one word with the name: "Ringer-L\u00f6sung"
    "Krankheit|Syndrom|Test|Zeichen|Reflex|L\u00f6sung|Operation|Fraktur|Skala|Score|Index"
    "|Kriterien|Reaktion|Gleichung|Verfahren|Katheter|Tumor|Lymphom|Diagramm|Effekt|Verteilung|Preis|Stiftung|Institut"
)
# Commas and "and" stand between surnames alone: a person before a firm ("Anna Berg, Holm Crane LLP") is none of it.
_FIRM = rf"(?:(?:{_NAME}, ){{0,3}}{_NAME},? (?:&|and) {_NAME}|{_NAME}(?: {_NAME}){{0,3}}(?: & {_NAME}){{0,2}})"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\w){_NO_TITLE}{_NAME}(?:'s?)? (?:{_HEADS})(?!\w)",
        # names that share a head: "Wittig, Friedel-Crafts and Suzuki couplings"
        rf"(?<!\w){_NO_TITLE}{_NAME}(?:, {_NAME}){{0,6}},? (?:and|or) {_NAME}(?:'s?)? (?:{_SHARED_HEADS})(?!\w)",
        rf"(?<!\w){_NO_TITLE}{_NAME} {_SCALE}(?!\w)",
        rf"(?<!\w){_NO_TITLE}(?:St\.? )?{_NAME}'s (?:Law|Star|Day|Comet|Church|Cathedral|School|Disease)(?!\w)",
        rf"(?<!\w){_NO_TITLE}{_NAME}(?:'s)? (?:kappa|rho|tau|alpha)(?!\w)|(?<!\w){_NAME}'s [dgr](?!\w)",
        rf"(?<!\w){_NO_TITLE}{_FIRM},? (?:{_LEGAL_FORMS})(?!\w)(?:,? (?:{_LEGAL_FORMS})(?!\w)){{0,3}}",
        rf"(?<!\w){_NAME}-(?:{_GERMAN_HEADS})(?!\w)",
        # the word before the name
        rf"(?<!\w)(?:[Dd]ie|[Dd]er|[Bb]ei|[Vv]on|[Dd]es)? ?(?:Firma|Fa\.|Kanzlei|Verlag|[Dd]itta) {_FIRM}(?!\w)",
        r"(?<!\w)(?:Morbus|Maladie de|[Ss]yndrome de|[Ss]igne de|[Tt]etralogy of|[Cc]ircle of|[Ss]phincter of"
        r"|Hurricane|Typhoon|Cyclone|(?:Tropical|Winter) Storm|Apache|Debian|Grafana|[Cc]omet|HMS|USS)"
        rf" {_NAME}(?!\w)(?! {_NAME})",
        r"(?<!\w)(?:[Ss]teak|[Ee]ggs|[Oo]ysters|[Cc]hicken|[Bb]eef|[Vv]eal|[Ss]ole|[Ll]obster|[Pp]each|[Bb]ananas|[Pp]ears?"
        rf"|[Cc]rêpes?|[Ss]auce|[Ff]ettuccine|[Ss]paghetti) {_NAME}"
        r"(?=[.,;:)|]|\s(?:and|or|on|with|is|are|for|at)\b|[ ]{0,8}(?:\n|\Z))",
        # what gives its name to a plan, a room or a piece of work: "Project Athena", "meeting room Newton"
        r"(?<!\w)(?:Project|Operation|Sprint|Codename|(?:[Mm]eeting|[Cc]onference|[Bb]reak-?out|[Bb]oard) ?[Rr]oom)"
        rf" {_NAME}(?!\w)(?! {_NAME})",
        # a living thing's two names: "Bartonella henselae"
        r"(?<!\w)[A-Z][a-z]{3,} (?!hawaii)[a-z]{3,}(?:ensis|ii|ae|orum|arum|oides|iformis|dorferi|[^s]icus|alis|escens"
        r"|ifolia|ifolium|iflora|icola|ifera|iana|ianum|ulata|ulatum|anica|onica|atica|ivum|osum|anina|issima|opsis)(?!\w)",
    )
)

# It may be what a person has, who is in the text as well: "Harper index cards".
_PATTERNS_OF_ANYBODY = tuple(
    re.compile(rf"(?<!\w){_NO_TITLE}{pattern}")
    for pattern in (
        rf"{_NAME} (?:{_BARE_HEADS})(?!\w)",
        rf"(?:St\.? )?{_NAME}(?: {_NAME}){{0,2}}(?:'s)? (?:{_HONOURS})(?!\w| of )",
    )
)
# A given name before a surname is a full name, and what stands behind both is what that person has or is in.
_PATTERNS_OF_SURNAMES = tuple(
    re.compile(rf"(?<!\w){_NO_TITLE}{pattern}(?!\w)")
    for pattern in (
        rf"{_NAME} {_NAME} (?:{_PAIR_HEADS})",
        rf"{_FIRM} (?:{_TRADES})",
        rf"{_NAME}'s (?:{_GENITIVE_HEADS})",
    )
)
# No name may follow: "the Mazda Anna Berg drives".
_MODELS = re.compile(rf"(?<!\w)(?:{_MAKERS}) (?P<model>{_NAME}|[A-Z]{{0,3}}-?[0-9][\w-]{{0,8}})(?![\w-])(?! {_NAME})")


def find(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such stretches stand in a folded text, by kind. Linear time."""
    yield from (match.span() for match in _MODELS.finditer(text) if match["model"] not in given_names())
    for pattern in _PATTERNS:
        yield from (match.span() for match in pattern.finditer(text))


def find_of_anybody(text: str) -> Iterator[tuple[int, int]]:
    """Yield those that may be somebody's own where a person of that name is in the text as well. Linear time."""
    for pattern in _PATTERNS_OF_ANYBODY:
        yield from (match.span() for match in pattern.finditer(text))
    for pattern in _PATTERNS_OF_SURNAMES:
        for match in pattern.finditer(text):
            if match.group().split(maxsplit=1)[0].removesuffix("'s") not in given_names():
                yield match.span()


@cache
def given_names() -> frozenset[str]:
    """Return the names that most people are given, as they are written."""
    return frozenset(word_lists.read(_GIVEN_NAMES))
