"""Scores of each class become a picture: which classes are found?"""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from pipeline.evaluation.scores import ClassScores
from pipeline.pictures.style import (
    FEWEST,
    GREEN,
    ORANGE,
    new_figure,
    printable,
    save_picture,
    set_title,
    visual_language,
)

PALE_BLUE = "#A9CFE8"
MOST = 100
"""Classes in one picture."""


def draw_classes(
    path: Path, found: ClassScores, classes: tuple[str, ...], title: str, counted: str
) -> None:
    """A bar of F1 for each class that occurs, most frequent first, with precision and recall.

    `counted` are the positions: "words"; a class with fewer than FEWEST has no bar. Of many classes
    the first MOST are shown.
    """
    order = np.argsort(-found.support, kind="stable")
    occurring = order[found.support[order] > 0]
    order = occurring[:MOST]
    with visual_language(classes):
        figure = new_figure(5.6, 1.3 + 0.27 * len(order))
        axes = figure.add_subplot()
        _draw_bars(axes, found, order)
        names = [f"{printable(classes[i])}  {found.support[i]:,}" for i in order]
        axes.set_yticks(range(len(order)), names)
        axes.set(
            xlim=(0, 1),
            ylim=(len(order) - 0.5, -0.5),
            xlabel="share, 0 to 1",
            ylabel=f"class, with its {counted}",
        )
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.99), ncols=3, borderaxespad=0.2)
        few = (found.support[order] < FEWEST).any()
        details = {
            f"a class with fewer than {FEWEST} {counted} has no bar": few,
            f"the first {MOST} of {len(occurring):,}; classes.csv has all": len(occurring) > MOST,
        }
        told = "; ".join(detail for detail, is_so in details.items() if is_so)
        set_title(axes, title, f"{told}\n ")
        save_picture(figure, path)


def _draw_bars(axes: Axes, found: ClassScores, order: np.ndarray) -> None:
    axes.barh(range(len(order)), [1] * len(order), 0.66, color="#f2f2f2")
    is_told = found.support[order] >= FEWEST
    order, places = order[is_told], np.flatnonzero(is_told)
    axes.barh(places, found.f1[order], 0.66, color=PALE_BLUE, label="F1")
    for place, f1 in zip(places, found.f1[order], strict=True):
        axes.annotate(f"{f1:.3f}", (1, place), (5, 0), textcoords="offset points",
                      va="center", fontsize=8, annotation_clip=False)  # fmt: skip
    for values, colour, shape, name in (
        (found.precision, ORANGE, "^", "precision"),
        (found.recall, GREEN, "o", "recall"),
    ):
        axes.plot(values[order], places, shape, color=colour, markersize=5.5, linestyle="none",
                  label=name, clip_on=False)  # fmt: skip
