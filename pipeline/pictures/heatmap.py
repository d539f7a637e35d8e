"""A sentence's attention weights become a picture: a map for every layer and head."""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from pipeline.pictures.fonts import text_width
from pipeline.pictures.style import (
    DOTS_PER_INCH,
    EDGE,
    GREY,
    new_figure,
    printable,
    save_picture,
    visual_language,
    weight_scale,
)

MOST_TOKENS = 40
MOST_DOTS, MOST_PIXELS = 2**16 - 1000, 80_000_000
"""Of a side, as matplotlib draws no more, and in all, as few programs open more."""
MOST_COLUMNS = 4
TITLE_SIZE = 11  # points
LONGEST = 14  # characters of a token that are drawn
READING = "row: the token that looks; column: the token it looks at; each row sums to 1"

# Inches. A cell has room for a line of 8 points, so a label never touches the next one.
CELL, SMALLEST_MAP, LARGEST_CELL = 0.165, 1.8, 0.4
TITLE_LINE = 0.18
GAP, ABOVE_MAP, BELOW_LABELS, FOOTER = 0.18, 0.28, 0.12, 0.62
NARROWEST = 5.2


@dataclass(frozen=True)
class _Layout:
    """Where the maps lie, in inches from the top left corner."""

    columns: int
    rows_a_layer: int
    rows: int
    side: float
    labels: float
    header: float
    width: float

    @property
    def pitch(self) -> float:
        """From one row of maps to the next."""
        return ABOVE_MAP + self.side + self.labels + BELOW_LABELS

    @property
    def height(self) -> float:
        return self.header + self.rows * self.pitch + FOOTER

    def place(self, layer: int, head: int) -> tuple[float, float, float, float]:
        """Left, bottom, width, height of a map, as shares of the picture."""
        row = layer * self.rows_a_layer + head // self.columns
        left = GAP + self.labels + head % self.columns * (self.side + GAP)
        bottom = self.height - self.header - row * self.pitch - ABOVE_MAP - self.side
        return (
            left / self.width, bottom / self.height,
            self.side / self.width, self.side / self.height,
        )  # fmt: skip


def draw_heatmaps(
    path: Path,
    weights: Float[np.ndarray, "layer head query key"],
    tokens: Sequence[str],
    maximum: float,
    when: str = "",
    is_square: bool = False,
) -> None:
    """How much each token (row) attends to each token (column), in every layer and head.

    All maps share one scale, from 0 to `maximum`. `when`, such as "epoch 3", ends the title. A
    square picture has as many maps side by side as below each other, as nearly as can be.

    Raises:
        ValueError: weights and tokens do not fit, or there are no layers or over 40 tokens.
    """
    layers, heads, *size = weights.shape
    if size != [len(tokens), len(tokens)] or not weights.size:
        raise ValueError(
            f"expected weights of layers and heads over {len(tokens)} x {len(tokens)} tokens, "
            f"got shape {weights.shape}"
        )
    if len(tokens) > MOST_TOKENS:
        raise ValueError(
            f"heatmaps are drawn for sentences of up to {MOST_TOKENS} tokens, got {len(tokens)}: "
            "choose a shorter one"
        )
    names = [printable(token, LONGEST) for token in tokens]
    title = printable(" ".join(tokens), 10**6) + f" ({when})" * bool(when)
    rows = max(1, round(math.sqrt(heads / layers))) if is_square else -(-heads // MOST_COLUMNS)
    layout = _lay_out(layers, heads, rows, names, title)
    dots = dots_per_inch(layout.width, layout.height)
    with visual_language(tokens), rc_context({"figure.dpi": dots, "savefig.dpi": dots}):
        figure = new_figure(layout.width, layout.height)
        figure.set_layout_engine("none")
        for layer, head in np.ndindex(layers, heads):
            axes = figure.add_axes(layout.place(layer, head))
            axes.imshow(weights[layer, head], cmap=weight_scale(), vmin=0, vmax=maximum)
            axes.set_title(f"layer {layer + 1}, head {head + 1}", pad=4)
            _label_tokens(axes, names, is_first=head % layout.columns == 0)
        _write_header(figure, layout, title)
        _draw_scale(figure, layout, maximum)
        save_picture(figure, path)


def dots_per_inch(width: float, height: float) -> int | float:
    """Dots per inch: the usual, fewer where very many heads or tokens would make too many."""
    of_side, of_all = MOST_DOTS / max(width, height), math.sqrt(MOST_PIXELS / (width * height))
    return min(DOTS_PER_INCH, of_side, of_all)


def _lay_out(
    layers: int, heads: int, rows_a_layer: int, names: Sequence[str], title: str
) -> _Layout:
    """A layer's rows of maps as equally filled as can be."""
    columns = -(-heads // rows_a_layer)
    cell = min(max(CELL, SMALLEST_MAP / len(names)), LARGEST_CELL)
    side, labels = cell * len(names), max(text_width(name, 8) for name in names) + 0.1
    width = max(NARROWEST, 2 * GAP + labels + columns * (side + GAP))
    header = GAP + TITLE_LINE * (len(_lines(title, width)) + 1.6)
    return _Layout(columns, rows_a_layer, layers * rows_a_layer, side, labels, header, width)


def _lines(title: str, width: float) -> list[str]:
    """The title, broken into lines by the mean width of its own letters (bold is wider)."""
    letter = 1.2 * text_width(title, TITLE_SIZE) / len(title)
    return textwrap.wrap(title, int((width - 2 * GAP) / letter))


def _label_tokens(axes: Axes, names: Sequence[str], is_first: bool) -> None:
    """Every map names its columns; the first of a row of maps names the rows for all."""
    places = range(len(names))
    axes.set_xticks(places, names, rotation=90)
    axes.set_yticks(places, names if is_first else [])
    axes.tick_params(length=0, pad=3)
    axes.spines[:].set(visible=True, color=EDGE, linewidth=0.6)


def _write_header(figure: Figure, layout: _Layout, title: str) -> None:
    lines = _lines(title, layout.width)
    left, top = GAP / layout.width, 1 - GAP / layout.height
    figure.text(
        left,
        top,
        "\n".join(lines),
        va="top",
        fontsize=TITLE_SIZE,
        fontweight="bold",
        linespacing=1.2,
    )
    below = top - (TITLE_LINE * len(lines) + 0.06) / layout.height
    figure.text(left, below, READING, va="top", fontsize=8, color=GREY)


def _draw_scale(figure: Figure, layout: _Layout, maximum: float) -> None:
    """One colour bar for all maps, at the foot."""
    left, bottom = (GAP + layout.labels) / layout.width, 0.36 / layout.height
    axes = figure.add_axes((left, bottom, 1.5 / layout.width, 0.1 / layout.height))
    scale = ScalarMappable(Normalize(0, maximum), weight_scale())
    bar = figure.colorbar(
        scale, cax=axes, orientation="horizontal", ticks=[0, maximum / 2, maximum]
    )
    bar.ax.tick_params(length=0, pad=2)
    bar.outline.set(edgecolor=EDGE, linewidth=0.6)
    axes.annotate(
        "attention weight", (1, 0.5), (8, 0), xycoords="axes fraction",
        textcoords="offset points", va="center", fontsize=8,
    )  # fmt: skip
