"""Words and numbers -> lines of a terminal: aligned, at most 80 cells wide, nothing that acts."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, set_cell_size

WIDTH = 80
INDENT = "   "
GAP = "  "


def printable(text: str) -> str:
    r"""The text with every control and formatting character as an escape, such as \x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def cut(text: str, width: int) -> str:
    """The printable text, at most `width` cells wide; three dots stand for the rest."""
    text = printable(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1, gap: str = GAP
) -> Iterator[str]:
    """Aligned lines: the first `words` columns are text, the others numbers."""
    widths = [max(map(cell_len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        cells = [
            _padded(cell, width, is_left=place < words)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield (INDENT + gap.join(cells)).rstrip()


def rest(shown: int, all_of_them: int, what: str, where: str = "") -> Iterator[str]:
    """A line that says how many are not shown, where there are any."""
    if (left := all_of_them - shown) > 0:
        yield f"{INDENT}... and {left} more {what}{'s' * (left > 1)}{where}"


def _padded(cell: str, width: int, is_left: bool) -> str:
    fill = " " * (width - cell_len(cell))
    return cell + fill if is_left else fill + cell
