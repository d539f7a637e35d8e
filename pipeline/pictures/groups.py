"""Accuracies by group become a picture: where is the model right, and how sure is that?"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.evaluation.breakdown import GroupAccuracy
from pipeline.pictures.style import (
    BLUE,
    FEWEST,
    new_figure,
    printable,
    save_picture,
    set_title,
    visual_language,
)

MOST = 30
"""Groups in one picture."""


def draw_groups(
    path: Path, groups: Sequence[GroupAccuracy], level: float, title: str, axis: str, counted: str
) -> None:
    """One point a group with its interval, and below it how many positions and sentences it is of.

    `counted` are the positions: "words"; a group of fewer than FEWEST is named and has no point.
    `axis` says what the groups are, with the unit. Of many groups the largest MOST are shown.
    """
    n_groups = len(groups)
    largest = sorted(range(n_groups), key=lambda place: -groups[place].positions)[:MOST]
    groups = [groups[place] for place in sorted(largest)]
    told = {place: one.accuracy for place, one in enumerate(groups) if one.positions >= FEWEST}
    places = list(told)
    values = [one.value for one in told.values()]
    with visual_language(group.name for group in groups):
        figure = new_figure(max(5.4, 1.5 + 0.95 * len(groups)), 3.6)
        axes = figure.add_subplot()
        low, high = [one.low for one in told.values()], [one.high for one in told.values()]
        axes.vlines(places, low, high, color=BLUE, linewidth=1.6)
        axes.plot(places, values, "o", color=BLUE, markersize=6)
        for place, value in zip(places, values, strict=True):
            axes.annotate(f"{value:.3f}", (place, value), (7, 0), textcoords="offset points",
                          va="center", fontsize=8)  # fmt: skip
        axes.set_xticks(range(len(groups)), [_label(group, counted) for group in groups])
        axes.tick_params(axis="x", length=0)
        axes.set(xlabel=axis, ylabel="accuracy", xlim=(-0.5, len(groups) - 0.3))
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        few = f"; a group of fewer than {FEWEST} {counted} has no point" * (len(told) < len(groups))
        more = f"; the largest {MOST} of {n_groups:,}" * (n_groups > MOST)
        set_title(axes, title, f"bars: {level:.0%} interval, by bootstrap{few}{more}")
        save_picture(figure, path)


def _label(group: GroupAccuracy, counted: str) -> str:
    counts = {counted: group.positions, "sentences": group.sentences}
    return "\n".join([printable(group.name), *(f"{n:,} {what}" for what, n in counts.items())])
