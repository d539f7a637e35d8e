"""The rows of the study -> one line on how many relations the heads follow."""

from collections.abc import Sequence

from pipeline.study.relations.scores import SIGNIFICANT
from pipeline.study.table import HeadRow


def followed_line(rows: Sequence[HeadRow]) -> str | None:
    """Of all questions to all heads, how many leads over one rule and over both; None of none."""
    value = {(row.measure, row.layer, row.head, row.detail): row.value for row in rows}
    asked = [key[1:] for key in value if key[0] == "syntax_accuracy"]
    if not asked:
        return None

    def of(measure: str, place: tuple[int, int | None, str]) -> float:
        return value.get((f"syntax_{measure}", *place)) or 0.0

    leads = [
        place
        for place in asked
        if of("p", place) < SIGNIFICANT and of("accuracy", place) > of("baseline", place)
    ]
    told = f"relations: {len(leads)} of {len(asked)} questions to heads are answered better than by"
    told += " the best fixed distance"
    if not any(measure == "syntax_follows" for measure, *_ in value):
        return f"{told}; without tags of the model's own, no more can be said"
    followed = [place for place in leads if of("follows", place)]
    told += f", {len(followed)} also better than by the nearest word with the target's usual tag"
    names = [f"{layer}.{head} {detail}" for layer, head, detail in followed[:NAMED]]
    more = f" and {len(followed) - NAMED} more" * (len(followed) > NAMED)
    return told + (f" (follows: {', '.join(names)}{more})" if names else "")


NAMED = 5
