"""Tokens and a first table -> a trained network and its history."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import pytorch_lightning as lightning
from jaxtyping import Float
from torch import Tensor

from pipeline.model.determinism import arithmetic_of, fix_arithmetic
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.objectives.objective import AskedSplit
from pipeline.params.train import TrainParams
from pipeline.study.probes import Probe
from pipeline.tokens.batches import plan_batches, plan_epoch
from pipeline.training.averaging import AveragedWeights
from pipeline.training.best import BestWeights
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.history import EpochRow, best_epoch, is_over
from pipeline.training.loading import PartLoader
from pipeline.training.module import EncoderTraining, EpochListener
from pipeline.training.probing import Probing
from pipeline.training.progress import START, Progress
from pipeline.training.saving import Saving
from pipeline.training.trainer import make_trainer


@dataclass(frozen=True)
class Fitted:
    """What training came to."""

    network: Network
    """With the weights of the best epoch by `train.monitor`, the earliest of equals."""
    history: list[EpochRow]
    best_epoch: int
    seconds: float
    """Of the training loop, validation included."""
    tokens_per_second: float
    """Real tokens of the training split, padding not counted."""
    probe_weights: dict[str, Tensor]
    """By epoch and probe, "1/0" and on: layer x head x query x key."""
    arithmetic: dict[str, str]
    """What the weights' bits depend on beside the inputs and the versions."""

    @property
    def speed(self) -> dict[str, float]:
        """The figures that no output may hold, by the names that group charts."""
        return {
            "time/train_seconds": self.seconds,
            "time/tokens_per_second": self.tokens_per_second,
            "best_epoch": float(self.best_epoch),
        }


def fit(
    shape: ModelShape,
    table: Float[Tensor, "vocab d_model"],
    train: AskedSplit,
    validation: AskedSplit,
    params: TrainParams,
    seed: int,
    probes: Sequence[Probe],
    on_epoch: EpochListener,
    checkpoints: Checkpoints,
) -> Fitted:
    """Train from the table and the seed, or go on from the newest of the checkpoints.

    `on_epoch` is called as each epoch ends, and at once for those that are over.

    Raises:
        KeyboardInterrupt: a person or the system stopped it.
        ValueError: the settings do not fit this machine, or the loss is no longer a number.
    """
    fix_arithmetic(params.threads)
    network = Network(shape)
    network.initialise(table, seed)
    state = checkpoints.newest()
    begun = state.progress if state else START
    average = AveragedWeights(params.average_decay)
    best = BestWeights(params.monitor, average, state.best if state else {})
    probing = Probing(probes, average, state.probes if state else {}, on_epoch)
    saving = Saving(checkpoints, params.checkpoint_seconds, state, average, best, probing)
    callbacks = [average, best, probing, saving]
    trainer = make_trainer(params, params.max_epochs - begun.epoch, callbacks)
    module = _module(network, train, validation, params, seed, on_epoch, trainer, begun)
    if trainer.is_global_zero:
        _tell(begun, on_epoch, probing)
    start = time.perf_counter()
    if not is_over(
        begun.history, params.max_epochs, params.monitor, params.early_stopping_patience
    ):
        _run(trainer, module)
    seconds = begun.seconds + time.perf_counter() - start
    trained = Network(shape)
    if trainer.is_global_zero:
        trained.load_state_dict(best.weights)
    tokens = len(train.tokens.input_ids) * len(module.history)
    return Fitted(
        network=trained.eval(),
        history=module.history,
        best_epoch=best_epoch(module.history, params.monitor),
        seconds=seconds,
        tokens_per_second=tokens / seconds,
        probe_weights=probing.weights,
        arithmetic=arithmetic_of(trainer.strategy.root_device),
    )


def _module(
    network: Network,
    train: AskedSplit,
    validation: AskedSplit,
    params: TrainParams,
    seed: int,
    on_epoch: EpochListener,
    trainer: lightning.Trainer,
    begun: Progress,
) -> EncoderTraining:
    """Wire the splits' batches to the module."""
    world, rank = trainer.world_size, trainer.global_rank
    objective, vocab_size = network.objective, network.shape.vocab_size
    asked = objective.prepare_evaluation(validation, vocab_size, seed)
    lengths = train.tokens.lengths

    def train_loader(epoch: int, first_step: int) -> PartLoader:
        plan = plan_epoch(lengths, params.batch_tokens, seed, epoch)[first_step:]
        ask = objective.prepare(train, vocab_size, seed, epoch)
        return PartLoader(train.tokens, plan, ask, params.batch_parts * world, rank, world)

    def validation_loader(epoch: int, first_step: int) -> PartLoader:
        del epoch, first_step  # always all of it
        plan = plan_batches(validation.tokens.lengths, params.batch_tokens)
        return PartLoader(validation.tokens, plan, asked, world, rank, world)

    def tell(figures: dict[str, float], epoch: int) -> None:
        # Averaging copies the module and all it holds, but never a plain function: `on_epoch` may
        # be bound to a run, which cannot be copied once it keeps its records in a locked file.
        on_epoch(figures, epoch)

    steps = params.max_epochs * len(plan_epoch(lengths, params.batch_tokens, seed, 0))
    return EncoderTraining(
        network, params, seed, train_loader, validation_loader, tell, steps, begun,
        validation.unanswerable,
    )  # fmt: skip


def _tell(begun: Progress, on_epoch: EpochListener, probing: Probing) -> None:
    """Say where the training goes on, and give the epochs that are over to whoever listens."""
    if begun != START:
        print(f"going on from a checkpoint: {begun}", flush=True)
    for row in begun.history:
        on_epoch(row.metrics, row.epoch)
        probing.tell(row.epoch)


def _run(trainer: lightning.Trainer, module: EncoderTraining) -> None:
    with warnings.catch_warnings():
        # Our loaders make a batch in well under a millisecond; workers would only slow them down.
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        # Lightning 2.6 asks torch 2.13 an old question; nothing here can change that.
        warnings.filterwarnings("ignore", ".*LeafSpec.*", FutureWarning)
        try:
            trainer.fit(module)
        except SystemExit:  # Lightning's way to end after Ctrl-C or SIGTERM
            raise KeyboardInterrupt from None
