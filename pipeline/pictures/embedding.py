"""Two coordinates a token become a map: which tokens have similar vectors?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from pipeline.pictures.style import (
    GREY,
    KINDS,
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
OTHER = "other"


def draw_embedding_map(
    path: Path,
    xy: Float[np.ndarray, "word 2"],
    words: Sequence[str],
    groups: Sequence[str] | None,
    title: str,
    detail: str,
) -> None:
    """A point a token (`words`), in the colour and shape of its group, named where there is room.

    The earlier ones are named first: give the most frequent first. The groups with most tokens
    have a colour and a shape each, as many as there are KINDS; the others are grey.
    """
    kinds = _kinds(groups or ())
    own = [kinds.get(group, (GREY, ".")) for group in groups or [""] * len(words)]
    with visual_language([*words, *kinds]):
        figure = new_figure(8.2, 6.6)
        axes = figure.add_subplot()
        for kind in dict.fromkeys(own):
            _draw_kind(axes, xy[[one == kind for one in own]], kind)
        if groups is not None:
            _draw_legend(axes, kinds, groups)
        axes.set(xlabel="first principal component", ylabel="second principal component")
        axes.margins(0.06)
        set_title(axes, title, detail)
        figure.draw_without_rendering()  # the layout must stand before labels are measured
        figure.set_layout_engine("none")
        _name_points(axes, xy, [printable(word) for word in words], [colour for colour, _ in own])
        save_picture(figure, path)


def _kinds(groups: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and shape of the groups with most tokens, of equals the first by its name."""
    count = {group: list(groups).count(group) for group in sorted(set(groups))}
    most = sorted(count, key=lambda group: -count[group])
    return dict(zip(most, KINDS, strict=False))


def _draw_kind(axes: Axes, xy: Float[np.ndarray, "word 2"], kind: tuple[str, str]) -> None:
    colour, shape = kind
    axes.scatter(xy[:, 0], xy[:, 1], s=22, c=colour, marker=shape, linewidths=0)


def _draw_legend(axes: Axes, kinds: dict[str, tuple[str, str]], groups: Sequence[str]) -> None:
    """Each group's sign and how many words it has."""
    rows = [(printable(name), *kind, groups.count(name)) for name, kind in kinds.items()]
    left = len(groups) - sum(count for *_, count in rows)
    if left:
        rows.append((OTHER, GREY, ".", left))
    for name, colour, shape, count in rows:
        axes.plot([], [], shape, color=colour, markeredgewidth=0, label=f"{name}  {count}")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)


def _name_points(
    axes: Axes,
    xy: Float[np.ndarray, "word 2"],
    words: Sequence[str],
    colours: Sequence[str],
) -> None:
    """Name each point on the first side where the name hides no other name and no point."""
    points = axes.transData.transform(xy)
    reach = 0.025 * axes.figure.dpi
    taken = np.hstack([points - reach, points + reach])
    for place, word, colour in zip(xy, words, colours, strict=True):
        for offset, horizontal, vertical in BESIDE:
            label = axes.annotate(
                word, place, offset, textcoords="offset points", ha=horizontal, va=vertical,
                fontsize=7, color=darker(colour),
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
