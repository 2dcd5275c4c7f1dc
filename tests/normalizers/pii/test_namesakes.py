"""Terms with a name in them stay, and the same name elsewhere goes."""

import pytest

from normalizers.pii import names, places, recognizers
from normalizers.pii.namesakes import find
from normalizers.pii.redactor import Redactor
from weights import load, registry


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    model = names.NameModel(load.find(registry.resolve("rampart")))
    return Redactor("mask", [recognizers.find, places.find, model.find])


@pytest.mark.parametrize(
    "text",
    [
        "History of Parkinson disease, Hodgkin lymphoma, Crohn's disease and Down syndrome; Foley catheter placed.",
        "The Babinski sign was absent, the Glasgow Coma Scale was 15, and Sjögren antibodies were negative.",
        "Mann-Whitney tests, Myers-Briggs and Miranda rights; a Daubert hearing; set in Gill Sans and Arial Black.",
        "Superior Court of California, County of San Bernardino",
        "Januar, Februar, M\u00e4rz; lundi, mardi",
        "It was built by Skanska, Bechtel, Kiewit, Strabag and Jacobs.",
        "Humira was stopped; Synthroid and Keppra go on.",
        "Goldman Sachs, Wells Fargo, Johnson & Johnson, Eli Lilly, Ernst & Young and Morgan Stanley reported.",
        "Slaughter and May, Baker McKenzie and Kirkland & Ellis advised; Norton Rose Fulbright did not.",
        "They ate beef Wellington, drank Earl Grey, and had a Diels-Alder reaction.",
        "The United States District Court for the Northern District of California ruled.",
        "The Supreme Court of Texas and the California Superior Court agreed.",
        "The Superior Court of Orange County and the Essex County Probate and Family Court ruled.",
        "Circuit Court of Cook County, Illinois; Supreme Court of the State of New York, County of Kings",
        "NORTHERN DISTRICT OF CALIFORNIA; SUPERIOR COURT OF THE STATE OF ARIZONA, COUNTY OF PIMA; STATE OF OHIO )",
        "By the laws of the State of Delaware, the California Civil Code and 477 U.S. 242, the motion to Stay fails.",
        "See 834 F.3d 760, 720 ILCS 5/12-3.2 and Cal. Lab. Code § 1194, as the Chief Judge observed.",
        "S.D. Ohio; the Court of Appeal of England and Wales; People of the State of California; State of Texas v. X.",
        "IN THE HIGH COURT OF JUSTICE; the Court of Chancery; a Delaware corporation; Notary Public for Oregon",
        "Landgericht K\u00f6ln; COUR D'APPEL DE LYON; avocat au barreau de Lyon; United States Patent",
        "The Bunsen burner, a Markov chain, a Kirschner wire and the Kaplan-Meier estimator",
        "Steller's jay, a Clark's nutcracker, Veronica michauxii and the Richardson vole",
        "See [2019] EWCA Crim 211 and [2021] UKSC 5 were cited.",
        "Pfizer announced results, Samsung raised prices, and they bought it from Walgreens.",
        "He drives an Aston Martin and a Massey Ferguson, drinks Stella Artois, and likes Tim Hortons.",
        "Zollinger-Ellison was excluded, and so was Creutzfeldt Jakob.",
        "A Barton decarboxylation, then Anderson-Darling; Clojure and Linux Mint; Sarbanes-Oxley applies.",
        "A Bayesian prior, Gaussian noise, Newton's method, Avogadro's number and the Adam optimizer.",
        "She takes Lexapro and Ozempic, and no Bactrim.",
        "The Wittig, Friedel-Crafts and Suzuki couplings; Ben and Jerry; Marks and Spencer; a Kocher incision.",
        "The High Court of Kerala and the Crown Court at Leeds agreed.",
        "Project Athena meets in meeting room Newton. Iris germanica blooms.",
        "We ate at Papa John's and bought it at Trader Joe's.",
        "The Purchaser, the Seller and the Guarantor agree. Dear Sir or Madam, To Whom It May Concern.",
    ],
)
def test_what_names_no_one_stays(redactor: Redactor, text: str) -> None:
    assert redactor.redact(text)[0] == text


def test_the_same_name_of_a_person_goes(redactor: Redactor) -> None:
    text = "Dr Hodgkin treated Hodgkin lymphoma. Mr Parkinson has Parkinson's. He lives in Texas."
    clean = "Dr [PERSON] treated Hodgkin lymphoma. Mr [PERSON] has Parkinson's. He lives in [LOCATION]."
    assert redactor.redact(text)[0] == clean


def test_a_term_needs_its_own_marks() -> None:
    assert list(find("Ernst & Young")) == [(0, 13)]
    assert not list(find("Ernst Young"))
    assert not list(find("Wells, Fargo"))


def test_terms_that_a_request_names_go_all_the_same() -> None:
    from normalizers.pii.terms import detector

    assert Redactor("mask", [detector(["Morgan Stanley"])]).redact("Morgan Stanley fell.")[0] == "[TERM] fell."
