"""What each text of a list begins with is put back in its place: its title, its time."""

from normalizers.documents import gaps

TEXTS = [f"At the pier head number {number} the waves reached four metres this night." for number in range(4)]


def linked(text: str) -> str:
    return f"{gaps.LINK}{text}{gaps.LINK_END}"


def page(*begun_with: str) -> str:
    return "\n".join(f"{begin}\n{text}" for begin, text in zip(begun_with, TEXTS, strict=True))


def test_titles_of_a_list_s_texts_are_put_back_although_they_are_links() -> None:
    titles = [f"## Storm {number}" for number in range(4)]
    shown = page(*(f"## {linked(title[3:])}" for title in titles))
    assert gaps.fill("\n".join(TEXTS), shown).splitlines()[1:] == page(*titles).splitlines()[2:]


def test_links_to_others_among_a_text_s_own_headings_stay_out() -> None:
    headings = ("## Storm", f"## {linked('Seal at the lock')}", "## Damage", f"## {linked('Fish market moves')}")
    assert "Seal" not in gaps.fill("\n".join(TEXTS), page(*headings))


def test_times_that_a_list_s_texts_begin_with_are_put_back() -> None:
    times = ("14:20", "13:55", "13:10", "12:40")
    assert gaps.fill("\n".join(TEXTS), page(*times)) == page(*times)


def test_one_date_above_a_text_stays_out() -> None:
    assert gaps.fill("\n".join(TEXTS), page("3 March 2026", "Advertisement", "Share", "Ad")) == "\n".join(TEXTS)
