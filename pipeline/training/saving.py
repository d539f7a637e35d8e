"""A training under way -> checkpoints, now and then."""

import time
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint

from pipeline.training.audience import Observer
from pipeline.training.averaging import AveragedWeights
from pipeline.training.best import BestWeights
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.module import EncoderTraining
from pipeline.training.progress import Progress
from pipeline.training.state import State, restore_state, take_state

COST = 1 / 60
"""The largest share of the time that saving may take, but where every step is to be saved."""


class Saving(Checkpoint):
    """Saves the state as often as asked, and puts the one back that the training goes on from.

    With several processes, of which each has sums of its own, only the ends of epochs are saved.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        seconds: float,
        state: State | None,
        average: AveragedWeights,
        best: BestWeights,
        observers: Sequence[Observer],
    ) -> None:
        super().__init__()
        self.checkpoints, self.seconds, self.state = checkpoints, seconds, state
        self.average, self.best, self.observers = average, best, observers
        self._began = self._next = 0.0

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Put the state back; the averaged weights exist by now."""
        del trainer
        assert isinstance(pl_module, EncoderTraining)
        if self.state is not None:
            restore_state(self.state, pl_module, self.average)
            self.state = None  # the tensors are copied
        self._began = time.perf_counter() - pl_module.begun.seconds
        self._next = time.perf_counter() + self.seconds

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save between two steps of an epoch; after its last one, validation comes first."""
        del outputs, batch
        assert isinstance(pl_module, EncoderTraining)
        step, rest = divmod(batch_idx + 1, trainer.accumulate_grad_batches)
        if trainer.world_size == 1 and not rest and not trainer.is_last_batch and self._is_due():
            self._save(pl_module, pl_module.epoch, pl_module.first_step + step)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Save between two epochs; Lightning calls this after the module has closed its epoch."""
        assert isinstance(pl_module, EncoderTraining)
        if trainer.is_global_zero and self._is_due():
            self._save(pl_module, pl_module.epoch + 1, 0)

    def _is_due(self) -> bool:
        return time.perf_counter() >= self._next

    def _save(self, module: EncoderTraining, epoch: int, step: int) -> None:
        start = time.perf_counter()
        seconds, told = start - self._began, (tuple(module.history), tuple(module.trail))
        progress = Progress(epoch, step, seconds, *told)
        state = take_state(module, self.average, self.best, self.observers, progress)
        self.checkpoints.save(state)
        end = time.perf_counter()
        self._next = end + (max(self.seconds, (end - start) / COST) if self.seconds else 0.0)
