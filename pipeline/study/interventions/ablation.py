"""What the model loses without a head: set to zero, to its mean, or closed one after another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.progress import advance, begin, counted
from pipeline.study.interventions.importance import Leaning, gate_importance
from pipeline.study.interventions.sums import SentenceSums, sentence_sums
from pipeline.study.watching import look_through


@dataclass(frozen=True)
class Changed:
    """How the network fares, against the whole network: sums over the targets of each sentence.

    The same sentences in both, so that intervals are of pairs.
    """

    losses: Float[np.ndarray, " sentence"]
    hits: Float[np.ndarray, " sentence"]
    targets: Int[np.ndarray, " sentence"]

    @classmethod
    def of(cls, after: SentenceSums, before: SentenceSums) -> "Changed":
        """The difference, sentence by sentence."""
        return cls(after.loss - before.loss, after.correct - before.correct, before.targets)

    @property
    def loss(self) -> float:
        """In nats a target; > 0: what is gone helps."""
        return float(self.losses.sum() / self.targets.sum())

    @property
    def accuracy(self) -> float:
        """In [-1, 1]; < 0: what is gone helps."""
        return float(self.hits.sum() / self.targets.sum())


@dataclass(frozen=True)
class PruningStep:
    """The network without this head and those of all steps before."""

    layer: int
    head: int
    """Both from 0."""
    changed: Changed


@dataclass(frozen=True)
class Pruning:
    """The whole network, and how it fares as its heads go."""

    whole: Leaning
    steps: tuple[PruningStep, ...]
    """As many as there are heads."""


@dataclass(frozen=True)
class Ablated:
    """What changes when one head alone gives nothing, or always the same; by layer and head."""

    zero: list[list[Changed]]
    mean: list[list[Changed]]


def ablate_each(network: Network, batches: Sequence[Batch]) -> Ablated:
    """Every head alone at zero, then at its mean over all tokens of the batches.

    Of MHAtt(x) = sum_h xi_h Att_h(x) (Michel et al. 2019, eq. 1), L(xi_h = 0) - L and the same of
    the accuracy (their section 3.2). Then one Att_h(x) is replaced by E_x[Att_h(x)], over all
    places of all sentences (mean ablation; Wang et al. 2023 take the mean of other texts of the
    same pattern, place by place). With zero, what a head always gives counts as its work; with the
    mean, only what depends on the sentence does.

    Raises:
        ValueError: there is no target.
    """
    n_layers, n_heads = network.shape.encoder.n_layers, network.shape.encoder.n_heads
    whole = np.ones((n_layers, n_heads), dtype=bool)
    means = mean_outputs(network, batches)
    nothing = torch.zeros_like(means)
    before = _sums(network, batches, whole, nothing)

    begin("taking away each head", 2 * n_layers * n_heads)

    def changed(layer: int, head: int, instead: Tensor) -> Changed:
        is_open = whole.copy()
        is_open[layer, head] = False
        found = Changed.of(_sums(network, batches, is_open, instead), before)
        advance()
        return found

    zero, mean = (
        [[changed(layer, head, instead) for head in range(n_heads)] for layer in range(n_layers)]
        for instead in (nothing, means)
    )
    return Ablated(zero, mean)


def prune_greedily(network: Network, batches: Sequence[Batch]) -> Pruning:
    """Close the head of least importance, measure anew without it, and so on to the last.

    h_(t+1) = argmin I_h with xi = 0 for h_1 ... h_t, one head a step and with `gate_importance`
    taken again at every step, since what a head is worth depends on the heads that are left.
    Michel et al. 2019 (section 4) take importance once, of the whole model, and close a tenth of
    the heads a step in its order. Of equals, the first.

    Raises:
        ValueError: there is no target.
    """
    is_open = np.ones((network.shape.encoder.n_layers, network.shape.encoder.n_heads), dtype=bool)
    steps: list[PruningStep] = []
    now = whole = gate_importance(network, batches, is_open)
    for _ in counted(range(is_open.size), "taking away one head after another", is_open.size):
        least = np.where(is_open, now.importance, np.inf).argmin()
        layer, head = (int(one) for one in np.unravel_index(least, is_open.shape))
        is_open[layer, head] = False
        now = gate_importance(network, batches, is_open)
        steps.append(PruningStep(layer, head, Changed.of(now.sums, whole.sums)))
    return Pruning(whole, tuple(steps))


def mean_outputs(network: Network, batches: Sequence[Batch]) -> Float[Tensor, "layer head d_head"]:
    """What each head gives on average, over all tokens."""
    encoder = network.shape.encoder
    d_head = encoder.d_model // encoder.n_heads
    total = torch.zeros(encoder.n_layers, encoder.n_heads, d_head).double()
    tokens = 0

    def add(work: LayerAtWork) -> None:
        real = work.real_rows[:, 0]
        total[work.layer] += work.mixed.transpose(1, 2)[real].double().sum(dim=0)

    for batch in batches:
        look_through(network, batch, add)
        tokens += batch.input_ids.numel() if batch.is_token is None else int(batch.is_token.sum())
    return (total / max(1, tokens)).float()


@torch.inference_mode()
def _sums(
    network: Network,
    batches: Sequence[Batch],
    is_open: Bool[np.ndarray, "layer head"],
    instead: Float[Tensor, "layer head d_head"],
) -> SentenceSums:
    """How the network fares with `instead` in the place of what closed heads give."""
    closed = torch.from_numpy(~is_open)

    def act(work: LayerAtWork) -> Tensor:
        takes = closed[work.layer][:, None, None]
        return torch.where(takes, instead[work.layer][:, None], work.mixed)

    return SentenceSums.joined([sentence_sums(network, batch, act)[0] for batch in batches])
