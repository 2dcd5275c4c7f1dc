"""Figures that a page raises, lowers or stacks are the same numbers in its text."""

import re

import pytest

from contract.request import MAX_BYTES
from normalizers.documents import formulas


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("10<sup>6</sup> cells", "10⁶ cells"),
        ("10<sup>&minus;3</sup> mol", "10⁻³ mol"),
        ("5 m<sup>2</sup>", "5 m²"),
        ("x<sup>n+1</sup>", "x^(n+1)"),
        ("Ca<sup>2+</sup> and x<sup>k</sup>", "Ca²⁺ and x^k"),
        ("3<sup>1</sup>&frasl;<sub>2</sub> cups", "3 1/2 cups"),
        ("$19<sup>99</sup>", "$19.99"),
        ("1<sup>st</sup> of May", "1st of May"),
        ("in 2020<sup><a href=#n1>1</a></sup>", "in 2020[1]"),
        ("the quay<sup>3</sup> is", "the quay[3] is"),
        ("in 2020.<sup class=reference><a href=#c>[12]</a></sup>", "in 2020.<a href=#c>[12]</a>"),
        ("CO<sub>2</sub> and x", "CO2 and x"),
        ("log<sub>2</sub>8", "log₂8"),
        ("1011<sub>2</sub>", "1011₂"),
        ("10<span style='font-size:8px; vertical-align:super'>9</span> bytes", "10<span>⁹</span> bytes"),
    ],
)
def test_a_raised_or_lowered_figure_does_not_join_the_number_before_it(markup: str, text: str) -> None:
    assert _without_styles(formulas.on_one_line(markup)) == text


def _without_styles(markup: str) -> str:
    return re.sub(r" style='[^']*'", "", markup)


HALF = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (f"Use <math>{HALF}</math> of it", "Use 1/2 of it"),
        (f"Use 3<math>{HALF}</math>of it", "Use 3 1/2 of it"),
        (f"<math><mn>3</mn>{HALF}</math>", "3 1/2"),
        ("<mml:math><mml:mfrac><mml:mn>3</mml:mn><mml:mn>4</mml:mn></mml:mfrac></mml:math>", "3/4"),
        ("<math><mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup></math>", "E = mc²"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>", "(a+b)/2"),
        ("<math><mfrac><mn>1</mn><mrow><mn>2</mn><mi>a</mi></mrow></mfrac></math>", "1/(2a)"),
        ("<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>", "x_1²"),
        ("<math><msqrt><mi>a</mi><mo>&lt;</mo><mn>2</mn></msqrt></math>", "\u221a(a &lt; 2)"),
        ("<math><semantics><mn>7</mn><annotation>\\seven</annotation></semantics></math>", "7"),
        ("<math><semantics><annotation>x^2</annotation></semantics></math>", "x^2"),
        ("<math><mrow><mn>1</mn>", "<math><mrow><mn>1</mn>"),
    ],
)
def test_a_formula_is_written_on_one_line(markup: str, text: str) -> None:
    assert formulas.on_one_line(markup) == text


@pytest.mark.parametrize("unit", ["<math>", "<sup>", "<sup", "<math><mfrac></math>"])
def test_a_page_of_broken_formulas_ends_in_bounded_time(unit: str) -> None:
    """Quadratic time would take hours: the suite's time limit would end it."""
    page = unit * (MAX_BYTES // 20 // len(unit))
    assert len(formulas.on_one_line(page)) <= len(page)
