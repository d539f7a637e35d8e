"""A comparison -> one offline page."""

from dataclasses import asdict

from pipeline.comparison.comparing import ByFigure
from pipeline.comparison.comparison import MOST_PAIRS, Comparison
from pipeline.comparison.curves import curves_of
from pipeline.comparison.page_data import (
    MOST_CELLS,
    Data,
    answers_data,
    heads_data,
    shown_code,
    unmatched,
)
from pipeline.comparison.sentences import as_sentence
from pipeline.comparison.subjects import SPLIT
from pipeline.comparison.tables import change_tables, difference_table, figure_tables
from pipeline.pages.page import render_page
from pipeline.resampling import Estimate

COLOURED = 8
"""Subjects that the curves show: colours that can be told apart."""


def comparison_page(found: Comparison) -> str:
    """What can be claimed first, then what differs, figures, curves, answers and heads.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or a file is damaged.
    """
    words = found.first.first.asked.words
    close = list(enumerate(found.closely, start=1))[:MOST_PAIRS]
    changed = [(number, one, one.changes) for number, one in close if one.changes]
    data: Data = {
        "subjects": [subject.label for subject in found.subjects],
        "figures": [_figure(by) for by in found.measured.figures],
        "curves": [asdict(curve) for curve in curves_of(found.subjects[:COLOURED])],
        "changes": [answers_data(number, it, words) for number, _, it in changed],
        "heads": heads_data(found),
        "class_name": found.measured.wording.class_name,
    }
    tables = [list(change_tables(found.first, one.other, changes)) for _, one, changes in changed]
    return render_page(
        "comparison",
        " and ".join(subject.label for subject in found.subjects)
        if len(found.subjects) == 2
        else f"{found.first.label} and {len(found.subjects) - 1} others",
        data,
        found=found,
        verdicts=list(map(as_sentence, found.verdicts)),
        cautions=list(map(as_sentence, found.cautions)),
        split=SPLIT,
        differences=difference_table(
            found.subjects, found.differences, MOST_CELLS // len(found.subjects)
        ),
        codes=shown_code([close.diff for close in found.closely]),
        figures=list(zip(found.measured.figures, figure_tables(found.subjects, found.measured),
                         strict=True)),
        change_tables=list(zip(changed, tables, strict=True)),
        unmatched=unmatched(found.closely),
        left_out=max(0, len(found.subjects) - 1 - MOST_PAIRS),
        coloured=COLOURED,
        kinds={difference.kind for difference in found.differences},
        are_groups=any(len(subject.members) > 1 for subject in found.subjects),
    )  # fmt: skip


def _figure(by: ByFigure) -> Data:
    return {
        "scale": by.figure.scale,
        "unit": by.figure.unit,
        "alone": [_ends(one.mean) if one else None for one in by.alone],
        "beside": [
            {**_ends(one.told.difference), "is_claimed": one.is_claimed} if one else None
            for one in by.beside
        ],
    }  # fmt: skip


def _ends(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}
