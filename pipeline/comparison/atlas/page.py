"""The atlas of a group -> one offline page."""

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.comparison.atlas.atlas import Atlas
from pipeline.comparison.atlas.report import atlas_lines, head_table, named, role_table
from pipeline.comparison.sentences import as_sentence
from pipeline.comparison.settings import has_other_settings
from pipeline.pages.page import render_page
from pipeline.pages.said import sentence_case

LEFT, RIGHT, TOP, BOTTOM = 60, 610, 10, 280
"""The edges of the picture, in its own units."""
TICKS = 4


def atlas_page(atlas: Atlas, notes: Sequence[str]) -> str:
    """What can be said first, then roles, worth beside stability, and every head.

    `notes` are what was said of runs that are not among them.
    """
    known = [
        (head.stability, head.worth, named(atlas, head))
        for head in atlas.heads
        if head.worth is not None and head.stability is not None
    ]
    across = _Axis([stability for stability, _, _ in known], LEFT, RIGHT)
    up = _Axis([worth for _, worth, _ in known], BOTTOM, TOP)
    dots = [
        {"x": across.at(stability), "y": up.at(worth), "text": text}
        for stability, worth, text in known
    ]
    return render_page(
        "atlas",
        f"The heads of {atlas.subject.label}",
        {},
        lines=[sentence_case(line) for line in atlas_lines(atlas)],
        cautions=list(map(as_sentence, (*atlas.cautions, *notes))),
        roles=role_table(atlas),
        heads=head_table(atlas),
        dots=dots,
        x_ticks=list(across.ticks(2)),
        y_ticks=list(up.ticks(3)),
        sentences=len(atlas.watched[0].tokens),
        runs=len(atlas.watched),
        has_stability=atlas.stability.is_defined,
        is_mixed=bool(has_other_settings(atlas.subject)),
        members=atlas.subject.members,
    )


class _Axis:
    """Values, 0 among them, between two edges of the picture."""

    def __init__(self, values: Sequence[float], low: int, high: int) -> None:
        self.least, self.most = min(0.0, *values, 0.0), max(0.0, *values, 1e-9)
        self.low, self.high = low, high

    def at(self, value: float) -> str:
        """Where a value lies."""
        share = (value - self.least) / (self.most - self.least)
        return f"{self.low + share * (self.high - self.low):.1f}"

    def ticks(self, decimals: int) -> Iterator[dict[str, Any]]:
        """Some values, evenly apart, and where they lie."""
        for number in range(TICKS + 1):
            value = self.least + (self.most - self.least) * number / TICKS
            yield {"at": self.at(value), "text": f"{value:.{decimals}f}"}
