"""Trained weights -> their moving average, which is validated and kept."""

import torch
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor


class AveragedWeights(WeightAveraging):
    """Keeps an exponential moving average of the weights (Polyak and Juditsky 1992).

    a <- d a + (1 - d) w after every step, with d = min(decay, (1 + n) / (10 + n)) after n steps,
    so that the average does not cling to the first weights.
    """

    def __init__(self, decay: float) -> None:
        @torch.no_grad()
        def follow(averaged: list[Tensor], trained: list[Tensor], steps: Tensor) -> None:
            done = float(steps)
            share = 1 - min(decay, (1 + done) / (10 + done))
            torch._foreach_lerp_(averaged, trained, share)

        super().__init__(use_buffers=False, multi_avg_fn=follow)
