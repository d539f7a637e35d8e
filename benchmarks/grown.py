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
from benchmarks.growth import STAGES, stage_costs
from benchmarks.measure import Announce, Goal, Measured, MeasuredGroup, Side
from benchmarks.picture import Curve
from benchmarks.report import Table
from benchmarks.reviews import MEGABYTES, review_costs, review_table

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
    corpus = root / "data/corpus"
    texts = stage_costs(scratch, corpus, scales, rounds, largest, {}, announce)
    reviews = review_costs(scratch, corpus, announce)
    announce(f"encoders at {len(LENGTHS)} lengths of sentences")
    by_length = encoder_costs(params, length_cases(LENGTHS), BATCH_TOKENS, THREADS, REPEATS)
    announce(f"encoders with {len(HEADS)} numbers of heads")
    cases = head_cases(HEADS, HEADS_LENGTH)
    by_heads = encoder_costs(params, cases, BATCH_TOKENS, THREADS, REPEATS)
    processes = fit_costs(params, corpus, tokens, settings_of(PROCESSES), rounds, announce)
    threads = fit_costs(params, corpus, tokens, settings_of(TWO_THREADS), rounds, announce)
    return Grown(
        groups=(
            text_group("Ten times the text", texts, smaller=1, larger=10),
            fit_group("Two processes", PROCESSES, PROCESSES_GOAL, processes),
            fit_group("Threads", TWO_THREADS, None, threads),
        ),
        curves=(
            seconds_curve(texts),
            memory_curve(texts),
            length_curve(by_length, f"{BATCH_TOKENS:,} tokens a batch, threads: {THREADS}"),
            head_curve(by_heads, f"{HEADS_LENGTH} tokens in a sentence, threads: {THREADS}"),
        ),
        tables=(anonymous_table(texts), review_table(reviews)),
    )


def announcements(rounds: int, scales: Sequence[int], largest: int | None) -> int:
    """How often `measure_growth` announces what runs next: texts, stages, curves, trainings."""
    last = 0 if largest is None else 1
    texts = len(scales) + last
    stages = len(PARTS) * (len(scales) * rounds + last)
    trainings = rounds * len(settings_of(PROCESSES | TWO_THREADS))
    reviews = len(MEGABYTES) * len(STAGES)
    return texts + stages + reviews + 2 + trainings


def length_curve(costs: Sequence[EncoderCost], note: str) -> Curve:
    """A token's cost against the sentence's length, beside torch's encoder."""
    return Curve(
        title="Cost of a token by length of the sentence",
        x_label="tokens in a sentence",
        y_label=A_TOKEN,
        x=tuple(sorted({float(cost.length) for cost in costs})),
        lines=cost_lines(sorted(costs, key=lambda cost: cost.length), LENGTH_LINES),
        note=note,
        is_log_x=True,
        is_log_y=True,
    )


def head_curve(costs: Sequence[EncoderCost], note: str) -> Curve:
    """A token's cost against the number of heads, with and without giving the weights back."""
    return Curve(
        title="Cost of a token by number of heads",
        x_label="heads",
        y_label=A_TOKEN,
        x=tuple(sorted({float(cost.n_heads) for cost in costs})),
        lines=cost_lines(sorted(costs, key=lambda cost: cost.n_heads), HEAD_LINES),
        note=note,
        is_log_x=True,
        is_log_y=True,
    )


def cost_lines(
    costs: Sequence[EncoderCost], ways: Mapping[str, Way]
) -> dict[str, tuple[float | None, ...]]:
    """A line for each way, its costs in their order."""
    return {
        name: tuple(cost.nanoseconds for cost in costs if cost.way == way)
        for name, way in ways.items()
    }


def settings_of(pairs: Mapping[str, Sequence[Setting]]) -> list[Setting]:
    """Every setting of the pairs."""
    return [setting for pair in pairs.values() for setting in pair]


def fit_group(
    title: str,
    pairs: Mapping[str, Sequence[Setting]],
    goal: Goal | None,
    costs: Sequence[FitCost],
) -> MeasuredGroup:
    """Of each pair the second setting is ours, against the first."""
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
