"""What a page shows by its tags' attributes is in its text: ticks, formulas and frames."""

import time

import pytest

from contract.document import Document
from normalizers.documents import html, tag_text


def text_of(markup: str) -> str:
    return html.normalize(Document(text=markup, media_type="text/html")).text.strip()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<ul><li><input type="checkbox" disabled checked> Valve closed</ul>', "- \u2612 Valve closed"),
        ("<ul><li data-checked=false><label><input type=checkbox></label><p>Valve</p></ul>", "- \u2610 Valve"),
        ("<table><tr><td>Paid<td><input type=checkbox checked></table>", "Paid | \u2612"),
        ("<p>Growth <img class=latex alt='r=0.03' src=f.png> a year</p>", "Growth r=0.03 a year"),
        ("<p><img src='https://latex.x.example/svg.image?x' alt='\\textstyle x &lt; 3'></p>", "\\textstyle x < 3"),
        ("<td>Solo<td><img class=emoji alt='\u2705'>", "Solo | \u2705"),
        (
            "<p>Notice</p><iframe srcdoc='<p>The lock is &quot;closed&quot;.</p>'>no frames</iframe>",
            'The lock is "closed".',
        ),
    ],
)
def test_what_a_tag_shows_stands_in_its_place(markup: str, text: str) -> None:
    assert text in " ".join(text_of(markup).split())


@pytest.mark.parametrize(
    "markup",
    [
        "<label><input type=checkbox> Remember me</label>",
        "<li><input type=text value=Kiel>",
        "<p>Photo <img src=a.jpg alt='A gull on a post'></p>",
        "<span><math><mi>r</mi></math></span><img class='mwe-math-fallback-image-inline' alt='{\\displaystyle r}'>",
        "<iframe srcdoc='<p>Pay now.</p>' style='display:none'></iframe>",
    ],
)
def test_what_asks_a_reader_or_repeats_stays_out(markup: str) -> None:
    text = text_of(f"<p>Begin</p>{markup}<p>End</p>")
    assert not any(sign in text for sign in ("\u2610", "Kiel", "gull", "displaystyle", "Pay now"))


@pytest.mark.parametrize(
    "unit", ["<input type=checkbox ", '<img class=latex alt="', "<li><p><input type=checkbox>", '<iframe srcdoc="']
)
def test_tags_made_to_delay_end_in_linear_time(unit: str) -> None:
    start = time.perf_counter()
    tag_text.written_out(unit * (100_000 // len(unit)))
    assert time.perf_counter() - start < 20
