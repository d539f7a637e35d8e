"""A picture's text -> the installed fonts that have its letters."""

import hashlib
import logging
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
from matplotlib.font_manager import findSystemFonts, fontManager
from matplotlib.ft2font import FT2Font, StyleFlags

from pipeline.progress import warn

OWN = "DejaVu Sans"
"""Comes with matplotlib, so it is the same wherever the pinned version is."""


@dataclass(frozen=True)
class Font:
    """A font's file, its name, and the code points that it has a glyph for."""

    path: str
    family: str
    letters: frozenset[int]


_used: dict[str, str] = {}
_without: set[str] = set()


def fonts_for(text: str) -> list[Font]:
    """Matplotlib's own font, then those that have the letters that it lacks.

    Of the installed ones, always the one that has most of what is left, of equals the first by its
    file's name; a line on stderr says, once, which script no font has.
    """
    chosen = [own_font()]
    left = {ord(letter) for letter in text if letter.isprintable()} - own_font().letters
    while left and (best := max(installed_fonts(), key=lambda it: len(it.letters & left))):
        if not best.letters & left:
            _say_without(left)
            break
        chosen.append(best)
        left -= best.letters
        _used[best.family] = best.path
    return chosen


def has_letter(letter: str) -> bool:
    """Whether a font that is installed here can draw it."""
    code = ord(letter)
    return code in own_font().letters or any(code in font.letters for font in installed_fonts())


def text_width(text: str, size: int) -> float:
    """How wide the text is at a type size in points, in inches."""
    return sum(_width(font, letters, size) for font, letters in _shared_out(text) if letters)


def fonts_used() -> dict[str, str]:
    """What pictures drawn by this process depend on beside matplotlib: {"fonts": "Name (hash)"}."""
    if not _used:
        return {}
    digests = {name: _digest(path) for name, path in sorted(_used.items())}
    return {"fonts": ", ".join(f"{name} ({digest})" for name, digest in digests.items())}


@cache
def own_font() -> Font:
    """The font of every letter that it has."""
    return _read(f"{mpl.get_data_path()}/fonts/ttf/DejaVuSans.ttf")


@cache
def installed_fonts() -> tuple[Font, ...]:
    """The upright, regular outline fonts of this machine, by file name; matplotlib's own first."""
    # It says of each font in each process that it has no bold, which titles ask for.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    found = [own_font()]
    for path in sorted(findSystemFonts()):
        try:
            face = FT2Font(path)
        except (OSError, RuntimeError):
            continue  # no font that FreeType reads
        if face.scalable and face.style_flags == StyleFlags.NORMAL and face.family_name != OWN:
            found.append(_read(path))
            fontManager.addfont(path)
    return tuple(found)


def _read(path: str) -> Font:
    face = FT2Font(path)
    return Font(path, face.family_name, frozenset(face.get_charmap()))


def _shared_out(text: str) -> list[tuple[Font, str]]:
    """Each font with the letters that it draws: the first one that has a letter."""
    shares, left = [], text
    for font in fonts_for(text):
        shares.append((font, "".join(letter for letter in left if ord(letter) in font.letters)))
        left = "".join(letter for letter in left if ord(letter) not in font.letters)
    return shares


def _width(font: Font, text: str, size: int) -> float:
    face = FT2Font(font.path)
    face.set_size(size, 72)
    face.set_text(text)
    return float(face.get_width_height()[0]) / 64 / 72


def _say_without(codes: set[int]) -> None:
    """Name the scripts by the first word of their letters' names, such as HANGUL."""
    scripts = {unicodedata.name(chr(code), "UNNAMED").split(" ")[0].split("-")[0] for code in codes}
    if new := sorted(scripts - _without):
        _without.update(new)
        warn(
            f"pictures: no installed font has letters of {', '.join(new)}, which are drawn as □: "
            f"install one and draw again (Noto has a font for each script)"
        )


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
