"""A confusion matrix becomes a picture: which class is taken for which."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes

from pipeline.pictures.style import (
    new_figure,
    printable,
    save_picture,
    set_title,
    text_colour,
    visual_language,
    weight_scale,
)

SHOWN_SHARE = 0.005  # smaller shares of a row get no number: they would hide the others
CELL = 0.36  # inches


def draw_confusion(
    path: Path,
    confusion: Int[np.ndarray, "actual predicted"],
    classes: tuple[str, ...],
    title: str,
    counted: str,
) -> None:
    """Rows are the right classes, most frequent first; colour is the share of the row, 0 to 1.

    Numbers are counts, in cells with 0.5 % of their row or more. Classes that occur in neither
    axis are left out. `counted` are the positions: "words".
    """
    support = confusion.sum(axis=1)
    order = np.argsort(-support, kind="stable")
    order = order[(support + confusion.sum(axis=0))[order] > 0]
    counts = confusion[np.ix_(order, order)]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = max(2.4, CELL * len(order))
    with visual_language(classes):
        figure = new_figure(side + 2.0, side + 1.5)
        axes = figure.add_subplot()
        image = axes.imshow(shares, cmap=weight_scale(), vmin=0, vmax=1)
        _label_axes(axes, [printable(classes[i]) for i in order], support[order], counted)
        _write_counts(axes, counts, shares)
        bar = figure.colorbar(image, ax=axes, shrink=0.5, aspect=18, pad=0.02)
        bar.set_label("share of the actual class")
        bar.ax.tick_params(length=0)
        bar.outline.set_visible(False)
        set_title(axes, title, f"{counts.sum():,} {counted}; most frequent class first")
        save_picture(figure, path)


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
    counts: Int[np.ndarray, "actual predicted"],
    shares: Float[np.ndarray, "actual predicted"],
) -> None:
    for row, column in zip(*np.nonzero(shares >= SHOWN_SHARE), strict=True):
        axes.text(
            column, row, f"{counts[row, column]}", ha="center", va="center", fontsize=6.5,
            color=text_colour(shares[row, column]),
        )  # fmt: skip
