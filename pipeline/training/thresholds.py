"""A trained network of several labels, and validation -> above which probability each holds."""

import numpy as np
import torch
from jaxtyping import Bool, Float

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import ModelShape
from pipeline.objectives.objective import AskedSplit
from pipeline.tokens.batches import gather, plan_batches

HALF = 0.5


@torch.inference_mode()
def with_thresholds(network: Network, validation: AskedSplit, batch_tokens: int) -> ModelShape:
    """The network's shape, with the thresholds where its objective has any to choose."""
    shape, objective = network.shape, network.objective
    if not objective.chooses_thresholds:
        return shape
    prepare = objective.prepare_evaluation(validation, shape.vocabulary, seed=0)
    n_asked = len(shape.asked or ())
    found: list[list[np.ndarray]] = [[] for _ in range(n_asked)]
    right: list[list[np.ndarray]] = [[] for _ in range(n_asked)]
    for sentences in plan_batches(validation.tokens.lengths, batch_tokens):
        batch = Batch.of(prepare(gather(validation.tokens, sentences)))
        logits = network.logits(network(batch), batch.target_at, batch.is_token)
        holds = logits.double().softmax(dim=-1)[:, 1].numpy()
        place = (batch.target_at % batch.places).numpy()
        for label in range(n_asked):
            found[label].append(holds[place == label])
            right[label].append(batch.target_ids.numpy()[place == label] == 1)
    chosen = [
        best_threshold(np.concatenate(p), np.concatenate(gold))
        for p, gold in zip(found, right, strict=True)
    ]
    return shape.model_copy(update={"thresholds": tuple(chosen)})


def best_threshold(
    p: Float[np.ndarray, " sentence"], holds: Bool[np.ndarray, " sentence"]
) -> float:
    """Above which probability a label is to be answered for the best F1 of finding it.

    Halfway between two probabilities that occur; of several as good, the nearest to one half, which
    it is too where the label never holds.
    """
    if not holds.any():
        return HALF
    order = np.argsort(-p, kind="stable")
    value, hits = p[order], np.cumsum(holds[order])
    f1 = 2 * hits / (np.arange(1, len(p) + 1) + holds.sum())
    below = np.append(value[1:], 0.0)
    can_end = value > below  # equal probabilities are answered alike
    middle = (value + below) / 2
    best = np.flatnonzero(can_end & (f1 >= f1[can_end].max() - 1e-12))
    half = best[(below[best] <= HALF) & (value[best] > HALF)]
    if len(half):
        return HALF
    return float(middle[best[np.abs(middle[best] - HALF).argmin()]])
