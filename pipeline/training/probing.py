"""The end of an epoch -> what every head does with the probes, kept for the study."""

from collections.abc import Callable, Mapping, Sequence

import pytorch_lightning as lightning
from pytorch_lightning.callbacks import Checkpoint
from torch import Tensor

from pipeline.study.probes import Probe, head_figures, probe_weights
from pipeline.training.averaging import AveragedWeights
from pipeline.training.module import EncoderTraining


class Probing(Checkpoint):
    """Looks at the probes with each epoch's averaged weights, and tells the headline figures.

    `weights` are those of the epochs that are over: by epoch and probe, "1/0" and on.
    """

    def __init__(
        self,
        probes: Sequence[Probe],
        average: AveragedWeights,
        weights: Mapping[str, Tensor],
        on_epoch: Callable[[dict[str, float], int], None],
    ) -> None:
        super().__init__()
        self.probes, self.average, self.on_epoch = probes, average, on_epoch
        self.weights = dict(weights)

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Look; Lightning calls this after the module has closed its epoch."""
        assert isinstance(pl_module, EncoderTraining)
        if trainer.is_global_zero:
            epoch = pl_module.history[-1].epoch
            seen = probe_weights(self.average.network, self.probes)
            self.weights |= {f"{epoch}/{number}": one for number, one in enumerate(seen)}
            self.tell(epoch)

    def tell(self, epoch: int) -> None:
        """Give an epoch's figures to whoever listens; none where nothing attends."""
        count = sum(name.startswith(f"{epoch}/") for name in self.weights)
        seen = [self.weights[f"{epoch}/{number}"] for number in range(count)]
        if figures := head_figures(seen):
            self.on_epoch(figures, epoch)
