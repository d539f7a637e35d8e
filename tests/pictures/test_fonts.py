"""Letters that matplotlib's own font lacks are drawn with an installed font that has them."""

import subprocess
import sys

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image
from workspace import ROOT

from pipeline.pictures.fonts import has_letter

RARE = "\U00010380\U00010381"
"""Two letters of a script (Ugaritic) that few fonts have; the planted font has the first."""
DRAW = f"""
import sys
from pathlib import Path
import numpy as np
from pipeline.pictures.fonts import fonts_used
from pipeline.pictures.heatmap import draw_heatmaps
for path in sys.argv[1:]:
    words = ["a{RARE[0]}", "b"] if "plain" not in path else ["a", "b"]
    words += ["{RARE[1]}"] if "lacking" in path else []
    n = len(words)
    draw_heatmaps(Path(path), np.full((1, 1, n, n), 1 / n), words, 1.0)
print(fonts_used())
"""


def plant(folder, name, letters):
    """A font whose every letter is a full black square."""
    folder.mkdir(parents=True, exist_ok=True)
    pen = TTGlyphPen(None)
    for step, point in enumerate([(0, 0), (0, 1000), (1000, 1000), (1000, 0)]):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    names = [".notdef", *(f"u{ord(letter):05X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):05X}" for letter in letters})
    builder.setupGlyf(dict.fromkeys(names, pen.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": name, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(folder / f"{name}.ttf")


def draw(home, *paths):
    """In a process of its own: which fonts are installed is looked up once."""
    command = [sys.executable, "-c", DRAW, *map(str, paths)]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(home), "MPLCONFIGDIR": str(home / "mpl")}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )


def ink(path):
    return int((np.asarray(Image.open(path).convert("L")) < 90).sum())


@pytest.mark.skipif(has_letter(RARE[0]), reason="an installed font has the rare letter")
def test_an_installed_font_draws_what_matplotlib_s_own_lacks_and_is_recorded(tmp_path):
    bare, with_font = tmp_path / "bare", tmp_path / "with"
    plant(with_font / ".fonts", "Planted", RARE[0])
    names = ("one.png", "again.png", "plain.png", "lacking.png")
    for home in (bare, with_font):
        home.mkdir(exist_ok=True)
    without = draw(bare, *(bare / name for name in names))
    having = draw(with_font, *(with_font / name for name in names))
    assert without.stdout == "{}\n"
    assert having.stdout.startswith("{'fonts': 'Planted (")
    # Said once, whatever the number of pictures; with the font, only for the letter it lacks.
    for done in (without, having):
        said = [line for line in done.stderr.splitlines() if line.startswith("pictures:")]
        (line,) = said  # matplotlib may say beside it that it builds its cache
        assert line.startswith("pictures: no installed font has letters of UGARITIC, which are")
    assert ink(with_font / "one.png") > ink(bare / "one.png") + 100  # a square, not its outline
    for home in (bare, with_font):
        assert (home / "one.png").read_bytes() == (home / "again.png").read_bytes()
    assert (bare / "plain.png").read_bytes() == (with_font / "plain.png").read_bytes()
