"""What every head does with a few fixed sentences as each epoch ends, while the network learns."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from pipeline.artifacts import ModelFiles
from pipeline.model.network import Network
from pipeline.study.watched import WatchedSentence, weights_on, write_watched


class EpochWeights:
    """Follows a training, and keeps every head's weights on each sentence at each epoch.

    `kept` has them by epoch and sentence, "1/0" and on: layer x head x query x key.
    """

    name = "heads"

    def __init__(self, watched: Sequence[WatchedSentence]) -> None:
        self.watched = watched
        self.kept: dict[str, Tensor] = {}

    def look(self, network: Network, epoch: int) -> None:
        """Keep the network's weights on each sentence."""
        seen = weights_on(network, self.watched)
        self.kept |= {f"{epoch}/{number}": one for number, one in enumerate(seen)}

    def go_on(self, kept: Mapping[str, Tensor]) -> None:
        """Take back what was kept."""
        self.kept = dict(kept)

    def save(self, folder: Path) -> None:
        """Write the weights beside the model."""
        tokens = [sentence.tokens for sentence in self.watched]
        write_watched(self.kept, ModelFiles(folder).watched, tokens)
