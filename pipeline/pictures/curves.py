"""The histories of several trainings become one picture: loss and accuracy by epoch."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipeline.pictures.style import (
    KINDS,
    new_figure,
    printable,
    save_picture,
    set_title,
    visual_language,
)

History = Mapping[str, Sequence[float | int]]
LONGEST_NAME = 40
LINE = 0.2
"""Inches of a run's line in the legend."""


def draw_curves(path: Path, histories: Mapping[str, History]) -> None:
    """Two panels: loss and accuracy; each run has a colour and a shape, training is dashed.

    `histories` has, by the run's name, the columns epoch, train_loss, train_accuracy,
    validation_loss and validation_accuracy; at most as many runs as `KINDS`.
    """
    with visual_language(histories):
        save_picture(curves_figure(histories), path)


def curves_figure(histories: Mapping[str, History]) -> Figure:
    """The picture, not written yet."""
    figure = new_figure(8.6, 3.4 + LINE * len(histories))
    panels = figure.subplots(1, 2)
    for axes, measure, label in zip(
        panels, ("loss", "accuracy"), ("loss, nats", "accuracy"), strict=True
    ):
        for kind, (name, history) in zip(KINDS, histories.items(), strict=False):
            text = f"{printable(name, LONGEST_NAME)}{_lowest(history)}"
            _draw_run(axes, history, measure, kind, text)
        axes.set_ylabel(label)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        axes.grid(axis="y")
        axes.set_axisbelow(True)
    set_title(panels[0], "Training", "solid: validation; dashed: training")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left")
    return figure


def _draw_run(axes: Axes, history: History, measure: str, kind: tuple[str, str], text: str) -> None:
    colour, shape = kind
    epochs = history["epoch"]
    axes.plot(epochs, history[f"train_{measure}"], "--", color=colour, linewidth=1, alpha=0.7)
    axes.plot(
        epochs, history[f"validation_{measure}"], f"{shape}-", color=colour, markersize=4,
        label=text, clip_on=False,
    )  # fmt: skip


def _lowest(history: History) -> str:
    """What the legend says of a run; nothing where validation has no loss."""
    losses = np.array(history["validation_loss"], dtype=float)
    if np.isnan(losses).all():
        return ""
    best = int(np.nanargmin(losses))
    return f": lowest validation loss {losses[best]:.3f} at epoch {history['epoch'][best]:.0f}"
