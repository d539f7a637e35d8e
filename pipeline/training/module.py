"""The Lightning module: a step, an epoch's sums, the optimiser and its schedule."""

import math
from collections.abc import Callable
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor

from pipeline.model.history import EpochRow
from pipeline.model.network import Network, Scored
from pipeline.model.trail import TrailRow
from pipeline.params.train import TrainParams
from pipeline.progress import say
from pipeline.tokens.keyed import keyed_seed
from pipeline.training.loading import Part, PartLoader
from pipeline.training.progress import Progress
from pipeline.training.stopping import is_over

Loaders = Callable[[int, int], PartLoader]
"""The batches of an epoch, from one of its steps on."""


class EncoderTraining(lightning.LightningModule):
    """Trains a network on one objective.

    `unanswerable` places of validation have an answer that no class of the network is: they count
    as wrong, and have no loss. The figures of its history are without `class_weights`.
    """

    def __init__(
        self,
        network: Network,
        params: TrainParams,
        seed: int,
        train_loader: Loaders,
        validation_loader: Loaders,
        steps: int,
        begun: Progress,
        unanswerable: int,
        class_weights: Tensor | None,
    ) -> None:
        super().__init__()
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", class_weights, persistent=False)
        self.network = network
        self.params, self.seed = params, seed
        self.loaders = {"train": train_loader, "validation": validation_loader}
        self.steps = steps
        self.begun = begun
        self.unanswerable = {"train": 0, "validation": unanswerable}
        self.history: list[EpochRow] = list(begun.history)
        self.trail: list[TrailRow] = list(begun.trail)
        self._sums: dict[str, Tensor] = {}

    @property
    def epoch(self) -> int:
        """The epoch under way, from 0; Lightning counts from where this process began."""
        return self.begun.epoch + int(self.current_epoch)

    @property
    def first_step(self) -> int:
        """Of the epoch under way, the first step that this process does."""
        return self.begun.step if self.current_epoch == 0 else 0

    @property
    def train_sums(self) -> Tensor:
        """Loss, hits and targets of the epoch under way, on this process."""
        return self._sums["train"]

    @train_sums.setter
    def train_sums(self, sums: Tensor) -> None:
        self._sums["train"] = sums

    def train_dataloader(self) -> PartLoader:
        """What is left of this epoch's batches."""
        return self.loaders["train"](self.epoch, self.first_step)

    def val_dataloader(self) -> PartLoader:
        """The validation split's batches."""
        return self.loaders["validation"](self.epoch, 0)

    def on_train_epoch_start(self) -> None:
        """Start the epoch's sums, where it is not a half epoch that goes on."""
        if not self.first_step:
            self._reset("train")

    def on_validation_epoch_start(self) -> None:
        """Start the validation's sums."""
        self._reset("validation")

    def training_step(self, part: Part, batch_index: int) -> Tensor:
        """The part's share of its batch's mean loss.

        Dropout is drawn from (seed, epoch, part), so that a resumed training draws the same, and
        so do two processes and one that adds up two parts.
        Lightning averages over parts and processes; the factor makes the average a sum.
        """
        own = self.first_step * self.trainer.accumulate_grad_batches + batch_index
        number = own * self.trainer.world_size + self.trainer.global_rank
        seed = keyed_seed(self.seed, "dropout", self.epoch, number)
        generator_of(self.device).manual_seed(seed)
        scored = self.network.score(part.batch, self.class_weights)
        self._add("train", part, scored)
        parts: int = self.trainer.accumulate_grad_batches * self.trainer.world_size
        return scored.weighted * (parts / max(1, part.targets_of_whole))

    def validation_step(self, part: Part) -> None:
        """Add the part's loss and hits to the epoch's."""
        self._add("validation", part, self.network.score(part.batch))

    def on_train_epoch_end(self) -> None:
        """Close the epoch with a row of history."""
        train_loss, train_accuracy = self._mean("train")
        validation_loss, validation_accuracy = self._mean("validation")
        row = EpochRow(
            epoch=self.epoch + 1,
            train_loss=train_loss,
            train_accuracy=train_accuracy,
            validation_loss=validation_loss,
            validation_accuracy=validation_accuracy,
            learning_rate=float(self.trainer.optimizers[0].param_groups[0]["lr"]),
        )
        if self._is_lost("train", train_loss) or self._is_lost("validation", validation_loss):
            raise ValueError(
                f"expected a finite loss, found {train_loss} in training and {validation_loss} in "
                f"validation after epoch {row.epoch}: lower train.learning_rate, or set "
                f"train.gradient_clip"
            )
        self.history.append(row)
        told = self.params
        if is_over(self.history, told.max_epochs, told.monitor, told.early_stopping_patience):
            self.trainer.should_stop = True
        if self.trainer.is_global_zero:
            say(row)

    def configure_optimizers(self) -> Any:
        """AdamW, decay on matrices only; a linear warm-up, then half a cosine down to 0."""
        matrices = [p for p in self.parameters() if p.ndim > 1]
        others = [p for p in self.parameters() if p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": self.params.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        # In mixed precision Lightning cannot clip the gradients of a fused optimiser.
        fused = not self.params.precision.endswith("-mixed")
        optimizer = torch.optim.AdamW(
            groups, lr=self.params.learning_rate, betas=self.params.betas, fused=fused
        )
        steps, share = self.steps, self.params.warmup_share
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: learning_rate_share(step, steps, share)
        )
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def _reset(self, split: str) -> None:
        self._sums[split] = torch.zeros(3, dtype=torch.float64, device=self.device)

    def _add(self, split: str, part: Part, scored: Scored) -> None:
        count = len(part.batch.target_ids)
        self._sums[split] += torch.stack(
            (
                scored.loss.detach().double(),
                scored.correct.double(),
                scored.loss.new_tensor(count).double(),
            )
        )

    def _mean(self, split: str) -> tuple[float, float]:
        """Loss and accuracy over everything added, on all processes; NaN of nothing."""
        total = self.trainer.strategy.reduce(self._sums[split].clone(), reduce_op="sum")
        loss, correct, count = total.tolist()
        asked = count + self.unanswerable[split]
        return (loss / count if count else math.nan, correct / asked if asked else math.nan)

    def _is_lost(self, split: str, loss: float) -> bool:
        """Whether the loss of something is no number any more."""
        return not math.isfinite(loss) and bool(self._sums[split][2])


def learning_rate_share(step: int, steps: int, warmup_share: float) -> float:
    """Share of the highest learning rate at a step: up in a line, down along half a cosine.

    Loshchilov and Hutter 2017, eq. 5 without restarts.
    """
    warmup = max(1, round(steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(1, steps - warmup))))


def generator_of(device: torch.device) -> torch.Generator:
    """The generator that dropout draws from on a device.

    torch.manual_seed seeds those of all devices, and takes 1.5 ms for it.
    """
    if device.type == "cuda":
        return torch.cuda.default_generators[device.index or 0]
    return torch.default_generator
