"""Runs to be compared, in few words: real records of a store, with the files that a run keeps."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from mlflow.entities import (
    Dataset,
    DatasetInput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)

from pipeline.artifacts import SplitFiles
from pipeline.comparison.subjects import Member, Subject
from pipeline.evaluation.held_out import Sentences, write_sentences
from pipeline.evaluation.predictions import Predictions, write_predictions
from pipeline.recording.environment import Environment
from pipeline.recording.hashes import FileHash
from pipeline.recording.record import StageRecord, record_file, to_json
from pipeline.runs.kept_files import KeptFiles
from pipeline.tracking.store import Store

CLASSES = ("DET", "NOUN", "VERB")
WORDS = [["the", "cat", "sleeps"], ["a", "dog"], ["dogs", "see", "the", "cat"], ["run"]] * 10
GOLD = [[0, 1, 2], [0, 1], [1, 2, 0, 1], [2]] * 10
OBJECTIVE = {"kind": "tagging", "target": "upos"}
EVALUATE = {"interval_level": 0.95, "length_edges": [2, 3]}
FIGURES = ("accuracy", "macro_f1", "loss")


@dataclass
class Told:
    """What a run is made of; as little of it as a test is about need be given."""

    name: str
    seed: int = 20
    errors: float = 0.1
    """The share of answers that are wrong, at places that the seed draws."""
    params: dict[str, str] = field(default_factory=dict)
    words: list[list[str]] = field(default_factory=lambda: WORDS)
    gold: list[list[int]] = field(default_factory=lambda: GOLD)
    classes: tuple[str, ...] = CLASSES
    """In the order in which the run has them, those that it never meets among them."""
    documents: bool = True
    objective: dict[str, str] = field(default_factory=lambda: OBJECTIVE)
    code: dict[str, str] = field(default_factory=dict)
    data: str = "1"
    machine: dict[str, str] = field(default_factory=dict)
    weights: str = ""
    """What tells them from others; without it they are the run's own."""
    is_trained: bool = True
    """Whether the run trained them, or evaluates those of another."""


def member(folder, told: Told) -> Member:
    """A run with its answers, its sentences and its record, below `folder`."""
    place = folder / told.name
    files = SplitFiles(place / "evidence/test")
    files.folder.mkdir(parents=True)
    _write_answers(files, told)
    _write_record(place, told)
    run = Run(_info(place, told), _data(told), _inputs(told))
    unasked = Store(None, "1", "sqlite:///none", folder)  # a run without a model asks it nothing
    return Member(run, KeptFiles(unasked, run, folder / "fetched"))


def group(folder, label, *told: Told) -> Subject:
    """Runs under one label."""
    return Subject(label, tuple(member(folder, one) for one in told))


def _write_answers(files: SplitFiles, told: Told) -> None:
    gold = np.concatenate(told.gold)
    random = np.random.default_rng(told.seed)
    wrong = random.random(len(gold)) < told.errors
    predicted = np.where(wrong, (gold + 1) % len(CLASSES), gold)
    number = np.array([told.classes.index(name) for name in CLASSES])
    gold, predicted = number[gold], number[predicted]
    lengths = np.array([len(words) for words in told.words])
    sentence = np.repeat(np.arange(len(lengths)), lengths)
    predictions = Predictions(
        sentence=sentence,
        word=np.concatenate([np.arange(length) for length in lengths]),
        place=np.zeros(len(gold), dtype=np.int64),
        gold=gold,
        predicted=predicted,
        confidence=np.full(len(gold), 0.9),
        loss=np.where(wrong, 2.0, 0.1) + random.random(len(gold)) / 10,
        classes=told.classes,
    )
    ids = [f"s{number}" for number in range(len(lengths))]
    forms = [word for words in told.words for word in words]
    write_predictions(files.predictions, predictions, ids, forms)
    documents = [f"d{i // 2}" if told.documents else "" for i in range(len(ids))]
    genres = ["news" if i % 2 else "mail" for i in range(len(ids))]
    write_sentences(files.sentences, Sentences(ids, genres, lengths, forms, [], documents))


def _write_record(place, told: Told) -> None:
    inputs = {path: _hash(text) for path, text in told.code.items()}
    part = StageRecord(
        commit="none", patch_sha256=None, inputs=inputs,
        outputs={"data/model/weights.safetensors": _hash(told.weights or told.name)},
        params={"objective": told.objective, "evaluate": EVALUATE},
        environment=Environment(machine=told.machine, packages={}),
    )  # fmt: skip
    file = place / record_file("evaluate")
    file.parent.mkdir(parents=True)
    file.write_bytes(to_json(part))


def _hash(text: str) -> FileHash:
    return FileHash(sha256=hashlib.sha256(text.encode()).hexdigest(), md5="0" * 32, bytes=1)


def _info(place, told: Told) -> RunInfo:
    run_id = hashlib.md5(told.name.encode(), usedforsecurity=False).hexdigest()
    return RunInfo(
        run_id=run_id, experiment_id="1", user_id="", status="FINISHED", start_time=0, end_time=1,
        lifecycle_stage="active", artifact_uri=place.as_uri(), run_name=told.name,
    )  # fmt: skip


def _data(told: Told) -> RunData:
    params = {
        "seed": str(told.seed),
        **{f"objective.{name}": value for name, value in told.objective.items()},
        **told.params,
    }
    weights = _hash(told.weights or told.name).sha256
    return RunData(
        metrics=[Metric(f"test/{name}", 0.5, 0, 0) for name in FIGURES],
        params=[Param(name, value) for name, value in params.items()],
        tags=[RunTag("headway.weights_sha256", weights)] if told.is_trained else [],
    )


def _inputs(told: Told) -> RunInputs:
    profile = f'{{"sha256": "{told.data}"}}'
    dataset = Dataset("tiny: train", told.data, "code", "{}", "{}", profile)
    return RunInputs([DatasetInput(dataset, [])])
