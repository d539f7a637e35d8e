"""A trained network and a split -> every number of the study of its heads."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.study.measures.diversity import Disagreement, Disagreements
from pipeline.study.measures.effective import EffectiveShare
from pipeline.study.measures.norms import NormWeighted
from pipeline.study.measures.rollout import RolledOut
from pipeline.study.relations.arcs import Trees, pairs_of, words_of
from pipeline.study.relations.nearest_tag import Tags, nearest_tag
from pipeline.study.relations.scores import RelationScore, Syntax
from pipeline.study.rows import Patterns
from pipeline.study.watching import look_through
from pipeline.tokens.batches import TokenBatch, gather, plan_batches
from pipeline.tokens.store import TokenStore

Measured = dict[str, Float[np.ndarray, "layer *head"]]


@dataclass(frozen=True)
class Studied:
    """What the heads of a network do on a split; all is empty for a network without attention."""

    measured: Measured
    """Each measure of the catalogue that has one number a head, or a layer."""
    disagreements: Disagreements
    syntax: list[RelationScore]
    """Empty where the corpus has no trees."""


@torch.inference_mode()
def study_weights(
    network: Network,
    split: TokenStore,
    texts: Int[np.ndarray, " token"],
    trees: Trees,
    batch_tokens: int,
    tags: Tags | None = None,
) -> Studied:
    """All measures of weights and values, in one pass over the split; `tags` are the model's own.

    `texts` has a number for the text of each token's word. The sentences are as they were written,
    for a masked-word model too: none of their words is hidden. The layers of one batch are in
    memory at a time.
    """
    patterns, rolled, disagreement = Patterns(), RolledOut(), Disagreement()
    effective, norms = EffectiveShare(), NormWeighted()
    pairs = pairs_of(trees, words_of(split), network.is_causal)
    syntax = Syntax(pairs, nearest_tag(pairs, trees.offsets, tags) if tags else None)
    for sentences in plan_batches(split.lengths, batch_tokens):
        tokens = gather(split, sentences)
        batch = Batch.of_tokens(tokens)
        words = torch.from_numpy(texts[tokens.position])

        def act(
            work: LayerAtWork,
            tokens: TokenBatch = tokens,
            batch: Batch = batch,
            words: Tensor = words,
        ) -> None:
            patterns.add(work.layer, work.weights, batch.input_ids, words, work.visibility)
            syntax.add(work, tokens)
            for measure in (effective, norms, rolled, disagreement):
                measure.add(work)

        look_through(network, batch, act)
    measured: Measured = {}
    if network.shape.encoder.n_layers:
        measured = patterns.result() | effective.result() | norms.result() | rolled.result()
    return Studied(measured, disagreement.result(), syntax.result())
