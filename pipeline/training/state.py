"""A training between two steps <-> tensors and a few numbers, from which it goes on bit for bit.

What a training draws at random is keyed by seed, epoch and batch, so no generator is part of it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.files import parse_json
from pipeline.model.history import EpochRow
from pipeline.model.trail import TrailRow
from pipeline.training.audience import Observer
from pipeline.training.averaging import AveragedWeights
from pipeline.training.best import BestWeights
from pipeline.training.module import EncoderTraining
from pipeline.training.progress import Progress


@dataclass(frozen=True)
class State:
    """All that the next step depends on."""

    progress: Progress
    tensors: Mapping[str, Tensor]
    """By what they are: trained/, averaged/, best/, optimizer/<what>/ and a weight's name;
    observed/<observer>/ of the epochs that are over; `sums` of the epoch under way."""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    """Of the learning rate's schedule, the averaging and the precision's scaling."""

    @property
    def n_bytes(self) -> int:
        """Of all tensors."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    @property
    def best(self) -> dict[str, Tensor]:
        """The averaged weights of the best epoch that is over."""
        return dict(_below(self.tensors, "best/"))

    def observed(self, name: str) -> dict[str, Tensor]:
        """What the observer of this name saw in the epochs that are over."""
        return dict(_below(self.tensors, f"observed/{name}/"))


def take_state(
    module: EncoderTraining,
    average: AveragedWeights,
    best: BestWeights,
    observers: Sequence[Observer],
    progress: Progress,
) -> State:
    """The state as it is now. Its tensors are the training's own: write them before they move."""
    trainer = module.trainer
    tensors = {"sums": module.train_sums}
    tensors |= {f"best/{name}": weight for name, weight in best.weights.items()}
    for observer in observers:
        tensors |= {f"observed/{observer.name}/{key}": it for key, it in observer.kept.items()}
    for name, weight in average.network.named_parameters():
        tensors[f"averaged/{name}"] = weight.detach()
    for name, weight in module.network.named_parameters():
        tensors[f"trained/{name}"] = weight.detach()
        for what, value in trainer.optimizers[0].state[weight].items():
            tensors[f"optimizer/{what}/{name}"] = value
    numbers = {
        "schedule": trainer.lr_scheduler_configs[0].scheduler.state_dict(),
        "averaged_steps": average.steps,
        "precision": trainer.precision_plugin.state_dict(),
    }
    return State(progress, tensors, numbers)


@torch.no_grad()
def restore_state(state: State, module: EncoderTraining, average: AveragedWeights) -> None:
    """Put everything but the best weights back where `take_state` found it."""
    trainer = module.trainer
    optimizer = trainer.optimizers[0]
    for name, weight in module.network.named_parameters():
        weight.copy_(state.tensors[f"trained/{name}"])
        optimizer.state[weight] = {
            what: value.to(weight.device)
            for what, value in _below(state.tensors, "optimizer/", f"/{name}")
        }
    for name, weight in average.network.named_parameters():
        weight.copy_(state.tensors[f"averaged/{name}"])
    average.steps = state.numbers["averaged_steps"]
    schedule = trainer.lr_scheduler_configs[0].scheduler
    schedule.load_state_dict(dict(state.numbers["schedule"]))
    for group, rate in zip(optimizer.param_groups, schedule.get_last_lr(), strict=True):
        group["lr"] = rate
    trainer.precision_plugin.load_state_dict(state.numbers["precision"])
    module.train_sums = state.tensors["sums"].to(module.device)


def write_state(state: State, path: Path) -> None:
    """Write a safetensors file whose metadata holds the numbers: nothing in it can run.

    The tensors go into the file as they lie in memory, of which no second one is needed.
    """
    numbers = {"progress": asdict(state.progress), "numbers": state.numbers}
    tensors = {name: tensor.contiguous().cpu() for name, tensor in state.tensors.items()}
    save_file(tensors, path, {"state": json.dumps(numbers)})


def read_state(path: Path) -> State:
    """What `write_state` wrote; floats come back as the same bits.

    Raises:
        ValueError: it is something else.
    """
    try:
        with safe_open(path, "pt") as opened:
            found = parse_json((opened.metadata() or {})["state"])
        progress = found["progress"]
        history = tuple(EpochRow(**row) for row in progress.pop("history"))
        trail = tuple(TrailRow(**row) for row in progress.pop("trail"))
        progress = Progress(**progress, history=history, trail=trail)
        return State(progress, load_file(path), found["numbers"])
    except (KeyError, TypeError, ValueError, SafetensorError) as error:
        raise ValueError(f"not the state of a training ({error})") from None


def _below(
    tensors: Mapping[str, Tensor], start: str, end: str = ""
) -> Iterator[tuple[str, Tensor]]:
    """The tensors whose names begin and end so, by what is between."""
    for name, tensor in tensors.items():
        if name.startswith(start) and name.endswith(end):
            yield name[len(start) : len(name) - len(end)], tensor
