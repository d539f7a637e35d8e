"""Trained weights -> their moving average, which is validated and kept."""

from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor

from pipeline.model.network import Network


class AveragedWeights(WeightAveraging):
    """Keeps an exponential moving average of the weights.

    After Polyak and Juditsky 1992, who take the plain mean of all steps.
    """

    def __init__(self, decay: float) -> None:
        super().__init__(use_buffers=False)
        self._decay = decay
        self._latest_update_step = 0
        self._averaged: list[Tensor] = []
        self._trained: list[Tensor] = []

    @property
    def network(self) -> Network:
        """The network with the averaged weights."""
        network: Network = self._average_model.module.network
        return network

    @property
    def steps(self) -> int:
        """Steps that the average has followed."""
        return int(self._average_model.n_averaged)

    @steps.setter
    def steps(self, steps: int) -> None:
        self._average_model.n_averaged.fill_(steps)

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Look the tensors up once: at every step it would take longer than the arithmetic."""
        super().on_train_start(trainer, pl_module)
        self._averaged = [weight.detach() for weight in self._average_model.module.parameters()]
        self._trained = [weight.detach() for weight in pl_module.parameters()]

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """Follow the weights, where this batch ended a step."""
        if trainer.global_step > self._latest_update_step:
            self._latest_update_step = trainer.global_step
            follow(self._averaged, self._trained, self.steps, self._decay)
            self._average_model.n_averaged += 1


@torch.no_grad()
def follow(averaged: list[Tensor], trained: list[Tensor], done: int, decay: float) -> None:
    """Move the average on after a step: a <- d a + (1 - d) w.

    After `done` earlier steps d is min(decay, (1 + done) / (10 + done)), so that the average does
    not cling to the first weights, and 0 at the first step. Weights of fewer bits are averaged in
    the average's own: there, d of most steps would round to 1.
    """
    share = 1 - min(decay, (1 + done) / (10 + done)) if done else 1.0
    same = [weight.to(mean.dtype) for mean, weight in zip(averaged, trained, strict=True)]
    torch._foreach_lerp_(averaged, same, share)
