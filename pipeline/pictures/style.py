"""The one visual language of every picture: colours, type, and how a picture is saved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib.style
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from pipeline.files import whole_file
from pipeline.pictures.fonts import fonts_for, has_letter

INK = "#222222"
GREY = "#767676"
FAINT = "#dddddd"
EDGE = "#bbbbbb"

# Okabe and Ito 2008: told apart with any colour vision. Their yellow is too light for type.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
KINDS = (
    (BLUE, "o"),
    (ORANGE, "^"),
    (GREEN, "s"),
    ("#CC79A7", "D"),
    ("#56B4E9", "v"),
    ("#E69F00", "P"),
    ("#222222", "X"),
)
"""Colour and shape of up to seven kinds of points: none is told by its colour alone."""

DOTS_PER_INCH = 160

FEWEST = 30
"""Of fewer words, or whatever is counted, no share is drawn: chance alone moves it too far."""

_LANGUAGE = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "text.color": INK,
    "text.parse_math": False,  # a token may be "$"
    "figure.dpi": DOTS_PER_INCH,
    "savefig.dpi": DOTS_PER_INCH,
}


@contextmanager
def visual_language(text: Iterable[str] = ()) -> Iterator[None]:
    """Draw inside it: a user's own matplotlib settings change nothing.

    `text` is what people wrote and the picture shows: its letters may need other fonts.
    """
    families = [font.family for font in fonts_for("".join(text))]
    with matplotlib.style.context(["default", _LANGUAGE | {"font.family": families}]):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty picture, in inches, without the global state of pyplot."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_picture(figure: Figure, path: Path) -> None:
    """Write a PNG whose bytes depend on what is drawn alone: no version, no date."""
    engine = figure.get_layout_engine()
    if engine is not None:  # or all is drawn twice, the first time only to be laid out
        engine.execute(figure)
        figure.set_layout_engine("none")
    with whole_file(path) as beside:
        figure.savefig(beside, format="png", metadata={"Software": None})


DETAIL_LINE = 12
"""In points: a line of what stands below a title."""


def set_title(axes: Axes, title: str, detail: str = "") -> None:
    """What the picture shows, and below it, smaller, what one should know to read it."""
    lines = detail.count("\n") + 1 if detail else 0
    axes.set_title(title, fontsize=11, fontweight="bold", pad=8 + DETAIL_LINE * lines)
    if detail:
        axes.annotate(
            detail, (0, 1), (0, 7), xycoords="axes fraction", textcoords="offset points",
            fontsize=8, color=GREY,
        )  # fmt: skip


@cache
def weight_scale() -> LinearSegmentedColormap:
    """From white to dark blue: for shares and weights, from 0 to their stated maximum.

    A straight line in the OKLab colour space (Ottosson 2020): one hue, and equal steps of the
    number are equal steps for the eye.
    """
    return LinearSegmentedColormap.from_list(
        "weight", _srgb_line((0.995, 0.0, 0.0), (0.36, -0.02, -0.135))
    )


def text_colour(share: float) -> str:
    """Ink that can be read on the scale's colour at `share` of its maximum."""
    return "white" if share > 0.5 else INK


def darker(colour: str) -> tuple[float, ...]:
    """The colour for small type, which needs more contrast than a dot."""
    return tuple(0.72 * part for part in to_rgb(colour))


def printable(text: str, longest: int = 18) -> str:
    """The text as the fonts can draw it: no glyph becomes □, the far end ….

    What would not be seen is named: no text ∅, a space ␣, a line break and a tab as Python
    writes them.
    """
    if not text.strip(" "):
        return "␣" * len(text) or "∅"
    drawn = "".join(_glyph(character) for character in text)
    return drawn if len(drawn) <= longest else drawn[: longest - 1] + "…"


def _glyph(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return character if character.isprintable() and has_letter(character) else "□"


def _srgb_line(
    start: tuple[float, float, float], end: tuple[float, float, float]
) -> Float[np.ndarray, "step 3"]:
    """256 colours on the straight line between two points of OKLab (Ottosson 2020)."""
    lab = np.linspace(start, end, 256)
    to_cone = [
        [1, 0.3963377774, 0.2158037573],
        [1, -0.1055613458, -0.0638541728],
        [1, -0.0894841775, -1.2914855480],
    ]
    to_linear = [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
    linear = ((lab @ np.transpose(to_cone)) ** 3 @ np.transpose(to_linear)).clip(0, 1)
    bent = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.asarray(np.where(linear <= 0.0031308, 12.92 * linear, bent))
