"""A person's table of long texts: what its stages take in memory, at two sizes.

The words are the treebank's in runs of three, and one in eight is drawn from a long tail of words
that it does not have, so that the vocabulary grows with the text as it does in life.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.growth import STAGES, StageCost, measure_stage
from benchmarks.measure import Announce
from benchmarks.report import Table
from pipeline.corpus.store import read_rows

MEGABYTES = (40, 120)
"""From the first on, as much waits to be written as ever will."""
WORDS = 370
"""Of a row, about 2 KB; nothing else stays the same from row to row."""
RUN, RARE, TAIL = 3, 0.12, 2_000_000
ROWS_AT_ONCE = 1000
NAME = "data/source/reviews.csv"
CHANGES = {
    "corpus.kind": "table",
    "corpus.table.path": NAME,
    "objective.kind": "classification",
    "objective.target": "label",
    "tokenize.overlong": "truncate",
}
MIB = 2**20


@dataclass(frozen=True)
class ReviewCost:
    """What a stage took, on a table of so many bytes."""

    n_bytes: int
    cost: StageCost


def review_costs(folder: Path, corpus: Path, announce: Announce) -> list[ReviewCost]:
    """Run the stages on tables of each size, once, in projects below `folder`."""
    from benchmarks.scaled import copy_project

    found = []
    for megabytes in MEGABYTES:
        place = copy_project(folder / f"reviews{megabytes}", CHANGES)
        (place / NAME).parent.mkdir(parents=True, exist_ok=True)
        write_reviews(place / NAME, corpus, megabytes)
        for stage in STAGES:
            announce(f"a table of {megabytes} MB: {stage}")
            cost = measure_stage(place, stage, megabytes, turn=0)
            found.append(ReviewCost((place / NAME).stat().st_size, cost))
    return found


def write_reviews(path: Path, corpus: Path, megabytes: float, seed: int = 5) -> None:
    """Write a CSV file with a text and a label in each row."""
    batches = read_rows(corpus / "train.parquet", ["form"])
    words = np.array([it for batch in batches for it in batch["form"].flatten().to_pylist()])
    draw = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        while file.tell() < megabytes * 10**6:
            for length in draw.poisson(WORDS, ROWS_AT_ONCE).clip(1):
                writer.writerow((" ".join(_text(words, int(length), draw)), draw.integers(5)))


def _text(words: np.ndarray, length: int, draw: np.random.Generator) -> np.ndarray:
    first = draw.integers(0, len(words) - RUN, -(-length // RUN))
    found = words[(first[:, None] + np.arange(RUN)).ravel()[:length]].astype(object)
    is_rare = draw.random(length) < RARE
    ranks = TAIL ** draw.random(int(is_rare.sum()))  # Zipf's law
    found[is_rare] = [f"w{int(rank)}" for rank in ranks]
    return found


def review_table(costs: Sequence[ReviewCost]) -> Table:
    """A row for each stage: what it takes at each size."""
    sizes = sorted({it.n_bytes for it in costs})
    peaks = {(it.cost.stage, it.n_bytes): it.cost.whole.peak_bytes / MIB for it in costs}
    return Table(
        title="Peak memory by size of a table of texts (MiB)",
        header=("stage", *(f"{round(size / 10**6)} MB" for size in sizes)),
        rows=tuple((stage, *(peaks[stage, size] for size in sizes)) for stage in STAGES),
        note="rows of 2 KB with a label; pages of mapped files count. The vocabulary grows with "
        "the text, and with it what tokenize and embed take",
    )
