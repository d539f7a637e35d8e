"""data/evidence -> its run: figures as metrics, every file, the heads at the epochs drawn."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.files import read_json
from pipeline.numbers import with_interval
from pipeline.recording import metric_names
from pipeline.recording.inputs import flatten_numbers
from pipeline.study.table import read_headlines
from pipeline.tracking.run import TrackedRun


def log_evidence(run: TrackedRun, artifacts: Artifacts) -> None:
    """Every figure of metrics.json as a metric, every file as an artifact, and the heads."""
    run.log_metrics(evaluation_figures(artifacts.evidence), step=0)
    figures = read_json(EvidenceFiles(artifacts.evidence).metrics)
    run.set_tags({"mlflow.note.content": in_words(figures)})
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


def in_words(figures: Mapping[str, Any]) -> str:
    """The headline figures as Markdown: what MLflow shows as a run's description."""
    rows = ["| | accuracy | loss (nats) |", "|---|---|---|"]
    for split in ("validation", "test"):
        cells = [_with_interval(figures[split], name) for name in ("accuracy", "loss")]
        rows.append(f"| {split} | {' | '.join(cells)} |")
    for name, accuracy in figures["baselines"].items():
        if "test" in accuracy:
            rows.append(f"| {name.replace('_', ' ')}, test | {accuracy['test']:.3f} | |")
    return "\n".join(rows)


def _with_interval(found: Mapping[str, Any], name: str) -> str:
    """A split's figure with its interval."""
    low, high = found.get(f"{name}_low"), found.get(f"{name}_high")
    return with_interval(found.get(name), low, high, found.get("resamples"))
