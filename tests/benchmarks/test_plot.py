"""A picture says what it was given: higher stands higher, and every value can be read."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from benchmarks.plot import HEIGHT, WIDTH, Panel, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(panel: Panel) -> ElementTree.Element:
    return ElementTree.fromstring(svg([panel], across="clients", below="a <machine> & more"))  # noqa: S314 (ours)


def places(panel: Panel) -> list[tuple[float, float]]:
    return [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in drawn(panel).iter(f"{SVG}circle")]


@pytest.mark.parametrize("logarithmic", [False, True])
def test_points_stand_in_order_and_within_the_axes(logarithmic: bool) -> None:
    line = [(1.0, 0.4), (8.0, 30.0), (16.0, 55.0), (32.0, 270.0)]
    found = places(Panel("title", {"one": line}, logarithmic))
    assert found == sorted(found)
    assert [y for _, y in found] == sorted((y for _, y in found), reverse=True)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in found)


def test_twice_as_much_stands_twice_as_high_and_ten_times_one_step_higher() -> None:
    low, high = (HEIGHT - y for _, y in places(Panel("title", {"one": [(1.0, 20.0), (2.0, 40.0)]})))
    assert high == pytest.approx(2 * low, abs=0.2)
    one, ten, hundred = (y for _, y in places(Panel("title", {"one": [(1.0, 2.0), (2.0, 20.0), (3.0, 200.0)]}, True)))
    assert one - ten == pytest.approx(ten - hundred, abs=0.2)


@pytest.mark.parametrize(("least", "most"), [(0.03, 0.9), (1, 1), (3, 10), (7, 66), (99, 1000)])
@pytest.mark.parametrize("logarithmic", [False, True])
def test_ticks_are_few_and_reach_over_all_points(least: float, most: float, logarithmic: bool) -> None:
    ticks = Panel("title", {"one": [(1.0, least), (2.0, most)]}, logarithmic).ticks()
    assert ticks == sorted(ticks)
    assert 2 <= len(ticks) <= 8
    assert (ticks[0] <= least if logarithmic else ticks[0] == 0) and most <= ticks[-1]


def test_names_values_and_what_was_measured_on_can_be_read() -> None:
    lines = {"ours": [(1.0, 14.6), (8.0, 50.3)], "theirs": [(1.0, 7.25), (8.0, 7.2)]}
    texts = [text.text or "" for text in drawn(Panel("a minute", lines)).iter(f"{SVG}text")]
    for wanted in ("a minute", "ours", "theirs", "clients", "15", "50", "7.2", "8", "a <machine> & more"):
        assert wanted in texts
    assert len(set(re.findall(r'stroke="(#\w+)" stroke-width', svg([Panel("a", lines)], "", "")))) == 2
