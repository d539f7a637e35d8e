"""Tokens and a first table -> a trained network and its history."""

import time
import warnings
from dataclasses import dataclass

import pytorch_lightning as lightning

from pipeline.model.determinism import arithmetic_of, fix_arithmetic
from pipeline.model.history import EpochRow
from pipeline.model.network import Network
from pipeline.model.trail import TrailRow
from pipeline.params.train import TrainParams
from pipeline.progress import say
from pipeline.tokens.batches import plan_batches, plan_epoch
from pipeline.training.audience import Audience
from pipeline.training.averaging import AveragedWeights
from pipeline.training.best import BestWeights
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.loading import PartLoader
from pipeline.training.module import EncoderTraining
from pipeline.training.observing import Observing
from pipeline.training.progress import START, Progress
from pipeline.training.saving import Saving
from pipeline.training.setup import Setup
from pipeline.training.state import State
from pipeline.training.stopping import best_epoch, is_over
from pipeline.training.telling import Telling
from pipeline.training.thresholds import with_thresholds
from pipeline.training.trailing import Trailing
from pipeline.training.trainer import make_trainer


@dataclass(frozen=True)
class Fitted:
    """What training came to."""

    network: Network
    """With the weights of the best epoch, as `stopping.best_epoch` has it; in DDP's other processes
    with weights of no use."""
    history: list[EpochRow]
    trail: list[TrailRow]
    best_epoch: int
    seconds: float
    """Of the training loop, validation included."""
    tokens_per_second: float
    """Real tokens of the training split, padding not counted, over all of these seconds."""
    arithmetic: dict[str, str]
    """What the weights' bits depend on beside the inputs and the versions."""

    @property
    def speed(self) -> dict[str, float]:
        """The figures that no output may hold."""
        return {"train_seconds": self.seconds, "tokens_per_second": self.tokens_per_second}


def fit(setup: Setup, params: TrainParams, audience: Audience, checkpoints: Checkpoints) -> Fitted:
    """Train from the table and the seed, or go on from the newest of the checkpoints.

    Raises:
        KeyboardInterrupt: a person or the system stopped it.
        ValueError: the settings do not fit this machine, or the loss is no longer a number.
    """
    fix_arithmetic(params.threads)
    network = Network(setup.shape)
    network.initialise(setup.table, setup.seed)
    if setup.start is not None:
        network.start_from(setup.start)
    state = checkpoints.newest()
    begun = state.progress if state else START
    average = AveragedWeights(params.ema_decay)
    best = BestWeights(params.monitor, average, state.best if state else {})
    often = params.checkpoint_seconds
    saving = Saving(checkpoints, often, state, average, best, audience.observers)
    trailing = Trailing(params.trail_steps, average)
    telling = Telling(params.max_epochs)
    callbacks = [average, trailing, best, Observing(audience, average), saving, telling]
    trainer = make_trainer(params, params.max_epochs - begun.epoch, callbacks)
    module = _module(network, setup, params, trainer, begun)
    if trainer.is_global_zero and state:
        _go_on(state, audience)
    start = time.perf_counter()
    if not is_over(
        begun.history, params.max_epochs, params.monitor, params.early_stopping_patience
    ):
        _run(trainer, module)
    seconds = begun.seconds + time.perf_counter() - start
    trained = Network(setup.shape)
    if trainer.is_global_zero:
        trained.load_state_dict(best.weights)
        trained.shape = with_thresholds(trained.eval(), setup.validation, params.batch_tokens)
    tokens = len(setup.train.tokens.input_ids) * len(module.history)
    return Fitted(
        network=trained.eval(),
        history=module.history,
        trail=module.trail,
        best_epoch=best_epoch(module.history, params.monitor),
        seconds=seconds,
        tokens_per_second=tokens / seconds,
        arithmetic=arithmetic_of(trainer.strategy.root_device),
    )


def _module(
    network: Network, setup: Setup, params: TrainParams, trainer: lightning.Trainer, begun: Progress
) -> EncoderTraining:
    """Wire the splits' batches to the module."""
    world, rank = trainer.world_size, trainer.global_rank
    objective, vocabulary, seed = network.objective, network.shape.vocabulary, setup.seed
    train, validation = setup.train, setup.validation
    asked = objective.prepare_evaluation(validation, vocabulary, seed)
    lengths = train.tokens.lengths

    def train_loader(epoch: int, first_step: int) -> PartLoader:
        plan = plan_epoch(lengths, params.batch_tokens, seed, epoch)[first_step:]
        ask = objective.prepare(train, vocabulary, seed, epoch)
        return PartLoader(train.tokens, plan, ask, params.batch_parts * world, rank, world)

    def validation_loader(epoch: int, first_step: int) -> PartLoader:
        del epoch, first_step  # always all of it
        plan = plan_batches(validation.tokens.lengths, params.batch_tokens)
        return PartLoader(validation.tokens, plan, asked, world, rank, world)

    steps = params.max_epochs * len(plan_epoch(lengths, params.batch_tokens, seed, 0))
    unanswerable = validation.unanswerable
    return EncoderTraining(
        network, params, seed, train_loader, validation_loader, steps, begun, unanswerable,
        setup.class_weights,
    )  # fmt: skip


def _go_on(state: State, audience: Audience) -> None:
    """Say where the training goes on, and give the epochs that are over to whoever follows it."""
    say(f"going on from a checkpoint: {state.progress}")
    for row in state.progress.history:
        audience.hear(row)
    for observer in audience.observers:
        observer.go_on(state.observed(observer.name))


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
