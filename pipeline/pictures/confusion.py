"""The errors of a confusion matrix become a picture: which class is taken for which."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pipeline.pictures.style import (
    FAINT,
    FEWEST,
    new_figure,
    printable,
    save_picture,
    set_title,
    text_colour,
    visual_language,
    weight_scale,
)

CELL = 0.36  # inches
MOST = 60
"""Classes; the picture grows with their square."""


def draw_confusion(
    path: Path,
    confusion: Int[np.ndarray, "actual predicted"],
    classes: tuple[str, ...],
    title: str,
    counted: str,
) -> None:
    """Rows are the right classes, most frequent first; numbers are counts of errors.

    Colour is an error's share of its row, from 0 to the largest; right answers, on the diagonal,
    are grey without a number. A row of fewer than FEWEST has counts and no colour. Classes that
    occur in neither axis are left out, and of many all but the first MOST. `counted` are the
    positions: "words".
    """
    support = confusion.sum(axis=1)
    all_of_them, all_errors = int(support.sum()), int(support.sum() - confusion.trace())
    order = np.argsort(-support, kind="stable")
    occurring = order[(support + confusion.sum(axis=0))[order] > 0]
    order = occurring[:MOST]
    errors = confusion[np.ix_(order, order)].copy()
    np.fill_diagonal(errors, 0)
    support = support[order]
    shares = np.where(support >= FEWEST, 1, 0)[:, None] * errors / np.maximum(support, 1)[:, None]
    side = max(2.4, CELL * len(order))
    with visual_language(classes):
        figure = new_figure(side + 2.0, side + 1.7)
        axes = figure.add_subplot()
        most = float(shares.max()) or 1.0
        image = axes.imshow(shares, cmap=weight_scale(), vmin=0, vmax=most)
        _label_axes(axes, [printable(classes[i]) for i in order], support, counted)
        _write_counts(axes, errors, shares / most)
        bar = figure.colorbar(image, ax=axes, shrink=0.5, aspect=18, pad=0.02)
        bar.set_label(f"share of the actual class, 0 to {most:.3g}")
        bar.ax.tick_params(length=0)
        bar.outline.set_visible(False)
        told = _told(all_errors, all_of_them, support, counted)
        more = f"\nthe first {MOST} of {len(occurring):,} classes; confusion.csv has all"
        set_title(axes, title, told + more * (len(occurring) > MOST))
        save_picture(figure, path)


def _told(errors: int, all_of_them: int, support: Int[np.ndarray, "class"], counted: str) -> str:
    few = f"; no colour in a row of fewer than {FEWEST}" * bool((support < FEWEST).any())
    return (
        f"{errors:,} errors of {all_of_them:,} {counted}; the most frequent class first\n"
        f"right answers are not shown (grey cells){few}"
    )


def _label_axes(
    axes: Axes, names: list[str], support: Int[np.ndarray, "class"], counted: str
) -> None:
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), [f"{n}  {s:,}" for n, s in zip(names, support, strict=True)])
    axes.set_xlabel("predicted")
    axes.set_ylabel(f"actual, with its {counted}")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="#eeeeee", linewidth=0.6)
    axes.tick_params(which="minor", length=0)


def _write_counts(
    axes: Axes,
    errors: Int[np.ndarray, "actual predicted"],
    of_the_scale: Float[np.ndarray, "actual predicted"],
) -> None:
    for place in range(len(errors)):
        axes.add_patch(Rectangle((place - 0.5, place - 0.5), 1, 1, color=FAINT, linewidth=0))
    for row, column in zip(*np.nonzero(errors), strict=True):
        axes.text(
            column, row, f"{errors[row, column]}", ha="center", va="center", fontsize=6.5,
            color=text_colour(of_the_scale[row, column]),
        )  # fmt: skip
