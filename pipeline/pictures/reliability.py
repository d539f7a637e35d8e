"""A reliability table becomes a picture: can the model's confidence be trusted?"""

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from pipeline.evaluation.calibration import Reliability
from pipeline.pictures.style import (
    BLUE,
    FEWEST,
    GREY,
    ORANGE,
    new_figure,
    save_picture,
    set_title,
    visual_language,
)


def draw_reliability(path: Path, bins: Reliability, title: str, counted: str) -> None:
    """Accuracy against confidence above, how many `counted` are in each bin below.

    Guo et al. 2017, fig. 1. Bins of fewer than FEWEST are counted below, in grey, and not drawn
    above; the expected error counts them, each by its size.
    """
    with visual_language():
        figure = new_figure(4.6, 5.4)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.2, 1])
        _draw_accuracy(above, bins)
        _draw_counts(below, bins, counted)
        few = ""
        if (bins.count < FEWEST).any():
            few = f"\nbins of fewer than {FEWEST} {counted} have no point and a grey bar"
        set_title(
            above,
            title,
            "dashed: right as often as it says; a point below it: too sure\n"
            f"mean distance (expected calibration error): {bins.expected_error:.3f}{few}",
        )
        save_picture(figure, path)


def _draw_accuracy(axes: Axes, bins: Reliability) -> None:
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
    is_told = bins.count >= FEWEST
    confidence, accuracy = bins.confidence[is_told], bins.accuracy[is_told]
    axes.vlines(confidence, confidence, accuracy, color=ORANGE, linewidth=2.2)
    axes.plot(confidence, accuracy, "o", color=BLUE, markersize=5.5, zorder=3)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.04), ylabel="accuracy of the bin")


def _draw_counts(axes: Axes, bins: Reliability, counted: str) -> None:
    centres, widths = (bins.low + bins.high) / 2, bins.high - bins.low
    colours = [BLUE if count >= FEWEST else GREY for count in bins.count]
    bars = axes.bar(centres, bins.count, widths * 0.86, color=colours)
    axes.bar_label(bars, [f"{count:,}" for count in bins.count], fontsize=6.5, padding=1)
    axes.set(xlabel="confidence", ylabel=counted, ylim=(0, bins.count.max() * 1.18))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.yaxis.set_major_formatter("{x:,.0f}")
