"""A prediction -> what the embedding, every head and every layer put into its lead."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention import Act, LayerAtWork, LayerDone
from pipeline.model.batch import Batch
from pipeline.model.network import Network


@dataclass(frozen=True)
class LeadParts:
    """What each part of the network writes into one token's vector, as its share of the lead.

    The lead is z_c - z_r: the logit of the chosen class less that of its best rival, which is
    ln p_c - ln p_r. A logit alone says nothing, since the softmax does not see what is added to
    all of them alike. The last norm divides all parts by the same spread, which is taken as it
    is; so the parts add up to the lead, rounding aside. What a later layer makes of a head's work
    is that layer's.
    """

    embedding: float
    heads: Float[np.ndarray, "layer head key"]
    """By the token that was looked at; the sum over the keys is the head's."""
    attention_bias: Float[np.ndarray, " layer"]
    feed_forward: Float[np.ndarray, " layer"]
    bias: float
    """The last norm's and the class's own, whatever the sentence."""

    @property
    def total(self) -> float:
        """The lead."""
        layers = self.heads.sum() + self.attention_bias.sum() + self.feed_forward.sum()
        return float(self.embedding + layers + self.bias)


@dataclass(frozen=True)
class Followed:
    """Which answer, and on which token's way through the network it is followed."""

    answer: int
    """From 0, as in `Trace.predictions`."""
    word: int
    """From 0, as in `Trace.words`."""
    token: int
    """From 0, the one whose way it is."""
    place: int
    """Where the network is asked for it: as `Batch.target_at`, of one sentence."""
    is_read_here: bool
    """Whether the answer is read from this token's output vector alone."""


@dataclass(frozen=True)
class Asked(Followed):
    """How one prediction came about.

    What a head does is told by what its silence does to ln p of the predicted class, and what adds
    up to the prediction by the class's lead over its best rival (`LeadParts`).
    """

    label: str
    rival: str | None
    """The next likely class; None where there is one class in all."""
    log_p: float
    """Of `label`, in nats: 0 is sure."""
    lead: float
    """The logit of `label` less that of `rival`, in nats; 0 without a rival."""
    parts: LeadParts | None
    """None without a rival, and where no parts add up to the lead."""
    without: Float[np.ndarray, "layer head"]
    """ln p of `label` when one head writes nothing, in nats."""
    leads_without: Float[np.ndarray, "layer head"]
    """`lead` when one head writes nothing: the logits of the same two classes."""

    @property
    def changes(self) -> Float[np.ndarray, "layer head"]:
        """What each head's silence does to ln p of `label`, in nats."""
        return self.without - self.log_p

    @property
    def owed(self) -> Float[np.ndarray, "layer head"]:
        """How much of the lead goes with each head, whoever reads what it wrote."""
        return self.lead - self.leads_without


@torch.inference_mode()
def ask(
    network: Network,
    batch: Batch,
    followed: Followed,
    logits: Float[Tensor, " class"],
    classes: tuple[str, ...],
) -> Asked:
    """How a prediction about the batch's only sentence came about."""
    best = logits.topk(min(2, len(classes))).indices.tolist()
    label, rival = best[0], best[-1]
    has_rival = label != rival
    at, can_add_up = followed.token, has_rival and followed.is_read_here
    silent = logits_without(network, batch, followed.place)
    return Asked(
        **vars(followed),
        label=classes[label],
        rival=classes[rival] if has_rival else None,
        log_p=float(log_probabilities(logits)[label]),
        lead=float(logits[label] - logits[rival]),
        parts=lead_parts(network, batch, at, label, rival) if can_add_up else None,
        without=log_probabilities(silent)[..., label].numpy(),
        leads_without=(silent[..., label] - silent[..., rival]).double().numpy(),
    )


@torch.inference_mode()
def lead_parts(network: Network, batch: Batch, at: int, label: int, rival: int) -> LeadParts | None:
    """The parts of one class's lead over another at a token of the batch's only sentence.

    None where the logits are not linear in the token's vector, so that there are no parts to add.
    """
    linear = network.head.linear(network.embedding.token.weight)
    if linear is None:
        return None
    of_classes, biases_of_classes = linear
    works: list[LayerAtWork] = []
    done: list[LayerDone] = []
    embedding = network.embedding(batch.input_ids, batch.feature_ids)
    network.contextualise(embedding, batch, works.append, done.append)
    vectors = (done[-1].vectors if done else embedding)[0, at]
    norm = network.encoder.norm
    row = of_classes[label] - of_classes[rival]
    spread = (vectors.var(unbiased=False) + norm.eps).sqrt()

    def share(part: Float[Tensor, "*part d_model"]) -> Float[np.ndarray, "*part"]:
        centred = part - part.mean(dim=-1, keepdim=True)
        lead: Tensor = (centred / spread * norm.weight) @ row
        found: np.ndarray = lead.double().numpy()
        return found

    by_head = (len(works), network.shape.encoder.n_heads, batch.input_ids.shape[1])
    return LeadParts(
        embedding=float(share(embedding[0, at])),
        heads=np.array([share(_written_at(work, at)) for work in works]).reshape(by_head),
        attention_bias=np.array([float(share(work.output_bias)) for work in works]),
        feed_forward=np.array([float(share(layer.fed[0, at])) for layer in done]),
        bias=float(norm.bias @ row + biases_of_classes[label] - biases_of_classes[rival]),
    )


@torch.inference_mode()
def logits_without(network: Network, batch: Batch, place: int) -> Float[Tensor, "layer head class"]:
    """The answer's logits when one head writes nothing; what comes after it is computed anew."""
    encoder = network.shape.encoder
    found = torch.zeros(encoder.n_layers, encoder.n_heads, network.shape.n_classes)
    for layer, head in np.ndindex(encoder.n_layers, encoder.n_heads):
        act = silencing([(layer, head)])
        found[layer, head] = network.logits(network(batch, act=act), torch.tensor([place]))[0]
    return found


def silencing(heads: Collection[tuple[int, int]]) -> Act:
    """What makes these heads, by layer and head from 0, write nothing."""

    def act(work: LayerAtWork) -> Float[Tensor, "batch head query d_head"] | None:
        silent = [head for layer, head in heads if layer == work.layer]
        if not silent:
            return None
        mixed = work.mixed.clone()
        mixed[:, silent] = 0
        return mixed

    return act


def log_probabilities(logits: Float[Tensor, "*many class"]) -> Float[Tensor, "*many class"]:
    """Ln p_c = z_c - ln sum_k exp(z_k), in nats; in double precision, for p near 1."""
    return logits.double().log_softmax(dim=-1)


def _written_at(work: LayerAtWork, at: int) -> Float[Tensor, "head key d_model"]:
    """What each head writes into a token's vector, by the token that it comes from."""
    mixed = work.weights[0, :, at, :, None] * work.value[0]
    return torch.einsum("hkd,hdm->hkm", mixed, work.output)
