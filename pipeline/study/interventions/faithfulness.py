"""Do a head's weights say what the prediction rests on? Correlations, and interventions."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from pipeline.attention import Act, LayerAtWork, attend
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.progress import counted
from pipeline.study.interventions.kendall import kendall_tau_b
from pipeline.study.interventions.nulls import RANKED, BesideNulls, null_rankings
from pipeline.tokens.keyed import keyed_seed

LEAST_TOKENS = 3
"""That a target sees: below, there are no two other words to rank."""
PERMUTATIONS = 10
"""Shuffles of each head's weights."""
DECIMALS = 12
"""Of weights and effects: what differs less is tied."""
PERCENTS = (10, 20, 50)
"""Of DeYoung et al.'s shares of a sentence those that differ in one of ten words."""


@dataclass(frozen=True)
class Faithfulness:
    """Of each head at each target of a sentence; NaN where it is not defined.

    Correlations and erasures are of the other tokens that the target sees: its own vector goes on
    beside the attention, so it cannot be left out. A token that is left out, or erased, stays in
    its place, but no head of any layer may attend to it; the papers take it out of the text, so
    that the words around it close up. That is another question, with other answers: what is said of
    tau_leave_one_out (`faithfulness_rows`) tells how far they lie apart.
    """

    tau_leave_one_out: Float[np.ndarray, "layer head target"]
    """Kendall's tau-b between weights and leave-one-out effects (Jain and Wallace 2019, section
    4.1): total variation of the prediction when no token may attend to that one. Over targets
    for which neither side is all ties."""
    tau_gradient: Float[np.ndarray, "layer head target"]
    """The same with |x_j . dlog p / dx_j|, x_j the token's embedding and p the predicted class's
    probability, for the effect (after Jain and Wallace 2019, section 4.1, who hold the weights
    fixed; here the gradient goes through the attention too)."""
    permuted_change: Float[np.ndarray, "layer head target"]
    """TVD(y, y') = sum_c |y_c - y'_c| / 2 when each of the head's rows of weights, own weights and
    all, is shuffled among the tokens that it sees; mean of PERMUTATIONS (Jain and Wallace 2019,
    section 4.2.1, who take the median of 100)."""
    uniform_change: Float[np.ndarray, "layer head target"]
    """TVD(y, y') with a_ij = 1 / tokens seen in all of its rows (Wiegreffe and Pinter 2019, section
    3.2, who train anew with them)."""
    comprehensiveness: Float[np.ndarray, "layer head target"]
    """p(predicted) less p without the most attended other tokens, mean over PERCENTS of these
    (DeYoung et al. 2020, eq. 1 and section 5, who count 1 and 5 % in as well)."""
    sufficiency: Float[np.ndarray, "layer head target"]
    """p(predicted) less p with none but those (DeYoung et al. 2020, eq. 2): 0 if they suffice."""


def study_faithfulness(
    network: Network,
    sentences: Sequence[Batch],
    batch_tokens: int,
    seed: int,
    frequency: Int[np.ndarray, " vocab"],
) -> BesideNulls:
    """Study each sentence, a batch of its own without padding, at its targets.

    Targets that see less than LEAST_TOKENS say nothing. `frequency` is how often each token stands
    in training. In double precision, so that what ranks the words is not rounding.
    """
    exact = copy.deepcopy(network).double().requires_grad_(False)
    place = network.shape.encoder.n_layers, network.shape.encoder.n_heads
    heads: list[Faithfulness] = []
    nulls: list[dict[str, Float[np.ndarray, "null target"]]] = []
    studied: list[int] = []
    told = "testing whether weights explain answers"
    for number, batch in enumerate(counted(sentences, told, len(sentences))):
        tokens = batch.input_ids.shape[1]
        sees = network.visibility(batch).pairs(1, tokens, batch.input_ids.device)[0]
        at = batch.target_at[sees.sum(dim=-1)[batch.target_at] >= LEAST_TOKENS]
        if not len(at):
            continue
        studied.append(number)
        sentence = _Sentence(exact, batch, at, sees, batch_tokens)
        heads.append(sentence.study(keyed_seed(seed, "shuffled", number)))
        ids = batch.input_ids[0].numpy()
        orders = null_rankings(ids, at.numpy(), frequency, keyed_seed(seed, "null", number))
        reached = sentence.rank(orders[None])  # as of the heads of one layer
        nulls.append({name: values[0] for name, values in reached.items()})
    names = tuple(Faithfulness.__dataclass_fields__)
    return BesideNulls.of(studied, [vars(one) for one in heads], nulls, names, place)


class _Sentence:
    """One sentence, its targets, and what the network answers when something in it is changed."""

    def __init__(
        self,
        network: Network,
        batch: Batch,
        at: Int[Tensor, " target"],
        sees: Bool[Tensor, "query key"],
        batch_tokens: int,
    ) -> None:
        self.network, self.batch, self.at, self.sees = network, batch, at, sees
        self.tokens = batch.input_ids.shape[1]
        self.rows = max(1, batch_tokens // self.tokens)
        layers: list[LayerAtWork] = []
        with torch.inference_mode():
            self.answer = self._answers(1, self.at[None], act=layers.append)[0]
        self.weights = np.stack([work.weights[0, :, self.at].numpy() for work in layers])
        self.best = self.answer.argmax(dim=-1)
        self.is_other = sees[at] & (torch.arange(self.tokens) != at[:, None])
        self.left_out, self.slopes = self._left_out(), self._slopes()

    def study(self, seed: int) -> Faithfulness:
        """What the heads' weights reach."""
        with torch.inference_mode():
            permuted, uniform = self._reweighted(seed)
        return Faithfulness(
            **self.rank(self.weights), permuted_change=permuted, uniform_change=uniform
        )

    def rank(
        self, weights: Float[np.ndarray, "layer head target token"]
    ) -> dict[str, Float[np.ndarray, "layer head target"]]:
        """What any weights reach in RANKED; what only rounding tells apart is tied."""
        weights = weights.round(DECIMALS)
        without, only = self._erased(weights)
        found = self._tau(self.left_out, weights), self._tau(self.slopes, weights), without, only
        return dict(zip(RANKED, found, strict=True))

    def _answers(
        self,
        rows: int,
        at: Int[Tensor, "row asked"],
        kept: Bool[Tensor, "row token"] | None = None,
        act: Act | None = None,
    ) -> Float[Tensor, "row asked class"]:
        """Probabilities in each of `rows` copies of the sentence, of which `kept` are seen."""
        copies = self._copies(rows, kept)
        return self._read(self.network(copies, act=act), at)

    def _copies(self, rows: int, kept: Bool[Tensor, "row token"] | None) -> Batch:
        return replace(
            self.batch,
            input_ids=self.batch.input_ids.expand(rows, -1),
            feature_ids=self.batch.feature_ids.expand(rows, -1, -1),
            is_token=kept,
        )

    def _read(
        self, vectors: Float[Tensor, "row token d_model"], at: Int[Tensor, "row asked"]
    ) -> Float[Tensor, "row asked class"]:
        """Probabilities at the tokens that are asked about in each row."""
        place = at + self.tokens * torch.arange(len(at))[:, None]
        logits = self.network.logits(vectors, place.flatten())
        return logits.softmax(dim=-1).view(*at.shape, -1)

    def _chunks(self, rows: int) -> Iterator[slice]:
        for first in range(0, rows, self.rows):
            yield slice(first, min(first + self.rows, rows))

    def _tau(
        self,
        effects: Float[np.ndarray, "target token"],
        weights: Float[np.ndarray, "layer head target token"],
    ) -> Float[np.ndarray, "layer head target"]:
        """Of weights and effects, over the other tokens."""
        effects = effects.round(DECIMALS)
        found = [
            kendall_tau_b(weights[:, :, target, other], effects[target, other])
            for target, other in enumerate(self.is_other.numpy())
        ]
        return np.stack(found, axis=-1)

    @torch.inference_mode()
    def _left_out(self) -> Float[np.ndarray, "target token"]:
        """Change of each prediction when one token may not be attended to, at any layer."""
        kept = ~torch.eye(self.tokens, dtype=torch.bool)
        found = []
        for part in self._chunks(self.tokens):
            rows = part.stop - part.start
            answer = self._answers(rows, self.at.expand(rows, -1), kept[part])
            found.append(_variation(answer, self.answer))
        return torch.cat(found).T.numpy()

    def _slopes(self) -> Float[np.ndarray, "target token"]:
        """|x_j . dlog p(predicted) / dx_j| of each prediction and token."""
        found = []
        for part in self._chunks(len(self.at)):
            copies = self._copies(part.stop - part.start, None)
            embedded = self.network.embedding(copies.input_ids, copies.feature_ids)
            embedded = embedded.detach().requires_grad_()
            vectors = self.network.contextualise(embedded, copies)
            answer = self._read(vectors, self.at[part, None])[:, 0]
            log_p = answer.gather(1, self.best[part, None]).log().sum()
            (slope,) = torch.autograd.grad(log_p, embedded)
            found.append((slope * embedded.detach()).sum(dim=-1).abs())
        return torch.cat(found).numpy()

    def _reweighted(
        self, seed: int
    ) -> tuple[Float[np.ndarray, "layer head target"], Float[np.ndarray, "layer head target"]]:
        """Change of each prediction with one head's weights shuffled, and made equal."""
        random = torch.Generator().manual_seed(seed)
        drawn = torch.rand(PERMUTATIONS, self.tokens, self.tokens, generator=random)
        # What is not seen stands last, and its weight is 0: so it stays where it is.
        order = drawn.masked_fill(~self.sees, 2).argsort(-1)
        even = self.sees.double() / self.sees.sum(dim=-1, keepdim=True)
        permuted, uniform = (np.empty(self.weights.shape[:3]) for _ in range(2))
        for layer, head in np.ndindex(*self.weights.shape[:2]):

            def act(work: LayerAtWork, layer: int = layer, head: int = head) -> Tensor | None:
                if work.layer != layer:
                    return None
                weights = work.weights[:, head]
                weights = torch.cat([weights[:-1].gather(-1, order), even[None]])
                mixed = work.mixed.clone()
                mixed[:, head] = attend(weights[:, None], work.value[:, head, None])[:, 0]
                return mixed

            copies = PERMUTATIONS + 1
            answer = self._answers(copies, self.at.expand(copies, -1), act=act)
            changed = _variation(answer, self.answer)
            permuted[layer, head] = changed[:-1].mean(dim=0)
            uniform[layer, head] = changed[-1]
        return permuted, uniform

    @torch.inference_mode()
    def _erased(
        self, weights: Float[np.ndarray, "layer head target token"]
    ) -> tuple[Float[np.ndarray, "layer head target"], Float[np.ndarray, "layer head target"]]:
        """Fall of p(predicted) without the most attended other tokens, and with only those.

        Of equally attended ones, the first are taken.
        """
        others = torch.where(self.is_other, torch.from_numpy(weights), -torch.inf)
        rank = others.argsort(dim=-1, descending=True, stable=True).argsort(dim=-1)
        number = self.is_other.sum(dim=-1)
        counts = torch.stack([-(-share * number // 100) for share in PERCENTS])
        is_most = rank[None] < counts[:, None, None, :, None]
        kept = torch.stack([~is_most, is_most | ~self.is_other])
        asked = self.at.expand(kept.shape[:-1]).flatten()
        best = self.best.expand(kept.shape[:-1]).flatten()
        flat = kept.flatten(0, -2)
        found = []
        for part in self._chunks(len(flat)):
            answer = self._answers(part.stop - part.start, asked[part, None], flat[part])[:, 0]
            found.append(answer.gather(1, best[part, None])[:, 0])
        p = self.answer.gather(1, self.best[:, None])[:, 0]
        falls = (p - torch.cat(found).view(kept.shape[:-1])).mean(dim=1).numpy()
        return falls[0], falls[1]


def _variation(
    p: Float[Tensor, "*#many class"], q: Float[Tensor, "*#many class"]
) -> Float[Tensor, "*many"]:
    """Total variation distance, in [0, 1]."""
    return (p - q).abs().sum(dim=-1) / 2
