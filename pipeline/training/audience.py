"""Who follows a training: one who hears of each epoch, others who look at the network."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from torch import Tensor

from pipeline.model.history import EpochRow, read_history
from pipeline.model.network import Network


@runtime_checkable  # for the checks of signatures in tests
class Observer(Protocol):
    """Looks at the averaged network as each epoch ends, and keeps what it saw."""

    @property
    def name(self) -> str:
        """Its own among the observers of a training."""

    @property
    def kept(self) -> Mapping[str, Tensor]:
        """All that it saw; checkpoints hold it."""

    def look(self, network: Network, epoch: int) -> None:
        """An epoch, from 1, is over."""

    def go_on(self, kept: Mapping[str, Tensor]) -> None:
        """Take back what was kept of the epochs that are over."""

    def save(self, folder: Path) -> None:
        """Write what it saw beside the model."""


@dataclass(frozen=True)
class Audience:
    """All who follow one training."""

    hear: Callable[[EpochRow], None]
    """Called as each epoch ends, and at once for those that are over."""
    observers: Sequence[Observer] = ()

    def recall(self, model: Path) -> None:
        """Hear again of a training that is over, from the history that it wrote.

        Raises:
            ValueError: the file is missing or damaged.
        """
        for row in read_history(model):
            self.hear(row)


NOBODY = Audience(lambda _: None)
"""Nobody follows: so in DDP's other processes."""
