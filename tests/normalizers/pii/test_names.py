"""The name model as it is served: Rampart, pulled and converted like a user's."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizers.pii import names
from normalizers.pii.finding import Finding
from weights import load, registry

FILLER = "The committee met again on the following day and the report was read. "


@pytest.fixture(scope="module")
def model() -> names.NameModel:
    return names.NameModel(load.find(registry.resolve("rampart")))


def values(text: str, findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.type, text[finding.start : finding.end]) for finding in findings]


def test_names_and_addresses_are_found_whole(model: names.NameModel) -> None:
    text = "My name is John Smith, and I live at 123 Main St, Springfield, IL 62704."
    assert values(text, model.find(text)) == [
        ("PERSON", "John Smith"),
        ("LOCATION", "123 Main St, Springfield, IL 62704"),
    ]


def test_two_persons_side_by_side_are_two(model: names.NameModel) -> None:
    text = "Please invite John Smith, Mary Jones and Peter Miller."
    assert [value for _, value in values(text, model.find(text))] == ["John Smith", "Mary Jones", "Peter Miller"]


def test_a_bar_that_the_model_takes_along_joins_no_cells(model: names.NameModel) -> None:
    text = "| Allen key set | 4 | 99-1203-A | 1,204.50 |\n| Phillips screwdriver | 2 | 55-2210-B | 310.00 |"
    assert not [value for _, value in values(text, model.find(text)) if "|" in value]


def test_a_finding_says_who_found_it_and_how_sure_it_is(model: names.NameModel) -> None:
    (finding,) = model.find("My name is John Smith.")
    assert finding.detector == "names"
    assert 0.5 < finding.score <= 1.0


@pytest.mark.parametrize("before", ["", "Grüße 👩\u200d👩\u200d👧 e\u0301 한국어 ", "\ud800 ", "\u200b\x00 "])
def test_offsets_are_code_points_whatever_stands_before(model: names.NameModel, before: str) -> None:
    text = f"{before}My name is John Smith."
    assert ("PERSON", "John Smith") in values(text, model.find(text))


@pytest.mark.parametrize("words", [0, 20, 50, 55, 58, 60, 62, 64, 70, 120])
def test_a_name_is_found_wherever_a_window_ends(model: names.NameModel, words: int) -> None:
    text = "and " * words + "my name is John Smith and I live here"
    assert [value for _, value in values(text, model.find(text))] == ["John Smith"]


def test_the_end_of_a_long_text_is_read_like_its_beginning(model: names.NameModel) -> None:
    """Longer than 100,000 characters, and than the blocks that are tokenized at once."""
    name = "My name is John Smith. "
    text = name + FILLER * 1_500 + name
    assert [finding.start for finding in model.find(text)] == [11, len(text) - len(name) + 11]


def test_blocks_change_nothing_that_is_found(model: names.NameModel, monkeypatch: pytest.MonkeyPatch) -> None:
    text = FILLER + ("My name is John Smith, " + "x" * 90 + ". ") * 4 + "Ask Mary Jones.\n" + FILLER
    whole = model.find(text)
    monkeypatch.setattr(names, "BLOCK", 100)
    assert values(text, model.find(text)) == values(text, whole)
    assert len(whole) == 5


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\u200b", "...", "\ud800", "한" * 600, "a" * 120_000, "e" + "\u0301" * 5_000]
)
def test_a_text_without_personal_data_has_no_findings(model: names.NameModel, text: str) -> None:
    assert model.find(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "GET /api/user?email=jane.doe%40example.com&phone=+1 (202) 555-0147&name=Jane Doe",
        "Scanned: Patient Jane Doe, SSN 078-05-1120, Phone +1 (202) 555-0147, Email jane.doe@example.com",
        "Employee record: Jane Doe - Email: j\u0430ne@example.com - Phone: +1 (202) 555-0147 - SSN: 078-05-1120",
        "Record: J*** D**, --- ... ,,, \n- - - jane . doe @ example . com",
    ],
)
def test_no_finding_is_empty_or_begins_or_ends_with_a_space(model: names.NameModel, text: str) -> None:
    found = values(text, model.find(text))
    assert found
    assert all(value and value == value.strip() for _, value in found)


def test_a_capital_within_a_sentence_makes_a_name_likelier(model: names.NameModel) -> None:
    """The model reads both in lower case."""
    text = "Unlike the Castro novel, it is short."
    assert [value for _, value in values(text, model.find(text))] == ["Castro"]
    assert model.find(text.lower()) == []


@given(text=st.text(max_size=300))
def test_findings_lie_in_the_text_in_order_and_apart(model: names.NameModel, text: str) -> None:
    findings = model.find(text)
    bounds = [bound for finding in findings for bound in finding[:2]]
    assert bounds == sorted(bounds)
    assert all(0 <= finding.start < finding.end <= len(text) for finding in findings)
    assert all(text[finding.start : finding.end].strip() == text[finding.start : finding.end] for finding in findings)


def test_many_threads_find_what_one_does(model: names.NameModel) -> None:
    texts = [f"{FILLER * number}My name is John Smith." for number in range(8)]
    expected = [model.find(text) for text in texts]
    found: dict[int, list[Finding]] = {}

    def find(number: int) -> None:
        found[number] = model.find(texts[number])

    threads = [threading.Thread(target=find, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [found[number] for number in range(8)] == expected


def test_a_model_that_fails_is_an_error_and_not_an_empty_finding(
    model: names.NameModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "_cls", 10**6)  # no such token
    with pytest.raises(Exception, match="indices"):
        model.find("My name is John Smith.")


def test_a_folder_without_the_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"model\.onnx"):
        names.load(tmp_path)


@pytest.mark.parametrize("word", ["LuaJIT", "JaneDoe", "janeDoe"])
def test_a_word_with_capitals_within_is_code(model: names.NameModel, word: str) -> None:
    assert model.find(f"See {word} for more.") == []


@pytest.mark.parametrize("word", ["Jane", "McKay", "DeShawn", "MacDonald", "Ångström"])
def test_a_word_written_as_names_are_is_not(model: names.NameModel, word: str) -> None:
    text = f"Yesterday we asked {word} for help."
    assert values(text, model.find(text)) == [("PERSON", word)]


def test_capitals_are_an_acronym_only_among_words_in_small_letters(model: names.NameModel) -> None:
    text = "Unlike the AVA novel, it is short."
    assert model.find(text) == []
    assert values(text.upper(), model.find(text.upper())) == [("PERSON", "AVA")]


def test_a_text_without_capitals_has_names_all_the_same(model: names.NameModel) -> None:
    text = "thx anna, tell tom i said hi. did olga lund call? lol peter is late"
    assert values(text, model.find(text)) == [("PERSON", name) for name in ("anna", "tom", "olga lund", "peter")]


def test_a_hashtag_may_be_a_name(model: names.NameModel) -> None:
    text = "see #JohannaFeldmann and #MachineLearning"
    assert values(text, model.find(text)) == [("PERSON", "JohannaFeldmann")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A letter from I. Kessler was read.", "I. Kessler"),
        ("Reviewed by T. Grzelak, S. Eriksen and G. Lund.", "S. Eriksen"),
        ("According to J.-P. Moreau, it was late.", "J.-P. Moreau"),
        ("We met Ahmed bin Salman there.", "Ahmed bin Salman"),
    ],
)
def test_a_name_goes_on_behind_an_initial_and_a_particle(model: names.NameModel, text: str, name: str) -> None:
    assert ("PERSON", name) in values(text, model.find(text))


def test_who_speaks_in_a_chat_is_named_in_small_letters(model: names.NameModel) -> None:
    text = "[10:02] agnieszka: ok\n[10:03] dmitri: on my way"
    assert values(text, model.find(text)) == [("PERSON", "agnieszka"), ("PERSON", "dmitri")]


def test_who_is_addressed_in_a_chat_may_be_written_in_small_letters(model: names.NameModel) -> None:
    text = "thanks delia, I saw it. I will ask ingrid tomorrow. thanks again, ask away"
    assert values(text, model.find(text)) == [("PERSON", "delia"), ("PERSON", "ingrid")]


def test_a_given_name_in_small_letters_needs_less_and_the_word_behind_it_goes_on(model: names.NameModel) -> None:
    text = "spoke w/ marcus delgado this morning, he wont sign til the 9th"
    assert values(text, model.find(text)) == [("PERSON", "marcus delgado")]
    text = "hey kwame, did fergus reply?"
    assert values(text, model.find(text)) == [("PERSON", "kwame"), ("PERSON", "fergus")]


def test_a_given_name_in_a_list_needs_less(model: names.NameModel) -> None:
    text = "Shift A: Ibrahim / Wanjiru / Dilek\nShift B: Tomasz / Fenna / Ama"
    assert {"Fenna", "Ama"} <= {value for _, value in values(text, model.find(text))}


def test_the_name_of_a_function_is_no_persons(model: names.NameModel) -> None:
    text = 'The methods "__mul__()" and "__rmul__()" and the function "len"() or stuart() are called.'
    assert model.find(text) == []


def test_an_element_that_is_closed_is_no_name(model: names.NameModel) -> None:
    assert model.find("<KeyInfo>\n<Sender/>\n</KeyInfo>") == []


def test_a_small_word_behind_a_first_name_is_no_surname(model: names.NameModel) -> None:
    text = "My aunt Dolores will drive, and uncle Ray may follow."
    assert [value for _, value in values(text, model.find(text))] == ["Dolores", "Ray"]


def test_a_given_name_with_a_capital_within_a_sentence_needs_next_to_nothing(model: names.NameModel) -> None:
    text = "Prezado Joaquim, segue o contrato assinado pela Benedita."
    assert ("PERSON", "Benedita") in values(text, model.find(text))
