"""data/tokens and data/vectors -> data/model: train and save."""

import os
from pathlib import Path

import torch

from pipeline.artifacts import Artifacts, Split
from pipeline.model.checkpoint import save_network
from pipeline.model.shape import shape_for
from pipeline.objectives.objective import AskedSplit
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.objective import ObjectiveParams
from pipeline.params.train import TrainParams
from pipeline.study.probes import choose_probes, write_probes
from pipeline.tokens.encoding import load_encoding, save_encoding
from pipeline.tokens.store import open_tokens
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.finished import Trained
from pipeline.training.fit import Fitted, fit
from pipeline.training.history import tell_training, write_history
from pipeline.training.module import EpochListener
from pipeline.training.resumption import Unfinished
from pipeline.vectors.table_file import load_table


def train_model(
    artifacts: Artifacts,
    encoder: EncoderParams,
    objective: ObjectiveParams,
    train: TrainParams,
    seed: int,
    on_epoch: EpochListener,
    checkpoints: Checkpoints,
) -> Fitted:
    """Train on tokens and answers, from the table in data/vectors, or on from a checkpoint.

    Raises:
        ValueError: an input is damaged or does not fit the others, or training failed.
    """
    encoding = load_encoding(artifacts.tokens)
    table = load_table(artifacts.vectors)
    if table.shape != (encoding.vocab_size, encoder.d_model):
        raise ValueError(
            f"expected a table of {encoding.vocab_size} x {encoder.d_model}, found "
            f"{table.shape[0]} x {table.shape[1]} in data/vectors: run `dvc repro embed`"
        )
    asked = objective_of(objective)
    classes = asked.classes(artifacts.corpus_split("train"))

    def split(name: Split) -> AskedSplit:
        tokens = open_tokens(artifacts.tokens_split(name))
        return asked.split(artifacts.corpus_split(name), tokens, classes)

    validation = split("validation")
    return fit(
        shape_for(encoding, encoder, objective, classes),
        torch.from_numpy(table),
        split("train"),
        validation,
        train,
        seed,
        choose_probes(encoding, validation.tokens, train.probes),
        on_epoch,
        checkpoints,
    )


def train_once(
    artifacts: Artifacts,
    encoder: EncoderParams,
    objective: ObjectiveParams,
    train: TrainParams,
    seed: int,
    on_epoch: EpochListener,
    unfinished: Unfinished,
) -> Trained:
    """Train, and keep what came of it; what was kept before is told again and not trained again.

    Raises:
        ValueError: an input is damaged or does not fit the others, or training failed.
    """
    finished = unfinished.finished
    if trained := finished.load():
        tell_training(finished.model, on_epoch)
        return trained
    fitted = train_model(
        artifacts, encoder, objective, train, seed, on_epoch, unfinished.checkpoints
    )

    def save(folder: Path) -> None:
        save_model(fitted, artifacts, folder)

    return finished.keep(save, fitted.speed, fitted.arithmetic, unfinished.make_room)


def save_model(fitted: Fitted, artifacts: Artifacts, folder: Path) -> None:
    """Write the network, the encoding that it needs, its history and what the probes saw."""
    save_network(fitted.network, folder)
    save_encoding(load_encoding(artifacts.tokens), folder)
    write_history(fitted.history, folder / "history.csv")
    write_probes(fitted.probe_weights, folder / "probes.safetensors")


def is_first_process() -> bool:
    """Whether this process is the one that writes; DDP starts the stage again for each other."""
    return os.environ.get("LOCAL_RANK", "0") == "0"
