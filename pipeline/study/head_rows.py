"""The study of a network -> the rows of its table."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from pipeline.resampling import Resampling, bootstrap_ratios
from pipeline.study.interventions.ablation import Changed
from pipeline.study.interventions.effects import Effects
from pipeline.study.interventions.faithfulness_rows import faithfulness_rows
from pipeline.study.measures.diversity import Between, Disagreements
from pipeline.study.relations.scores import RelationScore
from pipeline.study.study import Studied
from pipeline.study.table import HeadRow, rows_of


def study_rows(
    studied: Studied, effects: Effects | None, resampling: Resampling
) -> Iterator[HeadRow]:
    """Every number of the study; its intervals are made as `resampling` says."""
    yield from rows_of(studied.measured)
    yield from disagreement_rows(studied.disagreements)
    yield from syntax_rows(studied.syntax)
    if effects:
        yield from rows_of(effects.measured)
        yield from changed_rows(_changes(effects), effects.sentences, resampling)
        if effects.faithfulness:
            yield from faithfulness_rows(effects.faithfulness, effects.sampled, resampling)


def disagreement_rows(found: Disagreements) -> Iterator[HeadRow]:
    """`disagreement` of each head; `divergence` and `similarity` to each other head, "head 1.3"."""
    yield from rows_of({"disagreement": found.disagreement})
    yield from _rows_of_pairs("divergence", found.divergence)
    yield from _rows_of_pairs("similarity", found.similarity)


def syntax_rows(scores: list[RelationScore]) -> Iterator[HeadRow]:
    """How many relations each head follows; then each question, "nsubj: dependent to head".

    The tag that a target usually has stands in the detail of `syntax_tag_share`, after a ";".
    """
    followed: dict[tuple[int, int], int] = {}
    for score in scores:
        if score.follows is not None:
            place = score.layer + 1, score.head + 1
            followed[place] = followed.get(place, 0) + score.follows
    for (layer, head), count in followed.items():
        yield HeadRow("syntax_followed", layer, head, "", float(count))
    for score in scores:
        detail = f"{score.relation}: {score.direction}"
        for measure, also, value in _of_question(score):
            yield HeadRow(measure, score.layer + 1, score.head + 1, detail + also, float(value))


def _of_question(score: RelationScore) -> Iterator[tuple[str, str, float]]:
    """Measure, what is told in its detail besides, and value."""
    yield "syntax_accuracy", "", score.accuracy
    yield "syntax_baseline", "", score.baseline
    yield "syntax_offset", "", score.offset
    yield "syntax_p", "", score.p
    if score.by_tag and score.follows is not None:
        yield "syntax_tag_baseline", "", score.by_tag.accuracy
        yield "syntax_tag_share", f"; {score.by_tag.tag}", score.by_tag.share
        yield "syntax_tag_p", "", score.by_tag.p
        yield "syntax_follows", "", score.follows
    yield "syntax_pairs", "", score.pairs


@dataclass(frozen=True)
class ChangedHead:
    """Which head is gone, and what has changed."""

    kind: str
    """The part of the measures' names before _loss and _accuracy."""
    layer: int
    head: int
    """Both from 0."""
    detail: str
    changed: Changed


def _changes(effects: Effects) -> Iterator[ChangedHead]:
    """Each head at zero and at its mean; then the one that goes at "step 1", "step 2", ..."""
    for kind, found in (("zero", effects.ablated.zero), ("mean", effects.ablated.mean)):
        for layer, heads in enumerate(found):
            for head, changed in enumerate(heads):
                yield ChangedHead(kind, layer, head, "", changed)
    for number, step in enumerate(effects.pruning.steps, start=1):
        yield ChangedHead("pruning", step.layer, step.head, f"step {number}", step.changed)


def changed_rows(
    changes: Iterable[ChangedHead], sentences: Int[np.ndarray, " sentence"], resampling: Resampling
) -> Iterator[HeadRow]:
    """Two rows a change, of loss and accuracy, with intervals of the same draws for all."""
    changes = list(changes)
    sums = [sums for one in changes for sums in (one.changed.losses, one.changed.hits)]
    found = bootstrap_ratios(
        np.column_stack(sums), changes[0].changed.targets[:, None], sentences, resampling
    )
    for number, one in enumerate(changes):
        for score, told in zip(("loss", "accuracy"), found[2 * number :], strict=False):
            place = f"{one.kind}_{score}", one.layer + 1, one.head + 1, one.detail
            yield HeadRow(*place, told.value, told.low, told.high)


def _rows_of_pairs(measure: str, values: Between) -> Iterator[HeadRow]:
    for (layer, head, other_layer, other_head), value in np.ndenumerate(values):
        if (layer, head) != (other_layer, other_head):
            known = float(value) if math.isfinite(value) else None
            detail = f"head {other_layer + 1}.{other_head + 1}"
            yield HeadRow(measure, layer + 1, head + 1, detail, known)
