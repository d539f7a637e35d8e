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
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from benchmarks.measure import Measured, Verdict
from pipeline.pictures.style import (
    BLUE,
    EDGE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    darker,
    new_figure,
    save_picture,
    set_title,
    visual_language,
)

LINE_COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The other colours of Okabe and Ito 2008 too: a panel may have many lines."""
MARKERS = "osD^vPX"
TIMES = "\N{MULTIPLICATION SIGN}"
LOOKS: dict[Verdict, tuple[str, str, str, str]] = {
    "yes": ("o", BLUE, "full", "goal met"),
    "no": ("X", ORANGE, "full", "goal missed"),
    "does not count": ("D", GREY, "hollow", "does not count"),
    "no goal": ("o", INK, "hollow", "no goal"),
}
"""Marker, colour, inside, and what it says."""
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
        figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
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
    dot = _dot(measured.verdict)
    colour = LOOKS[measured.verdict][1]
    axes.plot(measured.spread, (place, place), "|-", color=colour, linewidth=2, markersize=13)
    dot.set_data([measured.median], [place])
    axes.add_line(dot)
    lowest, highest = map(number, measured.spread)
    for text, offset, style in (
        (ratio_text(measured), 10, {"fontweight": "bold", "color": darker(colour)}),
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


def _dot(verdict: Verdict) -> Line2D:
    """A full one has a white rim, which keeps it apart from its spread."""
    marker, colour, inside, label = LOOKS[verdict]
    rim, filling = ("white", colour) if inside == "full" else (colour, "white")
    return Line2D(
        [], [], linestyle="", marker=marker, markersize=8, zorder=3,
        markeredgecolor=rim, markerfacecolor=filling, label=label,
    )  # fmt: skip


def _legend(verdicts: Sequence[Verdict]) -> list[Line2D | Patch]:
    return [*map(_dot, verdicts), Patch(color=GOOD, label="where the goal is met")]


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
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.set_ylim(0, 1.08 * axes.dataLim.y1)
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
        last = [(x, y) for x, y in zip(curve.x, values, strict=True) if y is not None][-1]
        height = axes.transLimits.transform(axes.transScale.transform(last))[1]
        ends.append((height, place, name))
    ends.sort()
    for height, (_, place, name) in zip(_apart([end[0] for end in ends]), ends, strict=True):
        colour, marker = _look(place)
        axes.plot(1.03, height, marker, markersize=4.5, color=colour, transform=axes.transAxes,
                  clip_on=False)  # fmt: skip
        axes.annotate(
            name, (1.03, height), (6, 0), xycoords="axes fraction",
            textcoords="offset points", va="center", fontsize=8, color=darker(colour),
        )  # fmt: skip


def _apart(heights: Sequence[float]) -> list[float]:
    """Rising heights, moved up until they are LABEL_GAP apart, and down from above the panel."""
    moved: list[float] = []
    for height in heights:
        moved.append(max(height, moved[-1] + LABEL_GAP if moved else 0))
    ceiling = 1 + LABEL_GAP
    for place in reversed(range(len(moved))):
        ceiling = moved[place] = min(moved[place], ceiling - LABEL_GAP)
    return moved


def _look(place: int) -> tuple[str, str]:
    """Colour and marker of a panel's line."""
    return LINE_COLOURS[place % len(LINE_COLOURS)], MARKERS[place % len(MARKERS)]
