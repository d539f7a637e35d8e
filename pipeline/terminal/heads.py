"""heads.json -> one row a head, the headline measures side by side, and what they mean."""

from pathlib import Path

from pipeline.artifacts import EvidenceFiles
from pipeline.files import read_json
from pipeline.numbers import ABSENT
from pipeline.terminal.table import print_table

NEVER_LEFT_OUT = 2
"""Of the measures of heads, the most needed so many stand in the narrowest table."""


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
    print_table(["head", *map(heading, headlines())], cells, range(1), least_needed)
    print("\non validation where nothing else is said, tau on some of its sentences;")
    print("heads are layer.head, counted from 1")
    for about in headlines():
        unit = f" ({about.unit})" * bool(about.unit)
        print(f"  {heading(about)}{unit}: {about.meaning} {about.caveat}")
    draws = _draws(EvidenceFiles(file.parent).metrics)
    for name, about in abouts().items():
        if told := beyond_text(every, name, draws):
            print(f"{about.title}: {told}")
    if told := followed_line(every):
        print(told)
    print("the page of the heads, heads.html, and heads.parquet have every measure")


def _draws(metrics: Path) -> int | None:
    """Of the intervals in that evaluation; None where it does not say."""
    found = read_json(metrics).get("validation", {}) if metrics.is_file() else {}
    draws: int | None = found.get("resamples")
    return draws
