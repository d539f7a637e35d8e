"""May these be compared, and which comparison is refused? Questions, sentences, answers, code."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.comparison.settings import setting_of
from pipeline.comparison.subjects import SPLIT, Member, Subject
from pipeline.foreign import first_named

QUESTION = ("objective.kind", "objective.target")
"""Parameters that say what a model is asked."""
EVALUATION = ("pipeline/evaluation/", "pipeline/objectives/", "pipeline/resampling.py")
"""The code that makes answers and figures of a model."""
SHOWN = 3


@dataclass
class Footing:
    """On what one subject stands beside another."""

    has_figures: bool = True
    """Whether their figures measure the same."""
    has_pairs: bool = True
    """Whether they answered the same questions, so that each answer has its other."""
    has_losses: bool = True
    """Whether all of them know the right answers of the same positions."""
    said: list[str] = field(default_factory=list)
    """What is refused, why, and what is still made."""


def find_footing(first: Subject, other: Subject) -> Footing:
    """Hold every run of both against the first of them.

    Raises:
        FileNotFoundError: a run kept no answers.
        ValueError: a file is damaged.
    """
    found, one = Footing(), first.first
    everyone = [*first.members, *other.members]
    pair = f"{first.label} and {other.label}"
    if fault := _questions(everyone):
        found.has_figures = found.has_pairs = False
        found.said.append(
            f"refused, the figures of {pair}: {fault}. What differs between them is told"
        )
        return found
    if odd := _first(member for member in everyone if not member.asks_about_the_same_as(one)):
        found.has_figures = found.has_pairs = False
        found.said.append(
            f"refused, the figures of {pair}: the {SPLIT} sentences of {odd.named} are not those "
            f"of {one.named}. What differs between them is told, their heads and curves are shown"
        )
        return found
    if odd := _first(it for it in everyone if not it.answers.asks_the_same_as(one.answers)):
        found.has_pairs = False
        found.has_figures = all(it.answers.chooses_as(one.answers) for it in everyone)
        still = "groups of seeds are compared by their figures"
        still = still if found.has_figures else "no figure is compared"
        found.said.append(
            f"refused, the paired test of {pair}: on the same sentences {odd.named} was asked "
            f"about other places than {one.named}, or other answers were right; {still}"
        )
    elif odd := _first(it for it in everyone if not it.answers.knows_as_many_as(one.answers)):
        found.has_losses = False
        found.said.append(
            f"refused, the losses of {pair}: {odd.named} knows other right answers than "
            f"{one.named}, whose training had other classes"
        )
    if changed := _evaluation(everyone):
        found.said.append(
            f"refused, the metrics that {pair} recorded: they were evaluated by other code "
            f"({first_named(changed, SHOWN)}); the figures here are made again of their "
            f"answers, all in the same way"
        )
    return found


def _first(members: Iterator[Member]) -> Member | None:
    return next(members, None)


def _questions(members: list[Member]) -> str:
    """Why they were not asked the same; nothing where they were."""
    for name in QUESTION:
        values = dict.fromkeys(setting_of(member, name) for member in members)
        if len(values) > 1:
            return f"{name} is {' and '.join(values)}, so they answer different questions"
    return ""


def _evaluation(members: list[Member]) -> list[str]:
    """The files of the evaluation's code that are not the same for all."""
    states = []
    for member in members:
        part = member.record.parts.get("evaluate")
        inputs = part.inputs if part else {}
        states.append({p: it.sha256 for p, it in inputs.items() if p.startswith(EVALUATION)})
    paths = sorted({path for state in states for path in state})
    return [path for path in paths if len({state.get(path) for state in states}) > 1]
