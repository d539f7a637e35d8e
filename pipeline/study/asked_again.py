"""A prediction, asked again: with words covered, heads silent, or every head looking evenly."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.attention import Act, LayerAtWork, attend
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.study.contributions import Asked, log_probabilities, silencing

COVERED = 12
"""Words that are covered one by one, at most: those around the word asked about."""


@dataclass(frozen=True)
class Again:
    """What the model answers after a change."""

    label: str
    """The likeliest class."""
    log_p: float
    """Of the class that was the likeliest before, in nats."""


@dataclass(frozen=True)
class Pair:
    """The two heads whose silence moves the answer most, silent together."""

    heads: tuple[tuple[int, int], tuple[int, int]]
    """By layer and head, both from 0."""
    again: Again


@dataclass(frozen=True)
class AskedAgain:
    """One prediction under each change; None where there is nothing to change.

    A covered word cannot be looked at, by any head of any layer, and counts for nothing where the
    sentence is read as a whole; all tokens keep their places.
    """

    covered: Mapping[int, Again]
    """By the word that is covered, from 0: those that the word asked about can see, not itself."""
    alone: Again | None
    """All of them covered."""
    silent: Again | None
    """Every head of every layer writes nothing."""
    even: Again | None
    """Every head gives all the tokens that are seen the same weight; None where that is one."""
    pair: Pair | None


@torch.inference_mode()
def ask_again(
    network: Network,
    batch: Batch,
    word_ids: Int[np.ndarray, " token"],
    asked: Asked,
    classes: Sequence[str],
) -> AskedAgain:
    """Change the batch's only sentence, or the heads, in each way, and ask about `asked` again."""
    label = classes.index(asked.label)

    def again(batch: Batch = batch, act: Act | None = None) -> Again:
        vectors = network(batch, act=act)
        (logits,) = network.logits(vectors, torch.tensor([asked.place]), batch.is_token)
        return Again(classes[int(logits.argmax())], float(log_probabilities(logits)[label]))

    seen = word_ids[: asked.token + 1] if network.is_causal else word_ids
    others = [int(word) for word in np.unique(seen) if word != asked.word]
    near = sorted(sorted(others, key=lambda word: abs(word - asked.word))[:COVERED])
    has_heads, pair = asked.without.size > 0, _strongest_pair(asked)
    return AskedAgain(
        covered={word: again(cover(batch, word_ids, [word])) for word in near},
        alone=again(cover(batch, word_ids, others)) if others else None,
        silent=again(act=silencing([*np.ndindex(asked.without.shape)])) if has_heads else None,
        even=again(act=look_evenly) if has_heads and others else None,
        pair=Pair(pair, again(act=silencing(pair))) if pair else None,
    )


def cover(batch: Batch, word_ids: Int[np.ndarray, " token"], words: Collection[int]) -> Batch:
    """The batch's only sentence, in which no token can look at these words."""
    return replace(batch, is_token=torch.from_numpy(~np.isin(word_ids, list(words)))[None])


def look_evenly(work: LayerAtWork) -> Float[Tensor, "batch head query d_head"]:
    """The mean of the values of all tokens that are seen."""
    even = work.sees / work.n_seen.clamp(min=1)[..., None]
    return attend(even[:, None].expand_as(work.weights), work.value)


def _strongest_pair(asked: Asked) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """By how far each one's silence alone moves ln p of the class."""
    if asked.without.size < 2:
        return None
    first, second = np.argsort(-np.abs(asked.changes), axis=None, kind="stable")[:2].tolist()
    n_heads = asked.without.shape[1]
    return divmod(first, n_heads), divmod(second, n_heads)
