"""Two coordinates a token become a map: which tokens have similar vectors?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from pipeline.pictures.style import (
    GREY,
    darker,
    new_figure,
    printable,
    save_picture,
    set_title,
    visual_language,
)

# Where a label may stand beside its point: offset in points, and how it is aligned.
BESIDE = (
    ((4, 0), "left", "center"),
    ((-4, 0), "right", "center"),
    ((0, 4), "center", "bottom"),
    ((0, -4), "center", "top"),
)


def draw_embedding_map(
    path: Path,
    xy: Float[np.ndarray, "word 2"],
    words: Sequence[str],
    title: str,
) -> None:
    """A point a token (`words`) at its first two principal components, named where there is room.

    The earlier ones are named first: give the most frequent first.
    """
    with visual_language(words):
        figure = new_figure(8.2, 6.6)
        axes = figure.add_subplot()
        axes.scatter(xy[:, 0], xy[:, 1], s=12, c=GREY, linewidths=0)
        axes.set(xlabel="first principal component", ylabel="second principal component")
        axes.margins(0.06)
        set_title(axes, title, f"{len(words):,} words; a word is named where there is room")
        figure.draw_without_rendering()  # the layout must stand before labels are measured
        figure.set_layout_engine("none")
        _name_points(axes, xy, [printable(word) for word in words])
        save_picture(figure, path)


def _name_points(axes: Axes, xy: Float[np.ndarray, "word 2"], words: Sequence[str]) -> None:
    """Name each point on the first side where the name hides no other name and no point."""
    points = axes.transData.transform(xy)
    reach = 0.025 * axes.figure.dpi
    taken = np.hstack([points - reach, points + reach])
    for place, word in zip(xy, words, strict=True):
        for offset, horizontal, vertical in BESIDE:
            label = axes.annotate(
                word, place, offset, textcoords="offset points", ha=horizontal, va=vertical,
                fontsize=7, color=darker(GREY),
            )  # fmt: skip
            box = label.get_window_extent().padded(reach)
            if _is_free(box, taken) and _is_inside(box, axes):
                taken = np.vstack([taken, box.extents])
                break
            label.remove()


def _is_free(box: Bbox, taken: Float[np.ndarray, "box 4"]) -> bool:
    left, bottom, right, top = taken.T
    hits = (left < box.x1) & (right > box.x0) & (bottom < box.y1) & (top > box.y0)
    return not bool(hits.any())


def _is_inside(box: Bbox, axes: Axes) -> bool:
    frame = axes.get_window_extent()
    is_beside = frame.x0 < box.x0 and box.x1 < frame.x1
    return bool(is_beside and frame.y0 < box.y0 and box.y1 < frame.y1)
