"""A prediction's logit -> what the embedding, every head and every layer put into it."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from pipeline.attention.encoder import Block
from pipeline.model.batch import Batch
from pipeline.model.heads import TaggingHead
from pipeline.model.network import Network
from pipeline.study.watching import LayerAtWork, watched


@dataclass(frozen=True)
class LogitParts:
    """What each part of the network writes into one token's vector, as its share of one logit.

    The last norm divides all parts by the same spread, which is taken as it is; so the parts add
    up to the logit, rounding aside. What a later layer makes of a head's work is that layer's.
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
        """The logit."""
        layers = self.heads.sum() + self.attention_bias.sum() + self.feed_forward.sum()
        return float(self.embedding + layers + self.bias)


@torch.inference_mode()
def logit_parts(network: Network, batch: Batch, at: int, label: int) -> LogitParts | None:
    """The parts of a class's logit at a token of the batch's only sentence.

    None for a masked-word model: its head bends the vector (GELU), so there are no parts to add.
    """
    if not isinstance(network.head, TaggingHead):
        return None
    seen: list[LayerAtWork] = []
    with watched(network, seen.append):
        network(batch)
    embedding = vectors = network.embedding(batch.input_ids, batch.feature_ids)[0, at]
    heads, biases, fed = [], [], []
    for block, work in zip(network.encoder.blocks, seen, strict=True):
        heads.append(_written_at(work, at))
        biases.append(work.attention.output.bias)
        vectors = vectors + heads[-1].sum(dim=(0, 1)) + biases[-1]
        assert isinstance(block, Block)
        fed.append(block.feed_forward(block.feed_forward_norm(vectors[None, None]))[0, 0])
        vectors = vectors + fed[-1]
    norm, row = network.encoder.norm, network.head.label.weight[label]
    spread = (vectors.var(unbiased=False) + norm.eps).sqrt()

    def share(part: Float[Tensor, "*part d_model"]) -> Float[np.ndarray, "*part"]:
        centred = part - part.mean(dim=-1, keepdim=True)
        logit: Tensor = (centred / spread * norm.weight) @ row
        found: np.ndarray = logit.double().numpy()
        return found

    by_head = (len(seen), network.shape.encoder.n_heads, batch.input_ids.shape[1])
    return LogitParts(
        embedding=float(share(embedding)),
        heads=np.array([share(part) for part in heads]).reshape(by_head),
        attention_bias=np.array([float(share(part)) for part in biases]),
        feed_forward=np.array([float(share(part)) for part in fed]),
        bias=float(norm.bias @ row + network.head.label.bias[label]),
    )


@torch.inference_mode()
def logits_without(
    network: Network, batch: Batch, at: int, label: int
) -> Float[np.ndarray, "layer head"]:
    """The class's logit when one head writes nothing; all that comes after it is computed anew."""
    part = network.shape.encoder
    found = np.zeros((part.n_layers, part.n_heads))
    for layer, head in np.ndindex(found.shape):

        def silence(
            work: LayerAtWork, layer: int = layer, head: int = head
        ) -> Float[Tensor, "batch head query d_head"] | None:
            if work.layer != layer:
                return None
            mixed = work.mixed.clone()
            mixed[:, head] = 0
            return mixed

        with watched(network, silence):
            vectors = network(batch).vectors
        found[layer, head] = float(network.logits(vectors, torch.tensor([at]))[0, label])
    return found


def _written_at(work: LayerAtWork, at: int) -> Float[Tensor, "head key d_model"]:
    """What each head writes into a token's vector, by the token that it comes from."""
    mixed = work.weights[0, :, at, :, None] * work.value[0]
    return torch.einsum("hkd,hdm->hkm", mixed, work.written)
