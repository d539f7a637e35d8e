"""Tables for a terminal: aligned, no more digits than a number can bear, plain when piped."""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from pipeline.artifacts import MADE_BY, Artifacts
from pipeline.files import parse_json
from pipeline.foreign import visible_name
from pipeline.intervals import ABSENT, number_text, with_interval

if TYPE_CHECKING:
    from pipeline.runs.listing import Measured, RunRow

PIPED_WIDTH = 400
"""Columns where there is no terminal: nothing is wrapped or cut."""

SCORES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "loss": "loss (nats)",
    "perplexity": "perplexity",
}
BASELINES = {"most_frequent_tag": "most frequent tag of each word", "majority": "majority tag"}
RUN_COLUMNS = (
    "run",
    "id",
    "status",
    "started",
    "test accuracy",
    "validation accuracy",
    "validation loss",
    "epochs",
    "seconds",
)
LEAST_NEEDED = ("epochs", "seconds", "validation loss", "started", "validation accuracy")
"""Columns of runs that a narrow terminal goes without, in this order."""

NEVER_LEFT_OUT = 2
"""Of the measures of heads, the most needed so many stand in the narrowest table."""

GAP = 3


def print_heads(file: Path) -> None:
    """One row a head, the headlines that heads.json has of it side by side; then what they mean.

    Raises:
        ValueError: the file is missing or damaged.
    """
    from pipeline.study.about import About
    from pipeline.study.interventions.beyond_nulls import beyond_text
    from pipeline.study.registry import abouts, headlines, most_needed
    from pipeline.study.relations.followed import followed_line
    from pipeline.study.table import read_rows

    def heading(about: About) -> str:
        return about.headline.heading if about.headline else about.title

    every = read_rows(file)
    rows = [row for row in every if row.head is not None and row.is_plain]
    value = {(row.layer, row.head, row.measure): row.value for row in rows}
    heads = sorted({(row.layer, row.head) for row in rows if row.head is not None})
    if not heads:
        print("this model has no attention (encoder.n_layers is 0): there are no heads")
        return
    found = [[value.get((*head, about.name)) for about in headlines()] for head in heads]
    cells = [
        [f"{layer}.{head}", *(ABSENT if one is None else f"{one:.3f}" for one in numbers)]
        for (layer, head), numbers in zip(heads, found, strict=True)
    ]
    least_needed = [heading(about) for about in most_needed()[: NEVER_LEFT_OUT - 1 : -1]]
    print_table(["head", *map(heading, headlines())], cells, 1, least_needed)
    print("\non validation where nothing else is said, tau on some of its sentences;")
    print("heads are layer.head, counted from 1")
    for about in headlines():
        unit = f" ({about.unit})" * bool(about.unit)
        print(f"  {heading(about)}{unit}: {about.meaning} {about.caveat}")
    draws = _draws(file.with_name("metrics.json"))
    for name, about in abouts().items():
        if told := beyond_text(every, name, draws):
            print(f"{about.title}: {told}")
    if told := followed_line(every):
        print(told)
    print("the page of the heads, heads.html, and heads.parquet have every measure")


def _draws(metrics: Path) -> int | None:
    """Of the intervals in that evaluation; None where it does not say."""
    found = _json(metrics).get("validation", {}) if metrics.is_file() else {}
    draws: int | None = found.get("resamples")
    return draws


def print_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    words: int,
    least_needed: Sequence[str] = (),
) -> None:
    """Print rows under a header; the first `words` columns are text, the others numbers.

    A terminal too narrow for all columns goes without the least needed; a pipe gets them all.
    """
    is_terminal = sys.stdout.isatty()
    width = None if is_terminal else PIPED_WIDTH
    console = Console(width=width, highlight=False, markup=False, emoji=False)
    rows = [[visible_name(cell) for cell in row] for row in rows]
    shown = fitting(header, rows, console.width, least_needed)
    table = Table(box=SIMPLE_HEAD if is_terminal else None, pad_edge=False)
    for place in shown:
        justify: Literal["left", "right"] = "left" if place < words else "right"
        table.add_column(header[place], justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*(row[place] for place in shown))
    with console.capture() as capture:
        console.print(table)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    print("\n".join(lines).strip("\n"))


def fitting(
    header: Sequence[str], rows: Sequence[Sequence[str]], width: int, least_needed: Sequence[str]
) -> list[int]:
    """The places of the columns that fit into the width, the least needed left out first."""
    widths = [max(map(len, column)) + GAP for column in zip(header, *rows, strict=True)]
    shown = list(range(len(header)))
    for title in least_needed:
        if sum(widths[place] for place in shown) > width:
            shown.remove(header.index(title))
    return shown


def run_cells(row: "RunRow") -> list[str]:
    """One run in the order of RUN_COLUMNS."""
    return [
        row.name,
        row.run_id[:8],
        row.status.lower(),
        f"{row.started:%Y-%m-%d %H:%M}",
        _measured(row.test_accuracy),
        _measured(row.validation_accuracy),
        _measured(row.validation_loss),
        ABSENT if row.epochs is None else str(row.epochs),
        ABSENT if row.seconds is None else f"{row.seconds:.1f}",
    ]


def print_results(artifacts: Artifacts) -> None:
    """What `make run` ends with: scores beside the baselines, then epochs and seconds.

    Raises:
        FileNotFoundError: a stage has not been run.
        ValueError: a file of results is damaged.
    """
    metrics = _json(artifacts.require(artifacts.evidence / "metrics.json"))
    epochs = _epochs(artifacts.require(artifacts.model / "history.csv"))
    timings = artifacts.private / "seconds.json"
    seconds = _json(timings) if timings.exists() else {}
    print_table(("", "validation", "test"), score_rows(metrics), words=3)
    if any("resamples" in split for split in metrics.values()):
        print(_drawn(metrics))
    for said in _said_of(artifacts.corpus):
        print(f"\n{said}")
    print()
    stages = tuple(MADE_BY.values())
    cells = [f"{seconds[stage]:.1f} s" if stage in seconds else ABSENT for stage in stages]
    print_table(("epochs", *stages), [[str(epochs), *cells]], words=0)


def _said_of(corpus: Path) -> list[str]:
    """What the corpus's card tells that no figure may be read without; nothing without a card."""
    from pipeline.corpus.card import FILE_NAME, read_card, said_of_overlap
    from pipeline.corpus.notes import corpus_notes, unseen_notes

    if not (corpus / FILE_NAME).is_file():
        return []
    card = read_card(corpus)
    notes = [*corpus_notes(card), *unseen_notes(card, "upos")]
    return [*filter(None, [said_of_overlap(card)]), *notes]


def called_here() -> str:
    """How this program is called from the current folder."""
    here = Path(sys.executable).with_name("headway")
    if here.is_file() and here.is_relative_to(Path.cwd()):
        return str(here.relative_to(Path.cwd()))
    return "headway"


def score_rows(metrics: Mapping[str, Any]) -> list[list[str]]:
    """The rows of scores that metrics.json holds, the baselines below the accuracy they explain."""
    splits = [metrics.get("validation", {}), metrics.get("test", {})]
    rows = []
    for name, title in SCORES.items():
        if any(name in split for split in splits):
            rows.append([title, *(_score(split, name) for split in splits)])
        if name == "accuracy":
            rows += _baseline_rows(metrics.get("baselines", {}))
    return rows


def _baseline_rows(baselines: Mapping[str, Any]) -> list[list[str]]:
    return [
        [
            f"  {title}",
            *(number_text(baselines[name].get(split)) for split in ("validation", "test")),
        ]
        for name, title in BASELINES.items()
        if name in baselines
    ]


def _score(split: Mapping[str, Any], name: str) -> str:
    low, high = split.get(f"{name}_low"), split.get(f"{name}_high")
    return with_interval(split.get(name), low, high, split.get("resamples"))


def _drawn(metrics: Mapping[str, Any]) -> str:
    """What the intervals are of."""
    splits = [metrics[split] for split in ("validation", "test") if split in metrics]
    named = [str(split["documents"]) for split in splits if "documents" in split]
    unit = f"whole documents ({' and '.join(named)})" if named else "sentences"
    return f"intervals: {splits[0]['resamples']:,} draws of {unit}"


def _measured(number: "Measured | None") -> str:
    if number is None:
        return ABSENT
    return with_interval(number.value, number.low, number.high, number.draws)


def _json(path: Path) -> Any:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(
            f"{path} is not valid JSON ({error}): delete it and run `dvc repro`"
        ) from None


def _epochs(history: Path) -> int:
    with history.open(encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.DictReader(stream))
