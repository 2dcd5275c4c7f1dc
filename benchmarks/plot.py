"""Panels of lines side by side, as an SVG.

Knows: axes, ticks and where a label stands. Knows nothing about what is drawn.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 400, 250  # of a panel's lines, in pixels
LEFT, TOP, RIGHT, BOTTOM = 60, 60, 20, 80  # around them
CHARACTER = 7.5  # about the width of one
COLOURS = ("#0b57d0", "#b3261e", "#146c2e", "#7a4f01")


@dataclass(frozen=True)
class Panel:
    """A title, and for each line's name its points (x, y), y above zero."""

    title: str
    lines: Mapping[str, Sequence[tuple[float, float]]]
    logarithmic: bool = False

    @property
    def points(self) -> list[tuple[float, float]]:
        """Those of all lines."""
        return [point for line in self.lines.values() for point in line]

    def ticks(self) -> list[float]:
        """Round values of y: the first is under all points or zero, the last over all."""
        least, most = min(y for _, y in self.points), max(y for _, y in self.points)
        if self.logarithmic:
            first, last = math.floor(math.log10(least)), math.floor(math.log10(most)) + 1
            return [10.0**power for power in range(first, last + 1)]
        step = 10 ** math.floor(math.log10(most))
        step = next(part for part in (step / 5, step / 2, step, 2 * step) if 6 * part > most)
        return [step * number for number in range(math.floor(most / step) + 2)]


def svg(panels: Sequence[Panel], across: str, below: str) -> str:
    """Return a picture of the panels; `across` is what x is, `below` a line under everything."""
    wide, high = LEFT + WIDTH + RIGHT, TOP + HEIGHT + BOTTOM
    size = f'viewBox="0 0 {wide * len(panels)} {high}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12" fill="#1f1f1f">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *(
            part
            for number, panel in enumerate(panels)
            for part in (f'<g transform="translate({number * wide + LEFT} {TOP})">', *_panel(panel, across), "</g>")
        ),
        _text(LEFT, high - 12, below, font_size=10, fill="#5f6368"),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _panel(panel: Panel, across: str) -> Iterator[str]:
    ticks = panel.ticks()
    most = max(x for x, _ in panel.points)

    def place(x: float, y: float) -> tuple[float, float]:
        low, high, at = (math.log10(v) for v in (ticks[0], ticks[-1], y)) if panel.logarithmic else (0, ticks[-1], y)
        return WIDTH * x / most, HEIGHT * (high - at) / (high - low)

    yield _text(0, -32, panel.title, font_size=14, font_weight="bold")
    yield _text(WIDTH / 2, HEIGHT + 38, across, text_anchor="middle")
    for tick in ticks:
        _, y = place(0, tick)
        yield f'<path d="M0 {y:.1f}H{WIDTH}" stroke="#dadce0"/>'
        yield _text(-8, y + 4, f"{tick:g}", text_anchor="end")
    for x in sorted({x for x, _ in panel.points}):
        yield _text(place(x, ticks[-1])[0], HEIGHT + 18, f"{x:g}", text_anchor="middle")
    highest = max(panel.lines.values(), key=lambda line: line[-1][1])
    key = 0.0
    for (name, line), colour in zip(panel.lines.items(), COLOURS, strict=False):
        places = [place(*point) for point in line]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for (x, y), (_, value) in zip(places, line, strict=True):
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            yield _text(x, y - 8 if line is highest else y + 18, _short(value), text_anchor="middle", fill=colour)
        yield _text(key, -10, name, font_weight="bold", fill=colour)
        key += CHARACTER * (len(name) + 2)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _text(x: float, y: float, text: str, **attributes: object) -> str:
    named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{named}>{escape(text)}</text>'
