"""A training's history becomes a picture: loss and accuracy by epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline.pictures.style import (
    BLUE,
    ORANGE,
    new_figure,
    save_picture,
    set_title,
    visual_language,
)

LEAST_TOP = 1e-3
"""Of the axis of losses, in nats: all of them may be 0."""


def draw_history(
    path: Path, history: Mapping[str, Sequence[float | int]], unit: str, title: str
) -> None:
    """Two panels: loss and accuracy, training (orange triangles) and validation (blue circles).

    `history` has the columns epoch, train_loss, train_accuracy, validation_loss and
    validation_accuracy. `unit` is what a loss is counted for: word, token.
    """
    with visual_language():
        figure = new_figure(7.6, 3.3)
        loss, accuracy = figure.subplots(1, 2)
        _draw_panel(loss, history, "loss")
        _draw_panel(accuracy, history, "accuracy")
        loss.set_ylabel(f"loss, nats per {unit}")
        highest = np.nanmax([*history["train_loss"], *history["validation_loss"], LEAST_TOP])
        loss.set_ylim(0, 1.2 * highest)
        accuracy.set_ylabel("accuracy")
        set_title(loss, title, _lowest(history))
        save_picture(figure, path)


def _draw_panel(axes: Axes, history: Mapping[str, Sequence[float | int]], measure: str) -> None:
    for split, colour, shape in (("train", ORANGE, "^"), ("validation", BLUE, "o")):
        values = history[f"{split}_{measure}"]
        if np.isnan(values[-1]):  # nothing of that split could be measured
            continue
        axes.plot(history["epoch"], values, f"{shape}-", color=colour, markersize=4, clip_on=False)
        other = history[f"{'train' if split == 'validation' else 'validation'}_{measure}"]
        side = "bottom" if values[-1] > other[-1] else "top"  # so that two ends do not overlap
        axes.annotate(
            f"{split}\n{values[-1]:.3f}", (history["epoch"][-1], values[-1]), (6, 0),
            textcoords="offset points", va=side, fontsize=8, color=colour,
        )  # fmt: skip
    if len(history["epoch"]) == 1:  # nothing that a scale could be taken from
        axes.set_xticks(history["epoch"])
        axes.margins(y=0.5)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
    axes.set_xlabel("epoch")
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def _lowest(history: Mapping[str, Sequence[float | int]]) -> str:
    """Which epoch has the lowest validation loss."""
    if np.isnan(history["validation_loss"][-1]):
        return "no loss could be measured on validation"
    best = int(np.argmin(history["validation_loss"]))
    return (
        f"lowest validation loss {history['validation_loss'][best]:.3f} "
        f"at epoch {history['epoch'][best]:.0f}"
    )
