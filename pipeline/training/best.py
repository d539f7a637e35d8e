"""The best epoch so far -> its averaged weights, kept in memory."""

from collections.abc import Mapping

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint
from torch import Tensor

from pipeline.training.averaging import AveragedWeights
from pipeline.training.module import EncoderTraining
from pipeline.training.stopping import best_epoch


class BestWeights(Checkpoint):
    """Keeps the averaged weights of the best epoch, as `best_epoch` has it.

    `weights` are at first those of a training that goes on, or nothing.
    """

    def __init__(
        self, monitor: str, average: AveragedWeights, weights: Mapping[str, Tensor]
    ) -> None:
        super().__init__()
        self.monitor, self.average = monitor, average
        self.weights = dict(weights)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Copy the weights where this epoch is the best one yet; Lightning calls this last."""
        assert isinstance(pl_module, EncoderTraining)
        epochs = pl_module.history
        if trainer.is_global_zero and best_epoch(epochs, self.monitor) == epochs[-1].epoch:
            state = self.average.network.state_dict()
            self.weights = {name: tensor.to("cpu", copy=True) for name, tensor in state.items()}
