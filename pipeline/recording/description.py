"""data/evidence -> a run's description in MLflow: what the heads are worth, and the scores."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.files import read_json
from pipeline.numbers import number_text, with_interval
from pipeline.study.table import HeadRow, read_rows
from pipeline.wording import Wording, read_objective, wording_told

MODE = "workflowType=machine_learning"
"""Without it in an address, MLflow 3 shows what it has for language models, which is empty here."""
HEADS = 5
"""Heads that have a line; the page of the heads has all of them."""
TOLD = {
    "f1": "span F1",
    "accuracy": "accuracy",
    "loss": "loss (nats)",
    "perplexity": "perplexity",
}
"""The figures of the table, where they were measured."""


@dataclass(frozen=True)
class RunPages:
    """Where MLflow's UI shows the pages of a run."""

    experiment_id: str
    run_id: str

    def of(self, page: Path) -> str:
        """The address of a page in the folder of evidence; the UI's own goes before it."""
        kept = f"artifacts/{page.parent.name}/{page.name}"
        return f"#/experiments/{self.experiment_id}/runs/{self.run_id}/{kept}?{MODE}"


def description(artifacts: Artifacts, pages: RunPages) -> str:
    """As Markdown: what the heads are worth, the pages, each head that matters, the scores."""
    files = EvidenceFiles(artifacts.evidence)
    figures = read_json(files.metrics)
    draws = figures["validation"].get("resamples")
    overall, *heads = head_lines(read_rows(files.heads), draws)
    named = {
        "the heads": files.heads_page,
        "a trace": files.trace_page,
        "the data": files.corpus_page,
    }
    there = {name: page for name, page in named.items() if page.is_file()}
    links = ", ".join(f"[{name}]({pages.of(page)})" for name, page in there.items())
    parts = [
        f"{overall} See {links}.".strip(),
        "\n".join(f"- {line}" for line in heads),
        in_words(figures, wording_told(read_objective(artifacts.model))),
    ]
    return "\n\n".join(filter(None, parts))


def head_lines(rows: list[HeadRow], draws: int | None) -> Iterator[str]:
    """What all heads are worth ("" without a head), then those that matter, a line each."""
    from pipeline.study.verdicts import head_verdicts, overall_line  # loads torch

    yield overall_line(rows, draws)
    matter = [one for one in head_verdicts(rows, draws) if one.matters]
    yield from (one.line for one in matter[:HEADS])
    if len(matter) > HEADS:
        yield f"and {len(matter) - HEADS} more, on the page of the heads"


def in_words(figures: Mapping[str, Any], wording: Wording) -> str:
    """The headline figures as a table.

    A baseline stands in the column of the figure that it is to be held against.
    """
    splits = {split: figures[split] for split in ("validation", "test")}
    names = [name for name in TOLD if any(name in found for found in splits.values())]
    rows = [f"| | {' | '.join(TOLD[name] for name in names)} |", "|---" * (1 + len(names)) + "|"]
    for split, found in splits.items():
        cells = [_with_interval(found, name) for name in names]
        rows.append(f"| {split} | {' | '.join(cells)} |")
    for baseline, title in wording.baselines.items():
        reached = figures["baselines"].get(baseline, {})
        if "test" in reached:
            told = number_text(reached["test"])
            cells = [told if name == title.figure else "" for name in names]
            rows.append(f"| {title.text}, test | {' | '.join(cells)} |")
    return "\n".join(rows)


def _with_interval(found: Mapping[str, Any], name: str) -> str:
    """A split's figure with its interval."""
    low, high = found.get(f"{name}_low"), found.get(f"{name}_high")
    return with_interval(found.get(name), low, high, found.get("resamples"))
