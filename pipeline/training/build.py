"""data/corpus, data/tokens and data/vectors -> data/model: train and save."""

import os
from pathlib import Path

import torch

from pipeline.artifacts import Artifacts, Split, TokensFiles
from pipeline.endings.finished import Trained
from pipeline.model.checkpoint import save_network
from pipeline.model.history import write_history, write_kept_epoch
from pipeline.model.shape import shape_for
from pipeline.model.start import read_start
from pipeline.model.trail import write_trail
from pipeline.objectives.objective import AskedSplit
from pipeline.objectives.registry import objective_of
from pipeline.tokens.encoding import load_encoding, save_encoding
from pipeline.tokens.store import open_tokens
from pipeline.training.audience import Audience
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import Fitted, fit
from pipeline.training.resumption import Unfinished
from pipeline.training.setup import Settings, Setup
from pipeline.vectors.table_file import load_table


def train_model(
    artifacts: Artifacts, settings: Settings, audience: Audience, checkpoints: Checkpoints
) -> Fitted:
    """Train on tokens and answers, from the table in data/vectors, or on from a checkpoint.

    Raises:
        KeyboardInterrupt: as `fit` says.
        ValueError: an input is damaged or does not fit the others, or training failed.
    """
    encoding, table = load_encoding(artifacts.tokens), load_table(artifacts.vectors)
    asked = objective_of(settings.objective)
    classes = asked.classes(artifacts.corpus_split("train"))
    shape = shape_for(encoding, settings.encoder, asked, classes)
    start = read_start(TokensFiles(artifacts.tokens).start, shape)  # says what to set, if anything
    d_model = settings.encoder.d_model
    if table.shape != (encoding.vocab_size, d_model):
        raise ValueError(
            f"expected a table of {encoding.vocab_size} x {d_model}, found "
            f"{table.shape[0]} x {table.shape[1]} in data/vectors: run `dvc repro embed`"
        )

    def split(name: Split) -> AskedSplit:
        tokens = open_tokens(artifacts.tokens_split(name))
        return asked.split(artifacts.corpus_split(name), tokens, classes)

    train = split("train")
    weights = asked.class_weights(train, classes)
    setup = Setup(
        shape=shape,
        table=torch.from_numpy(table),
        train=train,
        validation=split("validation"),
        seed=settings.seed,
        class_weights=None if weights is None else torch.from_numpy(weights).float(),
        start=start,
    )
    return fit(setup, settings.train, audience, checkpoints)


def train_once(
    artifacts: Artifacts, settings: Settings, audience: Audience, unfinished: Unfinished
) -> Trained:
    """Train, and keep what came of it; what was kept before is told again and not trained again.

    Raises:
        ValueError: an input is damaged or does not fit the others, or training failed.
    """
    finished = unfinished.finished
    if trained := finished.load():
        audience.recall(finished.model)
        return trained
    fitted = train_model(artifacts, settings, audience, unfinished.checkpoints)

    def save(folder: Path) -> None:
        save_model(fitted, artifacts, audience, folder)

    return finished.keep(save, fitted.speed, fitted.arithmetic, unfinished.make_room)


def save_model(fitted: Fitted, artifacts: Artifacts, audience: Audience, folder: Path) -> None:
    """Write the network, the encoding that it needs, its history, and what its observers saw."""
    save_network(fitted.network, folder)
    save_encoding(load_encoding(artifacts.tokens), folder)
    write_history(fitted.history, folder)
    write_trail(fitted.trail, folder)
    write_kept_epoch(fitted.best_epoch, folder)
    for observer in audience.observers:
        observer.save(folder)


def is_first_process() -> bool:
    """Whether this process is the one that writes; DDP starts the stage again for each other."""
    return os.environ.get("LOCAL_RANK", "0") == "0"
