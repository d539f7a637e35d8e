"""data/evidence -> its run: scores as metrics, every file, the description, the epochs drawn."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.files import read_json
from pipeline.recording import metric_names
from pipeline.recording.description import RunPages, description
from pipeline.recording.training import NOTE
from pipeline.study.table import read_headlines, read_rows
from pipeline.tracking.run import TrackedRun

FIRST = ("f1", "accuracy", "macro_f1", "exact", "perplexity", "word_perplexity", "loss")
"""Scores, in the order in which MLflow is to show them; all others come after them."""
COUNTED = ("positions", "sentences", "documents", "words")
"""What metrics.json counts of a split: no score, and no metric."""
MEASURES = 4
"""Of the heads' headlines, the most needed so many are metrics; heads.json has all of them."""
MOST_HEADS = 10
"""Heads that have metrics; of more than these, those that are worth most."""


def log_evidence(run: TrackedRun, artifacts: Artifacts) -> None:
    """The scores as metrics, every file as an artifact, the heads, and all of it in words."""
    run.log_metrics(evaluation_figures(artifacts.evidence), step=0)
    pages = RunPages(run.store.experiment_id, run.run_id)
    run.set_tags({NOTE: description(artifacts, pages)})
    run.log_file(artifacts.evidence, "")
    _log_epochs(run, artifacts)


def evaluation_figures(evidence: Path) -> dict[str, float]:
    """What metrics.json and heads.json say, by the names of MLflow's metrics; the scores first.

    Raises:
        ValueError: a file is missing or damaged.
    """
    files = EvidenceFiles(evidence)
    told = read_json(files.metrics)
    scores = [dict(_scores(told, split)) for split in ("test", "validation")]
    figures = {name: value for of_one in scores for name, value in of_one.items()}
    return figures | _head_figures(files.heads)


def _scores(told: Mapping[str, Any], split: str) -> Iterator[tuple[str, float]]:
    """A split's, with the baselines after the scores that they explain; then what is left."""
    measured = dict(_flat(told[split]))
    first = [name for name in FIRST if name in measured]
    for name in first:
        yield metric_names.of_split(split, name), measured[name]
    for name, by_split in told["baselines"].items():
        if split in by_split:
            yield metric_names.of_baseline(name, split), float(by_split[split])
    for name in measured:
        if name not in first and not name.endswith(COUNTED):
            yield metric_names.of_split(split, name), measured[name]


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """{"seen_words": {"accuracy": 0.9}} -> seen_words_accuracy 0.9."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", each) for inner, each in _flat(value))
        else:
            yield name, float(value)


def _log_epochs(run: TrackedRun, artifacts: Artifacts) -> None:
    """The first sentence at every epoch that was drawn, beside the epochs' curves.

    One picture for all: a chart of pictures takes a step of the slider each, and a place of its
    own, so the other sentences are files alone.
    """
    for epoch, picture in EvidenceFiles(artifacts.evidence).epochs.drawn().items():
        run.log_picture(picture, metric_names.HEADS_PICTURE, epoch)


def _head_figures(file: Path) -> dict[str, float]:
    """The most needed headlines of the heads that matter most: heads/zero_loss_1.3, ..."""
    found = read_headlines(file)
    measures = list(dict.fromkeys(measure for measure, _, _ in found))[:MEASURES]
    heads = {(layer, head) for _, layer, head in found}
    if len(heads) > MOST_HEADS:
        from pipeline.study.verdicts import head_verdicts  # loads torch

        ranked = head_verdicts(read_rows(file), None)
        heads = {(one.layer, one.head) for one in ranked[:MOST_HEADS]}
    return {
        metric_names.of_head(measure, layer, head): value
        for (measure, layer, head), value in found.items()
        if measure in measures and (layer, head) in heads
    }
