"""A trained network and a split -> every number of the study of its heads."""

import numpy as np
import torch
from jaxtyping import Float

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.study.effective import EffectiveShare
from pipeline.study.norm_weighted import NormWeighted
from pipeline.study.patterns import Patterns
from pipeline.study.rollout import RolledOut
from pipeline.study.watching import LayerAtWork, watched
from pipeline.tokens.batches import gather, plan_batches
from pipeline.tokens.store import TokenStore

Measured = dict[str, Float[np.ndarray, "layer *head"]]


@torch.inference_mode()
def study_weights(network: Network, split: TokenStore, batch_tokens: int) -> Measured:
    """All measures of weights and values, in one pass over the split.

    One layer's weights of one batch are in memory at a time. Empty for a network without attention.
    """
    patterns, rolled = Patterns(), RolledOut()
    effective, norms = EffectiveShare(), NormWeighted()
    for sentences in plan_batches(split.lengths, batch_tokens):
        batch = Batch.of(gather(split, sentences))

        def act(work: LayerAtWork, batch: Batch = batch) -> None:
            patterns.add(work.layer, work.weights, batch.input_ids, work.is_token)
            for measure in (effective, norms, rolled):
                measure.add(work)

        with watched(network, act):
            network(batch)
    if not network.shape.encoder.n_layers:
        return {}
    return patterns.result() | effective.result() | norms.result() | rolled.result()
