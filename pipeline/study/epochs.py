"""What every head does with a few fixed sentences as each epoch ends, while the network learns."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from torch import Tensor

from pipeline.artifacts import ModelFiles
from pipeline.model.network import Network
from pipeline.study.watched import (
    HeadFigures,
    WatchedSentence,
    head_figures,
    read_watched,
    weights_on,
    write_watched,
)

Tell = Callable[[HeadFigures, int], None]
"""Told `head_figures` of an epoch, from 1; not where nothing attends."""


class EpochWeights:
    """Follows a training, and keeps every head's weights on each sentence at each epoch.

    `kept` has them by epoch and sentence, "1/0" and on: layer x head x query x key.
    """

    name = "heads"

    def __init__(self, watched: Sequence[WatchedSentence], tell: Tell) -> None:
        self.watched, self.tell = watched, tell
        self.kept: dict[str, Tensor] = {}

    def look(self, network: Network, epoch: int) -> None:
        """Keep the network's weights on each sentence, and tell their figures."""
        seen = weights_on(network, self.watched)
        self.kept |= {f"{epoch}/{number}": one for number, one in enumerate(seen)}
        self._tell(epoch, seen)

    def go_on(self, kept: Mapping[str, Tensor]) -> None:
        """Take back what was kept, and tell its epochs again."""
        self.kept = dict(kept)
        for epoch in range(1, _epochs(kept) + 1):
            count = sum(name.startswith(f"{epoch}/") for name in kept)
            self._tell(epoch, [kept[f"{epoch}/{number}"] for number in range(count)])

    def save(self, folder: Path) -> None:
        """Write the weights beside the model."""
        tokens = [sentence.tokens for sentence in self.watched]
        write_watched(self.kept, ModelFiles(folder).watched, tokens)

    def recall(self, folder: Path) -> None:
        """Tell the epochs that `save` wrote there.

        Raises:
            ValueError: the file is missing or damaged.
        """
        for epoch, seen in enumerate(read_watched(ModelFiles(folder).watched), start=1):
            self._tell(epoch, seen)

    def _tell(self, epoch: int, seen: Sequence[Tensor]) -> None:
        if figures := head_figures(seen):
            self.tell(figures, epoch)


def _epochs(kept: Mapping[str, Tensor]) -> int:
    return max((int(name.partition("/")[0]) for name in kept), default=0)
