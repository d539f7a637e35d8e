"""Measured comparisons and curves become pictures: which goals are met, and how cost grows."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from benchmarks.measure import Measured, Verdict
from pipeline.evidence.pictures.style import (
    BLUE,
    EDGE,
    GREY,
    GROUP_COLOURS,
    INK,
    ORANGE,
    darker,
    new_figure,
    save_picture,
    set_title,
    visual_language,
)

MARKERS = "osD^vPX"
TIMES = "\N{MULTIPLICATION SIGN}"
LOOKS: dict[Verdict, tuple[str, str, str, str]] = {
    "yes": ("o", BLUE, BLUE, "goal met"),
    "no": ("X", ORANGE, ORANGE, "goal missed"),
    "does not count": ("D", GREY, "white", "does not count"),
    "no goal": ("o", INK, "white", "no goal"),
}
"""Marker, its edge, its inside, and what it says."""
GOOD = "#dcebf5"
DIRECTIONS = {
    True: ("More is better", "times the peer's tokens a second"),
    False: ("Less is better", "times the peer's time or memory"),
}
COARSE = [digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5)]
FINE = [*np.arange(0.1, 1, 0.1).round(1), 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]
LABEL_GAP = 0.085
"""Between the names at the ends of lines, in heights of the panel."""


@dataclass(frozen=True)
class Curve:
    """How something grows: one panel, lines by name over the same places."""

    title: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    lines: dict[str, tuple[float | None, ...]]
    """A value for each x; None where nothing was measured."""
    note: str
    is_log_x: bool
    is_log_y: bool


def number(value: float, digits: int = 3) -> str:
    """As many significant digits as a measurement bears, no exponent: 74,100, 1.15, 0.0312."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    rounded = float(f"{value:.{digits - 1}e}")
    places = digits - 1 - math.floor(math.log10(abs(rounded)))
    return f"{rounded:,.{max(places, 0)}f}"


def ratio_text(measured: Measured) -> str:
    """The median ratio, with as many digits more as it needs to stand on its side of the goal."""
    ratio, goal = measured.median, measured.goal
    for digits in range(3, 17):
        text = number(ratio, digits)
        if goal is None or goal.met(float(text.replace(",", ""))) == goal.met(ratio):
            break
    return text


def draw_goals(path: Path, comparisons: Sequence[Measured]) -> None:
    """A row a comparison: the median ratio, its spread, and the band in which the goal is met.

    Ratios of which more is better, and of which less is, stand in panels of their own.
    """
    panels = [
        (is_more, [it for it in comparisons if it.more_is_better == is_more])
        for is_more in DIRECTIONS
    ]
    panels = [(is_more, rows) for is_more, rows in panels if rows]
    heights = [len(rows) + 1.6 for _, rows in panels]
    with visual_language():
        figure = new_figure(9.6, 0.42 * sum(heights) + 0.5)
        all_axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, (is_more, rows) in zip(all_axes, panels, strict=True):
            _draw_ratios(axes, rows, *DIRECTIONS[is_more])
        verdicts = [verdict for verdict in LOOKS if verdict in {it.verdict for it in comparisons}]
        figure.legend(handles=_legend(verdicts), loc="outside lower center", ncols=6)
        save_picture(figure, path)


def draw_curves(path: Path, curves: Sequence[Curve]) -> None:
    """Small multiples, two beside each other."""
    columns = min(2, len(curves))
    rows = math.ceil(len(curves) / columns)
    with visual_language():
        figure = new_figure(4.9 * columns, 3.3 * rows)
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)  # type: ignore[union-attr]
        places = figure.subplots(rows, columns, squeeze=False).flat
        for curve, axes in zip(curves, places, strict=False):
            _draw_curve(axes, curve)
        for axes in places:  # what the last row has left over
            axes.set_visible(False)
        save_picture(figure, path)


def _draw_ratios(axes: Axes, rows: Sequence[Measured], title: str, label: str) -> None:
    low, high = _limits(rows)
    axes.set_xscale("log")
    axes.set(xlim=(low, high), ylim=(len(rows) - 0.4, -0.6), xlabel=label)
    axes.axvline(1, color=EDGE, linewidth=1)
    for place, measured in enumerate(rows):
        if measured.goal is not None:
            bound = measured.goal.bound
            end = high if measured.goal.more_is_better else low
            axes.barh(place, end - bound, left=bound, height=0.62, color=GOOD, zorder=0)
            axes.vlines(bound, place - 0.31, place + 0.31, color=INK, linewidth=1.6)
        _draw_ratio(axes, place, measured)
    axes.set_yticks(range(len(rows)), [_row_name(row.name) for row in rows], fontsize=9)
    axes.xaxis.set_major_locator(FixedLocator(COARSE if high / low > 12 else FINE))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}{TIMES}"))
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    set_title(axes, title)


def _draw_ratio(axes: Axes, place: int, measured: Measured) -> None:
    """Dot and spread, and at the right edge both in figures."""
    marker, edge, inside, _ = LOOKS[measured.verdict]
    axes.plot(measured.spread, (place, place), "|-", color=edge, linewidth=2, markersize=9)
    axes.plot(measured.median, place, marker, color=edge, markerfacecolor=inside, markersize=7)
    lowest, highest = map(number, measured.spread)
    for text, offset, style in (
        (ratio_text(measured), 10, {"fontweight": "bold", "color": darker(edge)}),
        (f"{lowest} to {highest}", 52, {"color": GREY}),
        ("no goal" if measured.goal is None else f"goal {measured.goal}", 128, {}),
    ):
        axes.annotate(
            text, (1, place), (offset, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", va="center", fontsize=8.5, **style,
        )  # fmt: skip


def _row_name(name: str) -> str:
    """At most 46 letters a line, and without what marks code in the report."""
    return textwrap.fill(name.replace("`", ""), 46)


def _limits(rows: Sequence[Measured]) -> tuple[float, float]:
    """From the lowest to the highest of what is drawn, 1 included, and some air."""
    drawn = [1.0, *(end for row in rows for end in row.spread)]
    drawn += [row.goal.bound for row in rows if row.goal is not None]
    low, high = min(drawn), max(drawn)
    air = (high / low) ** 0.08 * 1.03
    return low / air, high * air


def _legend(verdicts: Sequence[Verdict]) -> list[Line2D | Patch]:
    shown: list[Line2D | Patch] = []
    for verdict in verdicts:
        marker, edge, inside, label = LOOKS[verdict]
        shown.append(Line2D([], [], marker=marker, color=edge, markerfacecolor=inside, label=label))
    return [*shown, Patch(color=GOOD, label="where the goal is met")]


def _draw_curve(axes: Axes, curve: Curve) -> None:
    axes.set_xscale("log" if curve.is_log_x else "linear")
    axes.set_yscale("log" if curve.is_log_y else "linear")
    for place, values in enumerate(curve.lines.values()):
        measured = [math.nan if value is None else value for value in values]
        colour, marker = _look(place)
        axes.plot(curve.x, measured, marker=marker, markersize=4.5, color=colour)
    axes.xaxis.set_major_locator(FixedLocator(curve.x))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set(xlabel=curve.x_label, ylabel=curve.y_label)
    if curve.is_log_y:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(bottom=0)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    if len(curve.lines) > 1:
        _name_lines(axes, curve)
    set_title(axes, curve.title, curve.note)


def _name_lines(axes: Axes, curve: Curve) -> None:
    """Each line's name where it ends, moved apart where they would overlap."""
    axes.autoscale_view()  # else the heights below are those of an empty panel
    ends = []
    for place, (name, values) in enumerate(curve.lines.items()):
        x, y = [pair for pair in zip(curve.x, values, strict=True) if pair[1] is not None][-1]
        height = axes.transLimits.transform(axes.transScale.transform((x, y)))[1]
        ends.append((height, place, name))
    lowest = -math.inf
    for height, place, name in sorted(ends):
        lowest = max(height, lowest + LABEL_GAP)
        colour, marker = _look(place)
        axes.plot(1.03, lowest, marker, markersize=4.5, color=colour, transform=axes.transAxes,
                  clip_on=False)  # fmt: skip
        axes.annotate(
            name, (1.03, lowest), (6, 0), xycoords="axes fraction",
            textcoords="offset points", va="center", fontsize=8, color=darker(colour),
        )  # fmt: skip


def _look(place: int) -> tuple[str, str]:
    """Colour and marker of a panel's line."""
    return GROUP_COLOURS[place % len(GROUP_COLOURS)], MARKERS[place % len(MARKERS)]
