"""The steps of a training -> how much of it is left."""

from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Callback

from pipeline import progress
from pipeline.training.module import EncoderTraining


class Telling(Callback):
    """Counts epochs from 1, and the steps of all of them."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """All steps that are left are what is to be done."""
        del trainer
        assert isinstance(pl_module, EncoderTraining)
        begun = pl_module.begun
        done = begun.epoch * (pl_module.steps // self.epochs) + begun.step
        progress.begin("training", pl_module.steps - done)

    def on_train_epoch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Name the epoch."""
        del trainer
        assert isinstance(pl_module, EncoderTraining)
        progress.go_on(f"epoch {pl_module.epoch + 1} of {self.epochs}")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """A part of a step is done; the last one ends it."""
        del pl_module, outputs, batch
        if (batch_idx + 1) % trainer.accumulate_grad_batches == 0:
            progress.advance()
