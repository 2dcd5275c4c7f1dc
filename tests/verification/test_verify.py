"""What supports each sentence of a summary, and what of it is nowhere, with offsets that hold."""

from verification.verify import verify

DOCUMENT = (
    "The bridge opened in 1984. It cost £3m. Engineers from Leeds inspected the bridge last winter.\n\nRain fell."
)


def test_each_sentence_has_the_sentences_that_support_it() -> None:
    summary = "Leeds engineers inspected the bridge. Penguins swim."
    first, second = verify(summary, DOCUMENT, []).sentences
    best = first.evidence[0]
    assert summary[first.start : first.end] == "Leeds engineers inspected the bridge."
    assert (best.passage, DOCUMENT[best.start : best.end]) == (
        0,
        "Engineers from Leeds inspected the bridge last winter.",
    )
    assert 0.9 < best.score <= 1
    assert second.evidence == ()


def test_at_most_three_sentences_support_one_and_the_best_comes_first() -> None:
    document = "Leeds inspected old steel bridges. " * 5 + "Leeds inspected old steel bridges carefully."
    (sentence,) = verify("Leeds inspected old steel bridges carefully.", document, []).sentences
    assert len(sentence.evidence) == 3
    assert document[sentence.evidence[0].start :] == "Leeds inspected old steel bridges carefully."


def test_a_passage_supports_what_the_document_does_not_say() -> None:
    passages = ["Nothing of use.", "The harbour was dredged by Belfast in 1907."]
    summary = "The harbour was dredged by Belfast in 1907 [2]."
    alone, together = verify(summary, DOCUMENT, []), verify(summary, DOCUMENT, passages)
    best = together.sentences[0].evidence[0]
    assert [summary[one.start : one.end] for one in alone.unsupported] == ["Belfast", "1907"]
    assert together.unsupported == ()
    assert (best.passage, passages[1][best.start : best.end]) == (2, passages[1])


def test_citations_and_placeholders_never_raise_an_alarm() -> None:
    summary = "The bridge of [PERSON_1] and [ORGANIZATION] opened in 1984 [14], [15, 16][17]."
    assert verify(summary, DOCUMENT, []).unsupported == ()


def test_offsets_are_code_points_of_the_summary_as_given() -> None:
    summary = "😀 [PERSON_1] said [3] it cost £44m, in Belfast."
    found = verify(summary, DOCUMENT, []).unsupported
    assert [(one.kind, summary[one.start : one.end]) for one in found] == [("amount", "44m"), ("name", "Belfast")]


def test_empty_texts_have_nothing_to_verify() -> None:
    assert verify("", DOCUMENT, []).sentences == ()
    assert verify(" \n ", "", []).unsupported == ()
    assert [one.kind for one in verify("In 1984 it opened.", "", []).unsupported] == ["date"]


def test_the_same_texts_give_the_same_result() -> None:
    summary = "Leeds opened the bridge in 1985. It cost £4m in Belfast."
    assert verify(summary, DOCUMENT, [DOCUMENT]) == verify(summary, DOCUMENT, [DOCUMENT])
