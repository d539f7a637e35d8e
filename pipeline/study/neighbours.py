"""Vectors -> the vocabulary's words that lie nearest to them."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.model.network import Network
from pipeline.tokens.encoding import Encoding


@dataclass(frozen=True)
class Neighbour:
    """A token of the vocabulary and its cosine, in [-1, 1], with the vector asked about."""

    text: str
    cosine: float


def embedded_words(network: Network, encoding: Encoding) -> Float[Tensor, "vocab d_model"]:
    """Every token of the vocabulary as the embedding makes it of a word: row and sub-word parts.

    As inside a sentence, and without a position.
    """
    vectors = network.embedding.token.weight
    if network.embedding.feature is None:
        return vectors
    ids = encoding.features.ids(encoding.vocabulary, starts_sentence=False)
    parts: Tensor = network.embedding.feature(torch.from_numpy(ids))
    return vectors + parts


def nearest(
    vectors: Float[Tensor, "token d_model"],
    words: Float[Tensor, "vocab d_model"],
    encoding: Encoding,
    count: int,
    left_out: Int[Tensor, " token"] | None = None,
) -> list[tuple[Neighbour, ...]]:
    """For each vector, the words with the greatest cosine, the greatest first.

    Special tokens are no words; `left_out` names a token for each vector that is not its answer.
    """
    unit = torch.nn.functional.normalize
    cosine = unit(vectors.float(), dim=-1) @ unit(words.float(), dim=-1).T
    cosine[:, [*encoding.special.ids]] = -torch.inf
    if left_out is not None:
        cosine.scatter_(1, left_out[:, None], -torch.inf)
    best = cosine.topk(min(count, cosine.shape[1]), dim=-1)
    return [
        tuple(
            Neighbour(token_text(encoding, i), value)
            for i, value in zip(ids, values, strict=True)
            if value > -torch.inf
        )
        for ids, values in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def token_text(encoding: Encoding, token_id: int) -> str:
    """What a token of the vocabulary reads; bytes that are no whole character are a sign."""
    text: str = encoding.tokenizer.decode([token_id], skip_special_tokens=False)
    return text.strip() or "�"
