"""One held-out split -> predictions, figures, tables and pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.artifacts import Split, SplitFiles
from pipeline.evaluation.by_objective import MEASURING
from pipeline.evaluation.held_out import Sentences, read_split, write_sentences
from pipeline.evaluation.measured import Evidence
from pipeline.evaluation.measuring import Measurable
from pipeline.evaluation.prediction import predict_split
from pipeline.evaluation.predictions import Predictions, write_predictions
from pipeline.evaluation.report import write_tables
from pipeline.evidence.setting import Setting
from pipeline.model.shape import classes_of
from pipeline.objectives.objective import AskedSplit
from pipeline.pictures.classes import draw_classes
from pipeline.pictures.confusion import draw_confusion
from pipeline.pictures.groups import draw_groups
from pipeline.pictures.reliability import draw_reliability
from pipeline.progress import begin
from pipeline.wording import wording_of

HELD_OUT: tuple[Split, ...] = ("validation", "test")


@dataclass(frozen=True)
class Training:
    """What baselines learn from."""

    sentences: Sentences
    asked: AskedSplit


@dataclass(frozen=True)
class MeasuredSplit:
    """What came of one split."""

    sentences: Sentences
    asked: AskedSplit
    predictions: Predictions
    evidence: Evidence
    baselines: Mapping[str, float]


def read_training(setting: Setting) -> Training:
    """The training split, as the objective asks about it."""
    return Training(_read(setting, "train"), setting.asked("train"))


def build_split(setting: Setting, split: Split, train: Training) -> MeasuredSplit:
    """Ask the model about a split, measure it, and write predictions, tables and pictures."""
    network, params = setting.network, setting.params
    sentences = _read(setting, split)
    asked = setting.asked(split)
    predictions = predict_split(
        network,
        asked.tokens,
        setting.prepare(asked),
        params.batch_tokens,
        classes_of(network.shape, setting.encoding),
    )
    predictions = sentences.with_unseen_labels(predictions)
    forms = sentences.forms_at(predictions, network.shape.asked)
    folder = setting.folder / split
    folder.mkdir()
    files = SplitFiles(folder)
    write_predictions(files.predictions, predictions, sentences.ids, forms)
    write_sentences(files.sentences, sentences)
    measurable = Measurable(
        predictions, forms, sentences, asked.tokens, train.sentences, train.asked.tokens,
        network.shape.asked, params.length_edges, params.calibration_bins,
        setting.resampling(sentences),
    )  # fmt: skip
    begin(f"measuring {split} and drawing intervals")
    measuring = MEASURING[network.objective.kind]
    evidence = measuring.measure(measurable)
    begin(f"drawing the pictures of {split}")
    write_tables(folder, evidence)
    class_name = wording_of(network.shape.objective).class_name
    _draw(evidence, split, class_name, params.interval_level, folder)
    baselines = measuring.baselines(measurable)
    return MeasuredSplit(sentences, asked, predictions, evidence, baselines)


def _read(setting: Setting, split: Split) -> Sentences:
    objective = setting.network.objective
    path = setting.artifacts.corpus_split(split)
    found = read_split(path, objective.target, objective.labels_words)
    return replace(found, answers=objective.as_learned(found.answers, found.lengths))


def _draw(found: Evidence, split: Split, class_name: str, level: float, folder: Path) -> None:
    """A picture of every table that there is."""
    files = SplitFiles(folder)
    if found.by_class:
        names, confusion = found.by_class.names, found.by_class.confusion
        if confusion is not None:
            title = f"Which {class_name} is taken for which: {split}"
            draw_confusion(files.confusion_picture, confusion, names, title, found.counted)
        of, counted = found.by_class.called or class_name, found.by_class.counted or found.counted
        title = f"F1 of each {of}: {split}"
        draw_classes(files.classes_picture, found.by_class.scores, names, title, counted)
    if found.reliability:
        title = f"Can its confidence be trusted? {split}"
        draw_reliability(files.reliability_picture, found.reliability, title, found.counted)
    for name, group in found.groups.items():
        if group.parts:
            path, title = files.group_picture(name), f"{group.title}: {split}"
            draw_groups(path, group.parts, level, title, group.axis, found.counted)
