"""Headway's own training loop, whole: Lightning, validation after every epoch, checkpoints."""

import tempfile
from pathlib import Path

import torch

from benchmarks.work import Task, Trained, contend
from pipeline.model.batch import Batch
from pipeline.training.audience import NOBODY
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import fit
from pipeline.training.setup import Setup
from pipeline.vectors.table import random_table
from stages.running import keep_freed_memory


def train(task: Task) -> Trained:
    """Fit as the train stage does."""
    keep_freed_memory()
    table = random_table(task.shape.vocab_size, task.params.encoder.d_model, task.params.seed)
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(
            task.shape,
            torch.from_numpy(table),
            task.train,
            task.validation,
            task.params.seed,
        )
        fitted = fit(setup, task.params.train, NOBODY, Checkpoints(Path(folder)))
    network = fitted.network

    def score(batch: Batch) -> torch.Tensor:
        return network.logits(network(batch), batch.target_at, batch.is_token)

    return Trained(fitted.seconds, score, "as params.yaml has it")


if __name__ == "__main__":
    contend(train)
