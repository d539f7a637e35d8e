"""The greedy pruning of heads becomes a picture: how many does the model need?"""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline.pictures.style import (
    BLUE,
    new_figure,
    save_picture,
    set_title,
    visual_language,
)
from pipeline.study.interventions.ablation import Pruning

NAMED = 8
"""Up to so many heads, each step is named."""
LABELLED = 6
"""Up to so many, each step's number stands beside it; of more, those of the ends."""


def draw_pruning(path: Path, pruning: Pruning) -> None:
    """Two panels, loss and accuracy on validation by the number of heads that are removed."""
    whole, steps = pruning.whole, pruning.steps
    loss, accuracy = whole.sums.means
    losses = loss + np.array([0.0, *(step.changed.loss for step in steps)])
    accuracies = accuracy + np.array([0.0, *(step.changed.accuracy for step in steps)])
    names = ["none", *(f"{step.layer + 1}.{step.head + 1}" for step in steps)]
    with visual_language():
        figure = new_figure(7.6, 3.3)
        left, right = figure.subplots(1, 2)
        _draw_panel(left, losses, names)
        _draw_panel(right, accuracies, names)
        left.set(ylabel="loss, nats per target", ylim=(0, 1.08 * max(losses.max(), 1e-3)))
        right.set(ylabel="accuracy", ylim=(0, 1.08))
        set_title(
            left, "Removing one head after another", "the least important one is removed first"
        )
        save_picture(figure, path)


def _draw_panel(axes: Axes, values: np.ndarray, names: list[str]) -> None:
    places = np.arange(len(values))
    axes.plot(places, values, "o-", color=BLUE, markersize=3.5, clip_on=False)
    axes.margins(x=0.07)
    for place in places if len(places) <= LABELLED + 1 else (0, places[-1]):
        rises = values[min(place + 1, len(values) - 1)] > values[place]  # the line is in the way
        axes.annotate(f"{values[place]:.3f}", (place, values[place]), (0, -14 if rises else 7),
                      textcoords="offset points", ha="center", fontsize=8, color=BLUE)  # fmt: skip
    if len(places) <= NAMED + 1:
        axes.set_xticks(places, names)
        axes.set_xlabel("head removed at this step (layer.head)")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("heads removed")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
