"""A training under way -> its trail, a row every so many steps."""

from typing import Any

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint

from pipeline.model.trail import TrailRow, hash_weights
from pipeline.training.averaging import AveragedWeights
from pipeline.training.module import EncoderTraining


class Trailing(Checkpoint):
    """Adds a row to the module's trail every `every` steps, and at the end of each epoch.

    It asks the average how many steps there were, so it has to come after it.
    """

    def __init__(self, every: int, average: AveragedWeights) -> None:
        super().__init__()
        self.every, self.average = every, average

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Look at the weights, where this batch ended a step that is to be kept."""
        del outputs, batch
        assert isinstance(pl_module, EncoderTraining)
        ends_step = (batch_idx + 1) % trainer.accumulate_grad_batches == 0 or trainer.is_last_batch
        if not (ends_step and trainer.is_global_zero):
            return
        steps = self.average.steps
        if trainer.is_last_batch or steps % self.every == 0:
            loss, _, targets = pl_module.train_sums.tolist()
            weights = hash_weights(pl_module.network.parameters())
            pl_module.trail.append(TrailRow(steps, loss / max(1.0, targets), weights))
