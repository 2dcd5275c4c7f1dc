"""The text that a reader of a page would see, in time that is linear in the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.request import MAX_BYTES, SummaryRequest
from errors import UserError
from normalizers.steps import normalize


def text_of(page: str) -> str:
    return normalize(SummaryRequest(text=f"<html>{page}")).text


def test_paragraphs_headings_and_line_breaks_stay_apart() -> None:
    page = "<h1>Title</h1><p>One <b>bold</b>\n   word.<p>Two<br>lines<br><br>and a gap.<div>Three</div>Four"
    assert text_of(page) == "# Title\n\nOne bold word.\n\nTwo\nlines\n\nand a gap.\nThree\nFour"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<h2 id=terms>Terms</h2>", "## Terms"),
        ("<H6>Terms</H6>", "###### Terms"),
        ("<h7>Terms</h7>", "Terms"),
        ("<h2><span>Terms <b>of</b></span> <em>use</em></h2>", "## Terms of use"),
        ("<h2>\n  Terms<br>of\n use&#10;here </h2>", "## Terms of use here"),
        ("<h2><div>Terms</div><div>of use</div></h2>", "## Terms of use"),
        ("<h2><p>Terms</p></h2>", "## Terms"),
        ("<h2># Terms</h2>", "## Terms"),
        ("<h2>Terms<a href=#terms>¶</a></h2>", "## Terms"),
        ("<h2>#1 in sales</h2>", "## #1 in sales"),
        ("<h2>Terms<h3>Use</h3>", "## Terms\n\n### Use"),
        ("<h2>Terms<script>x = 1</script><b hidden>not</b></h2>", "## Terms"),
    ],
)
def test_a_heading_is_one_line_with_the_mark_of_its_level(markup: str, text: str) -> None:
    assert text_of(f"<p>before</p>{markup}<p>after") == f"before\n\n{text}\n\nafter"


@pytest.mark.parametrize("empty", ["<h2></h2>", "<h2> <img src=x> </h2>", "<h2><br></h2>", "<h2>&nbsp;</h2>"])
def test_an_empty_heading_leaves_no_mark(empty: str) -> None:
    assert text_of(f"<p>before</p>{empty}<p>after") == "before\n\nafter"


def test_a_heading_that_is_left_open_takes_no_paragraph_with_it() -> None:
    assert text_of("<h2>Terms<p>One.<p>Two.") == "## Terms\n\nOne.\n\nTwo."
    rows = [f"row {number}" for number in range(100)]
    assert text_of("<h2>" + "".join(f"<div>{row}</div>" for row in rows)) == "\n".join(rows)


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ("<li><p>Rent</p></li><li><div> <p>Heating</p></div></li>", "- Rent\n\n- Heating"),
        ("<li><p>Rent</p><p>It is due.</p></li>", "- Rent\n\nIt is due."),
        ("<li></li><li> </li><li>Rent</li><li></li>", "- Rent"),
        ("<li><ul><li>Rent</li></ul></li>", "- Rent"),
        ("<li><h3>Rent</h3>It is due.</li>", "### Rent\n\nIt is due."),
        ("<li><table><tr><td>Rent</td><td>480</td></table></li>", "- Rent | 480"),
    ],
)
def test_a_dash_stands_before_what_an_item_says(items: str, text: str) -> None:
    assert text_of(f"<p>before</p><ul>{items}</ul>").removeprefix("before\n\n").strip() == text


def test_a_list_is_dashed_and_a_table_row_is_a_line() -> None:
    page = "<ul><li>first<li>second</ul><table><tr><th>Year</th> <th>Sum</th></tr><tr><td>2024<td>1.5</table>"
    assert text_of(page) == "- first\n- second\n\nYear | Sum\n2024 | 1.5"


def test_lines_of_preformatted_text_stay() -> None:
    assert text_of("<pre>one\ntwo</pre> three\nfour") == "one\ntwo\n\nthree four"


@pytest.mark.parametrize(
    "markup",
    [
        "<script>if (a < b) { '</p>' }</script>",
        "<SCRIPT type=module>no</SCRIPT >",
        "<style>p::before { content: '<b>' }</style>",
        "<title>no</title>",
        "<head><meta charset=utf-8><title>no</title></head>",
        "<noscript><p>no</p></noscript>",
        "<template><div>no</div></template>",
        "<svg><title>no</title><svg><text>no</text></svg></svg>",
        "<!-- no -- > no -->",
        "<![CDATA[no]]>",
        "<div hidden>no<div>no</div></div>",
        '<img alt="a > b" hidden>',
    ],
)
def test_what_a_reader_does_not_see_is_dropped(markup: str) -> None:
    assert text_of(f"<p>before {markup}after") == "before after"


def test_hidden_within_a_value_hides_nothing() -> None:
    assert text_of('<div class="a hidden gem">seen</div><p title=hidden>too') == "seen\n\ntoo"


def test_entities_are_decoded_even_absurd_ones() -> None:
    assert text_of("AT&amp;T &lt;b&gt; caf&eacute;&nbsp;&#8211; &#x4e2d;") == "AT&T <b> café \u2013 中"
    assert text_of(f"<p>x&#{'9' * 10_000};y") == "x\ufffdy"


def test_a_head_that_is_never_closed_does_not_swallow_the_page() -> None:
    assert text_of("<head><meta charset=utf-8><body><p>seen") == "seen"


def test_a_hundred_thousand_levels_are_no_deeper_than_one() -> None:
    assert text_of("<div>" * 100_000 + "deep" + "</div>" * 100_000) == "deep"


@pytest.mark.parametrize(
    "unit",
    [
        "<a",
        "<!--",
        "<![CDATA[",
        '<a b="',
        "<a =  ",
        "<svg>",
        "<h1><br><p>",
        "<div hidden>",
        "<script></script <",
        "<title><",
        "<",
        "&#",
    ],
)
def test_twenty_megabytes_of_broken_markup_end_in_bounded_time(unit: str) -> None:
    """Quadratic time would take hours: the suite's time limit would end it."""
    page = "<html>" + unit * ((MAX_BYTES - 6) // len(unit))
    with pytest.raises(UserError) as caught:
        normalize(SummaryRequest(text=page))
    assert caught.value.code == "E1007"


@given(
    st.lists(
        st.sampled_from(["<", ">", "/", "!", "--", '"', "'", "=", "a", " ", "\n", "p", "svg", "script", "&", "#9;"])
    )
)
def test_any_markup_ends_in_text_or_a_refusal(parts: list[str]) -> None:
    try:
        assert text_of("".join(parts))
    except UserError as error:
        assert error.code == "E1007"
