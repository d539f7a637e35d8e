"""How far a training has come, in whole steps."""

from dataclasses import dataclass

from pipeline.model.history import EpochRow
from pipeline.model.trail import TrailRow


@dataclass(frozen=True)
class Progress:
    """Between two steps of the optimiser."""

    epoch: int
    """Epochs that are over."""
    step: int
    """Steps done in the epoch that is under way."""
    seconds: float
    """That the training loop has taken so far, without what was lost to interruptions."""
    history: tuple[EpochRow, ...]
    """A row for each epoch that is over."""
    trail: tuple[TrailRow, ...]
    """Of the steps that are over, those that are kept."""

    def __str__(self) -> str:
        return f"epoch {self.epoch + 1}, step {self.step + 1}"


START = Progress(epoch=0, step=0, seconds=0.0, history=(), trail=())
