"""The end of an epoch -> everybody who follows the training."""

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint

from pipeline.training.audience import Audience
from pipeline.training.averaging import AveragedWeights
from pipeline.training.module import EncoderTraining


class Observing(Checkpoint):
    """Tells the audience of each epoch, and shows it the epoch's averaged weights."""

    def __init__(self, audience: Audience, average: AveragedWeights) -> None:
        super().__init__()
        self.audience, self.average = audience, average

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Lightning calls this after the module has closed its epoch."""
        assert isinstance(pl_module, EncoderTraining)
        if trainer.is_global_zero:
            row = pl_module.history[-1]
            self.audience.hear(row)
            for observer in self.audience.observers:
                observer.look(self.average.network, row.epoch)
