"""What training takes by the number of threads and of processes.

Each training is a process of its own, `python -m benchmarks.fits ARGUMENTS OUTCOME`, and settings
take turns, round by round.
"""

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.fresh import answer, fresh
from benchmarks.measure import Announce, order
from benchmarks.scaled import write_params
from benchmarks.work import Work, first_sentences, open_task
from pipeline.params.whole import read_params
from pipeline.tokens.store import open_tokens
from pipeline.training.audience import Audience
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import fit
from pipeline.training.setup import Setup
from pipeline.vectors.table import random_table

SMALL_MODEL = {"train.batch_tokens": 1024}
LARGE_MODEL = {
    "encoder.d_model": 256, "encoder.n_heads": 8, "encoder.n_layers": 4, "encoder.d_ff": 1024,
    "train.batch_tokens": 4096,
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """A way to train: parameters by their dotted names, on the first sentences of train."""

    name: str
    sentences: int
    """Of train; of validation the same share, so that it takes no more of an epoch than usual."""
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class FitCost:
    """One training with a setting."""

    setting: str
    round: int
    seconds: float
    """Of the training loop, in which further processes are started too, some seconds each."""
    epoch_seconds: float
    """Of an epoch after the first, on average: nothing is started there any more."""
    epoch_tokens: int
    """Real tokens of an epoch, padding not counted."""


def thread_settings(threads: Sequence[int], sentences: int, epochs: int) -> list[Setting]:
    """The model that params.yaml describes, on the processor with each number of threads."""
    on_processor = {"train.max_epochs": epochs, "train.accelerator": "cpu"}
    return [
        Setting(f"threads {n}", sentences, {**on_processor, "train.threads": n}) for n in threads
    ]


def process_settings(
    name: str, model: Mapping[str, Any], processes: Sequence[int], sentences: int, epochs: int
) -> list[Setting]:
    """A model with each number of processes, one thread each; the optimiser's steps are equal."""
    return [
        Setting(
            f"{name}, processes {n}",
            sentences,
            {
                **model,
                "train.max_epochs": epochs,
                "train.threads": 1,
                "train.accelerator": "cpu",
                "train.devices": n,
                "train.strategy": "ddp" if n > 1 else "auto",
            },
        )
        for n in processes
    ]


def fit_costs(
    params: Path,
    corpus: Path,
    tokens: Path,
    settings: Sequence[Setting],
    rounds: int,
    announce: Announce,
) -> list[FitCost]:
    """Train with each setting in turn, `rounds` times, from a stored corpus and its tokens.

    Raises:
        ValueError: a setting has one epoch only, or its training failed.
    """
    short = [setting.name for setting in settings if setting.changes["train.max_epochs"] < 2]
    if short:
        raise ValueError(
            f"expected two epochs or more, since in the first one processes are started; "
            f"found one in {', '.join(short)}"
        )
    told = {"params": str(params), "corpus": str(corpus), "tokens": str(tokens)}
    named = {setting.name: told | asdict(setting) for setting in settings}
    costs: list[FitCost] = []
    for turn in range(rounds):
        for name in order(list(named), turn):
            announce(f"training, round {turn + 1} of {rounds}: {name}")
            costs.append(FitCost(name, turn, **fresh("benchmarks.fits", named[name])))
    return costs


def train_setting(
    params: str, corpus: str, tokens: str, name: str, sentences: int, changes: dict[str, Any]
) -> dict[str, float]:
    """Train with a setting; every process of a training runs this, the first one listens."""
    ended: list[float] = []
    with tempfile.TemporaryDirectory(prefix=f"{name}-".replace(" ", "-")) as folder:
        changed = Path(folder) / "params.yaml"
        write_params(Path(params), changed, changes)
        train = read_params(changed).train
        # With several processes Lightning shares out all cores unless this says otherwise.
        os.environ["OMP_NUM_THREADS"] = str(train.threads)
        rate = train.learning_rate
        task = open_task(Work(corpus, tokens, str(changed), sentences, rate, settings={}))
    share = len(task.train.tokens) / len(open_tokens(Path(tokens) / "train"))
    seed = task.params.seed
    table = random_table(task.shape.vocab_size, task.shape.encoder.d_model, seed)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(
            task.shape,
            torch.from_numpy(table),
            task.train,
            first_sentences(task.validation, max(1, round(share * len(task.validation.tokens)))),
            seed,
        )
        audience = Audience(lambda _: ended.append(time.perf_counter()))
        fitted = fit(setup, task.params.train, audience, Checkpoints(Path(folder)))
    return {
        "seconds": fitted.seconds,
        "epoch_seconds": float(np.diff(ended).mean()) if ended else 0.0,
        "epoch_tokens": len(task.train.tokens.input_ids),
    }


if __name__ == "__main__":
    answer(train_setting)
