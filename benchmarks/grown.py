"""How cost grows, measured: with the text, the sentence's length, the heads, threads, processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.encoders import EncoderCost, Way, encoder_costs, head_cases, length_cases
from benchmarks.fits import (
    LARGE_MODEL,
    SMALL_MODEL,
    FitCost,
    Setting,
    fit_costs,
    process_settings,
    thread_settings,
)
from benchmarks.grown_text import PARTS, anonymous_table, memory_curve, seconds_curve, text_group
from benchmarks.growth import stage_costs
from benchmarks.measure import Announce, Goal, Measured, MeasuredGroup, Side
from benchmarks.picture import Curve
from benchmarks.report import Table

PROCESSES_GOAL = Goal(1.7, more_is_better=True)

LENGTHS = (16, 32, 64, 128, 256, 512, 1024, 2048)
HEADS = (1, 2, 4, 8, 16)
HEADS_LENGTH = 128
BATCH_TOKENS = 4096
THREADS = 2
REPEATS = 15

EPOCHS = 3
PROCESSES = {
    "Two processes against one: model 256 x 8 x 4, 4,096 tokens a step": process_settings(
        "model 256 x 8 x 4", LARGE_MODEL, (1, 2), sentences=2500, epochs=EPOCHS
    ),
    "Two processes against one: default model, 1,024 tokens a step": process_settings(
        "default model", SMALL_MODEL, (1, 2), sentences=10000, epochs=EPOCHS
    ),
}
"""One process, then two."""
TWO_THREADS = {
    "Two threads against one: default model": thread_settings((1, 2), 10000, EPOCHS),
}

LENGTH_LINES: Mapping[str, Way] = {
    "headway": "headway",
    "without positions": "headway without positions",
    "torch": "torch",
}
HEAD_LINES: Mapping[str, Way] = {"fused": "headway", "with weights": "headway with weights"}
A_TOKEN = "ns a token, forward and backward"


@dataclass(frozen=True)
class Grown:
    """What `benchmarks.report.Results` shows of growth."""

    groups: tuple[MeasuredGroup, ...]
    curves: tuple[Curve, ...]
    tables: tuple[Table, ...]


def measure_growth(
    root: Path,
    scratch: Path,
    tokens: Path,
    rounds: int,
    scales: Sequence[int],
    largest: int | None,
    announce: Announce,
) -> Grown:
    """Measure everything; `announcements` says how often it will announce.

    `root` has params.yaml and data/corpus, `tokens` is that corpus tokenized. The texts of
    `scales` times the treebank are compared in `rounds`, the `largest` is run once. They are
    written into `scratch`, which whoever gives it removes.

    Raises:
        ValueError: 1 and 10 are not among the scales, or something that was measured failed.
    """
    if not {1, 10} <= {*scales}:
        raise ValueError(f"expected scales with 1 and 10, which are compared, found {scales}")
    params = root / "params.yaml"
    costs = stage_costs(scratch, root / "data/corpus", scales, rounds, largest, {}, announce)
    lengths = length_curve(params, LENGTHS, BATCH_TOKENS, THREADS, REPEATS, announce)
    heads = head_curve(params, HEADS, HEADS_LENGTH, BATCH_TOKENS, THREADS, REPEATS, announce)
    told = (params, tokens, rounds, announce)
    return Grown(
        groups=(
            text_group("Ten times the text", costs, smaller=1, larger=10),
            fit_group("Two processes", PROCESSES, PROCESSES_GOAL, *told),
            fit_group("Threads", TWO_THREADS, None, *told),
        ),
        curves=(seconds_curve(costs), memory_curve(costs), lengths, heads),
        tables=(anonymous_table(costs),),
    )


def announcements(rounds: int, scales: Sequence[int], largest: int | None) -> int:
    """How often `measure_growth` announces what runs next: texts, stages, curves, trainings."""
    last = 0 if largest is None else 1
    texts = len(scales) + last
    stages = len(PARTS) * (len(scales) * rounds + last)
    trainings = rounds * sum(map(len, (*PROCESSES.values(), *TWO_THREADS.values())))
    return texts + stages + 2 + trainings


def length_curve(
    params: Path,
    lengths: Sequence[int],
    batch_tokens: int,
    threads: int,
    repeats: int,
    announce: Announce,
) -> Curve:
    """Measure a token's cost against the sentence's length, beside torch's encoder."""
    announce(f"encoders at {len(lengths)} lengths of sentences")
    costs = encoder_costs(params, length_cases(lengths), batch_tokens, threads, repeats)
    return Curve(
        title="Cost of a token by length of the sentence",
        x_label="tokens in a sentence",
        y_label=A_TOKEN,
        x=tuple(map(float, lengths)),
        lines=cost_lines(costs, LENGTH_LINES),
        note=f"{batch_tokens:,} tokens a batch, threads: {threads}",
        is_log_x=True,
        is_log_y=True,
    )


def head_curve(
    params: Path,
    heads: Sequence[int],
    length: int,
    batch_tokens: int,
    threads: int,
    repeats: int,
    announce: Announce,
) -> Curve:
    """Measure a token's cost against the number of heads, with and without giving weights back."""
    announce(f"encoders with {len(heads)} numbers of heads")
    costs = encoder_costs(params, head_cases(heads, length), batch_tokens, threads, repeats)
    return Curve(
        title="Cost of a token by number of heads",
        x_label="heads",
        y_label=A_TOKEN,
        x=tuple(map(float, heads)),
        lines=cost_lines(costs, HEAD_LINES),
        note=f"{length} tokens in a sentence, threads: {threads}",
        is_log_x=True,
        is_log_y=True,
    )


def cost_lines(
    costs: Sequence[EncoderCost], ways: Mapping[str, Way]
) -> dict[str, tuple[float | None, ...]]:
    """A line for each way, in the order in which its cases were asked for."""
    return {
        name: tuple(cost.nanoseconds for cost in costs if cost.way == way)
        for name, way in ways.items()
    }


def fit_group(
    title: str,
    pairs: Mapping[str, Sequence[Setting]],
    goal: Goal | None,
    params: Path,
    tokens: Path,
    rounds: int,
    announce: Announce,
) -> MeasuredGroup:
    """Train with all settings in turn; of each pair the second is ours, against the first."""
    settings = [setting for pair in pairs.values() for setting in pair]
    costs = fit_costs(params, tokens, settings, rounds, announce)
    return MeasuredGroup(
        title,
        tuple(
            Measured(
                name=name,
                goal=goal,
                per="tokens a second",
                must_learn_as_well=False,
                ours=fit_side(costs, more.name),
                theirs=fit_side(costs, one.name),
                note="",
            )
            for name, (one, more) in pairs.items()
        ),
    )


def fit_side(costs: Sequence[FitCost], setting: str) -> Side:
    """A setting as a contender: an epoch in which no process is started any more."""
    return Side(
        setting,
        tuple(
            {"tokens": cost.epoch_tokens, "seconds": cost.epoch_seconds}
            for cost in costs
            if cost.setting == setting
        ),
    )
