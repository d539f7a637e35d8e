"""The settings of train -> Lightning's trainer, or one line that says what this machine cannot."""

import logging
import os
import warnings
from collections.abc import Sequence
from typing import Any

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.plugins.precision import HalfPrecision
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from pipeline.params.train import TrainParams

PLACES = ("accelerator", "devices", "strategy", "precision")
"""The settings that say where and how to compute."""


class HalfOfIds(HalfPrecision):
    """Half precision for batches of whole numbers."""

    def convert_input(self, data: Any) -> Any:
        """The batch as it is: it has no float to convert, and Lightning refuses frozen classes."""
        return data


def make_trainer(
    params: TrainParams, epochs: int, callbacks: Sequence[Callback]
) -> lightning.Trainer:
    """Lightning with our own record: no logger, no summary, no bar.

    Raises:
        ValueError: this machine cannot train so.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    is_half = params.precision == "bf16-true"
    number_format = {"plugins": HalfOfIds("bf16-true")} if is_half else {}
    try:
        with warnings.catch_warnings():
            # It takes another format where it has not the one asked for; `_require` refuses that.
            warnings.filterwarnings("ignore", ".*AMP with fp16 is not supported on CPU.*")
            trainer = lightning.Trainer(
                accelerator=params.accelerator,
                devices=params.devices,
                strategy=params.strategy,
                precision=None if is_half else params.precision,
                **number_format,
                max_epochs=epochs,
                accumulate_grad_batches=params.batch_parts,
                gradient_clip_val=params.gradient_clip,
                callbacks=list(callbacks),
                logger=False,
                deterministic=True,
                enable_model_summary=False,
                enable_progress_bar=False,  # it counts epochs from 0
                num_sanity_val_steps=0,
                reload_dataloaders_every_n_epochs=1,
                use_distributed_sampler=False,
            )
    except (MisconfigurationException, ModuleNotFoundError, RuntimeError) as error:
        raise _cannot(params, error) from None
    _require(params, trainer)
    return trainer


def _require(params: TrainParams, trainer: lightning.Trainer) -> None:
    """Refuse what Lightning would accept, and fail at or change without a word, later."""
    device = trainer.strategy.root_device
    cores = os.cpu_count() or 1
    if device.type not in ("cpu", "cuda"):
        raise _cannot(
            params, f"{device.type} has no float64, in which sums are kept; choose accelerator cpu"
        )
    if device.type == "cpu" and trainer.num_devices > cores:
        # Lightning would start as many processes, each with all of torch in memory.
        raise _cannot(params, f"it has {cores} processor cores")
    if trainer.precision != params.precision:
        raise _cannot(
            params,
            f"{params.precision} is for GPUs, and Lightning would take {trainer.precision} here; "
            f"choose bf16-mixed, bf16-true or 32-true",
        )
    if device.type == "cuda" and params.precision.startswith("bf16"):
        with torch.cuda.device(device):
            if not torch.cuda.is_bf16_supported():
                raise _cannot(
                    params, "this GPU has no bfloat16; choose precision 16-mixed or 32-true"
                )


def _cannot(params: TrainParams, reason: object) -> ValueError:
    chosen = ", ".join(f"train.{name} {getattr(params, name)}" for name in PLACES)
    return ValueError(f"this machine cannot train with {chosen}: {reason}")
