"""The rows of the study -> one line on how many relations the heads follow."""

from collections.abc import Sequence

from pipeline.study.about import About
from pipeline.study.measures.syntax import ACCURACY, BASELINE, FOLLOWS, P
from pipeline.study.relations.scores import SIGNIFICANT
from pipeline.study.table import HeadRow

NAMED = 5
"""Questions that are told of; the others are counted."""

Question = tuple[int, int | None, str | None, str | None]
"""Layer, head, relation, direction."""


def followed_line(rows: Sequence[HeadRow]) -> str | None:
    """Of all questions to all heads, how many leads over one rule and over both; None of none."""
    value = {(row.measure, question_of(row)): row.value for row in rows}
    asked = [question for measure, question in value if measure == ACCURACY.name]
    if not asked:
        return None

    def of(about: About, question: Question) -> float:
        return value.get((about.name, question)) or 0.0

    leads = [
        one for one in asked if of(P, one) < SIGNIFICANT and of(ACCURACY, one) > of(BASELINE, one)
    ]
    told = f"relations: of {len(asked)} questions to heads, {len(leads)} are answered better than"
    told += " by the best fixed distance"
    if not any(measure == FOLLOWS.name for measure, _ in value):
        return f"{told}; without tags of the model's own, no more can be said"
    followed = [one for one in leads if of(FOLLOWS, one)]
    told += f", and {len(followed)} also better than by the nearest word with the usual tag"
    names = [
        f"{layer}.{head} {relation}: {direction}"
        for layer, head, relation, direction in followed[:NAMED]
    ]
    more = f" and {len(followed) - NAMED} more" * (len(followed) > NAMED)
    return told + (f" (follows: {', '.join(names)}{more})" if names else "")


def question_of(row: HeadRow) -> Question:
    """Whom a row of the relations is about, and what was asked."""
    return row.layer, row.head, row.relation, row.direction
