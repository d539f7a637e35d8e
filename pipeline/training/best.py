"""The best epoch so far -> its weights, in a file."""

from pathlib import Path

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint

from pipeline.artifacts import whole_folder
from pipeline.model.checkpoint import save_network
from pipeline.training.averaging import AveragedWeights
from pipeline.training.history import EpochRow
from pipeline.training.module import EncoderTraining


class BestWeights(Checkpoint):
    """Keeps the averaged weights of the best epoch, the earliest of equals.

    Lightning's own checkpoints hold the optimiser as well, four times as much to write.
    """

    def __init__(self, folder: Path, monitor: str, average: AveragedWeights) -> None:
        super().__init__()
        self.folder, self.monitor, self.average = folder, monitor, average

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Write the weights where this epoch is the best one yet; Lightning calls this last."""
        assert isinstance(pl_module, EncoderTraining)
        epochs = pl_module.history
        if trainer.is_global_zero and best_epoch(epochs, self.monitor) == epochs[-1].epoch:
            with whole_folder(self.folder) as folder:
                save_network(self.average.network, folder)


def best_epoch(history: list[EpochRow], monitor: str) -> int:
    """The epoch with the lowest loss or the highest accuracy, the earliest of equals."""
    sign = -1 if monitor == "validation_accuracy" else 1
    return min(history, key=lambda row: sign * getattr(row, monitor)).epoch
