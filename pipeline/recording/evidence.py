"""data/evidence -> its run: figures as metrics, every file, the heads at the epochs drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.files import read_json
from pipeline.numbers import number_text, with_interval
from pipeline.recording import metric_names
from pipeline.recording.inputs import flatten_numbers
from pipeline.study.table import read_headlines
from pipeline.tracking.run import TrackedRun
from pipeline.wording import Wording, read_objective, wording_of


def log_evidence(run: TrackedRun, artifacts: Artifacts) -> None:
    """Every figure of metrics.json as a metric, every file as an artifact, and the heads."""
    run.log_metrics(evaluation_figures(artifacts.evidence), step=0)
    figures = read_json(EvidenceFiles(artifacts.evidence).metrics)
    wording = wording_of(read_objective(artifacts.model))
    run.set_tags({"mlflow.note.content": in_words(figures, wording)})
    run.log_file(artifacts.evidence, "")
    _log_epochs(run, artifacts)


def evaluation_figures(evidence: Path) -> dict[str, float]:
    """What metrics.json and heads.json say, by the names of MLflow's metrics.

    Raises:
        ValueError: a file is missing or damaged.
    """
    files = EvidenceFiles(evidence)
    told = read_json(files.metrics)
    figures = {
        metric_names.of_baseline(name, split): float(value)
        for name, by_split in told["baselines"].items()
        for split, value in by_split.items()
    }
    for split in ("validation", "test"):
        measured = flatten_numbers(told[split], "")
        figures |= {metric_names.of_split(split, name): it for name, it in measured.items()}
    return figures | _head_figures(files.heads)


def _log_epochs(run: TrackedRun, artifacts: Artifacts) -> None:
    """The first sentence at every epoch that was drawn, beside the epochs' curves.

    One picture for all: a chart of pictures takes a step of the slider each, and a place of its
    own, so the other sentences are files alone.
    """
    for epoch, picture in EvidenceFiles(artifacts.evidence).epochs.drawn().items():
        run.log_picture(picture, metric_names.HEADS_PICTURE, epoch)


def _head_figures(file: Path) -> dict[str, float]:
    """The study's headlines of each head: validation_heads/entropy_layer_1_head_1, ..."""
    return {metric_names.of_head(*place): value for place, value in read_headlines(file).items()}


TOLD = {"accuracy": "accuracy", "loss": "loss (nats)", "perplexity": "perplexity"}
"""The figures of a run's description, where they were measured."""


def in_words(figures: Mapping[str, Any], wording: Wording) -> str:
    """The headline figures as Markdown: what MLflow shows as a run's description.

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
