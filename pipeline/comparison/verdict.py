"""What can be claimed, in one sentence for each of the others, with the numbers it rests on."""

from collections.abc import Sequence

from pipeline.comparison.chance import DRAWS
from pipeline.comparison.comparing import Beside, ByFigure, Measured
from pipeline.comparison.figures import Compared
from pipeline.comparison.settings import has_other_settings
from pipeline.comparison.subjects import SPLIT, Subject
from pipeline.numbers import DECIMALS, bound_decimals
from pipeline.resampling import Estimate

MINUS = "\N{MINUS SIGN}"
LEAST_P = 0.001
POINT_DECIMALS = 2
"""A hundredth of a point is two words in twenty thousand."""


def verdicts(subjects: Sequence[Subject], measured: Measured) -> list[str]:
    """A sentence for each of the others, by the main figure; of refusals, why."""
    if not measured.figures:
        return [said for footing in measured.footings for said in footing.said]
    main = measured.figures[0]
    return [
        _sentence(subjects[0], other, main.figure, beside, measured)
        if beside
        else _refused(subjects[0], other, footing.has_figures)
        for other, beside, footing in zip(subjects[1:], main.beside, measured.footings, strict=True)
    ]


def difference_text(figure: Compared, estimate: Estimate) -> str:
    """Such as `0.34 [0.12, 0.55]`, in the figure's unit."""
    value, low, high = _scaled(figure, estimate)
    return f"{value} [{low}, {high}]"


def p_text(p: float) -> str:
    """Such as `0.029`; one so small that its digits are chance is told so."""
    return f"< {LEAST_P}" if p < LEAST_P else f"{p:.{2 if p >= 0.1 else 3}f}"


def _p_equals(p: float) -> str:
    return f"p {p_text(p)}" if p < LEAST_P else f"p = {p_text(p)}"


def main_estimates(by: ByFigure) -> list[float]:
    """The means of the subjects, for ordering."""
    return [one.mean.value if one else float("nan") for one in by.alone]


def _sentence(
    first: Subject, other: Subject, figure: Compared, beside: Beside, measured: Measured
) -> str:
    estimate = beside.told.difference
    is_better = (estimate.value > 0) == figure.higher_is_better
    better, worse = (first, other) if is_better else (other, first)
    size = estimate if estimate.value >= 0 else Estimate(
        -estimate.value, -estimate.high, -estimate.low
    )  # fmt: skip
    value, low, high = _scaled(figure, size)
    unit = f"{figure.unit} of " if figure.unit else ""
    amount = f"{value} {unit}{SPLIT} {figure.title}"
    adjusted = "" if beside.p_adjusted == beside.p else ", Holm"
    evidence = (
        f"({100 * measured.level:g} % interval {low} to {high}, {_p_equals(beside.p_adjusted)}"
        f"{adjusted}, {_sample(first, other, beside, measured)})"
    )
    if beside.is_claimed:
        said = f"{better.label} beats {worse.label} by {amount} {evidence}"
        return said + ("" if beside.grouped else "; of other seeds this says nothing")
    said = f"no difference can be claimed between {first.label} and {other.label}"
    if not estimate.value:
        return f"{said}: their {SPLIT} {figure.title} is the same {evidence}"
    return f"{said}: {amount} in favour of {better.label} {evidence}{_needed(first, other, beside)}"


def _sample(first: Subject, other: Subject, beside: Beside, measured: Measured) -> str:
    """What the interval is of: seeds, or documents."""
    if not beside.grouped:
        whole = f"{measured.positions:,} {measured.wording.unit}s"
        same = measured.unit == f"{measured.wording.unit}s"
        return whole if same else f"{whole} in {measured.units:,} {measured.unit}"
    sizes = [len(subject.members) for subject in (first, other)]
    are_seeds = all(
        len(subject.seeds) == size and not has_other_settings(subject)
        for subject, size in zip((first, other), sizes, strict=True)
    )
    what = "seeds" if are_seeds else "runs"
    return f"{sizes[0]} {what}" if sizes[0] == sizes[1] else f"{sizes[0]} and {sizes[1]} {what}"


def _needed(first: Subject, other: Subject, beside: Beside) -> str:
    if not beside.grouped:
        return ""
    have = min(len(first.members), len(other.members))
    if beside.needed is None:
        return "; no number of seeds up to 1,000 would be likely to show one so small"
    return (
        f"; if it is as large as it looks, {beside.needed} seeds each, {beside.needed - have} more,"
        f" would show it in 8 of 10 cases"
    )


def _refused(first: Subject, other: Subject, has_figures: bool) -> str:
    if not has_figures:
        return f"{first.label} and {other.label} are not compared: see what is refused"
    return (
        f"{first.label} and {other.label} are not compared: without pairs of answers, each needs "
        f"runs of two seeds at least"
    )


def _scaled(figure: Compared, estimate: Estimate) -> tuple[str, str, str]:
    """Value, low and high in the figure's unit, with the digits that the draws bear."""
    parts = [figure.scale * part for part in (estimate.value, estimate.low, estimate.high)]
    most = POINT_DECIMALS if figure.unit == "points" else DECIMALS
    decimals = min(most, bound_decimals(parts[1], parts[2], DRAWS))
    texts = [f"{round(part, decimals) + 0.0:.{decimals}f}" for part in parts]
    value, low, high = (text.replace("-", MINUS) for text in texts)
    return value, low, high
