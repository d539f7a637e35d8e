"""What the costs of the stages say: ratios between two sizes of text, curves over all of them."""

import statistics
from collections.abc import Sequence

from benchmarks.growth import EPOCH, STAGES, StageCost
from benchmarks.measure import Goal, Measured, MeasuredGroup, Per, Side
from benchmarks.picture import Curve
from benchmarks.report import Table

MIB = 2**20
PARTS = {stage: (stage,) for stage in (*STAGES, EPOCH)}
WHOLE = {"all four": (*STAGES, EPOCH)}
"""What is compared, and the stages that it consists of."""
STREAMED = ("tokenize", EPOCH)
"""Those whose memory should not grow with the text."""

TIMES_GOAL = Goal(10.5, more_is_better=False)
MEMORY_GOAL = Goal(1.2, more_is_better=False)


def text_group(title: str, costs: Sequence[StageCost], smaller: int, larger: int) -> MeasuredGroup:
    """Each stage and all together on the larger text against the smaller: time, and memory."""

    def compared(name: str, part: str, per: Per, goal: Goal, note: str) -> Measured:
        stages = (PARTS | WHOLE)[part]
        ours, theirs = (
            stage_side(costs, f"{part} x{times}", stages, times) for times in (larger, smaller)
        )
        return Measured(f"{title}: {name}", goal, per, False, ours, theirs, note)

    times = [
        compared(f"time of {part}", part, "seconds", TIMES_GOAL, note="")
        for part in (*PARTS, *WHOLE)
    ]
    note = "the kernel's figure, in which pages of mapped files count"
    memory = [
        compared(f"peak memory of {part}", part, "peak memory", MEMORY_GOAL, note)
        for part in STREAMED
    ]
    return MeasuredGroup(title, (*times, *memory))


def stage_side(costs: Sequence[StageCost], name: str, stages: Sequence[str], times: int) -> Side:
    """Some stages as one contender: their seconds together, and the most memory of any."""
    rounds = sorted({cost.round for cost in costs if cost.times == times})
    found = {(cost.stage, cost.round): cost for cost in costs if cost.times == times}
    of_rounds = [[found[stage, turn] for stage in stages] for turn in rounds]
    return Side(
        name,
        tuple(
            {
                "seconds": sum(cost.inside_seconds for cost in run),
                "peak_bytes": max(cost.whole.peak_bytes for cost in run),
                "anonymous_bytes": max(cost.whole.anonymous_bytes for cost in run),
            }
            for run in of_rounds
        ),
    )


def seconds_curve(costs: Sequence[StageCost]) -> Curve:
    """Time of each stage against the size of the text."""
    return Curve(
        title="Time by size of the text",
        x_label="size of the training text, treebanks",
        y_label="seconds",
        x=tuple(map(float, sizes(costs))),
        lines={stage: over_sizes(costs, stage, "seconds", unit=1) for stage in PARTS},
        note="epoch: one pass of training",
        is_log_x=True,
        is_log_y=True,
    )


def memory_curve(costs: Sequence[StageCost]) -> Curve:
    """Peak memory of the stages that stream, against the size of the text."""
    return Curve(
        title="Peak memory by size of the text",
        x_label="size of the training text, treebanks",
        y_label="MiB",
        x=tuple(map(float, sizes(costs))),
        lines={stage: over_sizes(costs, stage, "peak_bytes", MIB) for stage in STREAMED},
        note="pages of mapped files count",
        is_log_x=True,
        is_log_y=False,
    )


def anonymous_table(costs: Sequence[StageCost]) -> Table:
    """What of the peak memory no file stands behind: it cannot be taken back."""
    return Table(
        title="Peak memory without mapped files (MiB)",
        header=("stage", *(f"x{times}" for times in sizes(costs))),
        rows=tuple(
            (stage, *over_sizes(costs, stage, "anonymous_bytes", MIB)) for stage in STREAMED
        ),
        note="RssAnon at its highest, seen every 20 ms; x10 is ten times the text",
    )


def sizes(costs: Sequence[StageCost]) -> list[int]:
    """Every size of text that was measured, in treebanks."""
    return sorted({cost.times for cost in costs})


def over_sizes(
    costs: Sequence[StageCost], stage: str, figure: str, unit: float
) -> tuple[float, ...]:
    """The median of a stage's figure at each size."""
    sides = [stage_side(costs, stage, (stage,), times) for times in sizes(costs)]
    return tuple(statistics.median(side.each(figure)) / unit for side in sides)
