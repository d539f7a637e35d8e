"""A network and a split's tokens -> what it answers at every position."""

import numpy as np
import torch

from pipeline.evaluation.predictions import Predictions
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.objectives import Prepare
from pipeline.tokens.batches import TokenBatch, gather, plan_batches
from pipeline.tokens.encoding import NO_LABEL
from pipeline.tokens.store import TokenStore


def predict_split(
    network: Network,
    store: TokenStore,
    prepare: Prepare,
    batch_tokens: int,
    classes: tuple[str, ...],
) -> Predictions:
    """Ask the network for every target of a split, in the order of the corpus.

    A word whose label the network does not know is asked too: its `gold` is UNSEEN_LABEL, and its
    loss NaN.
    """
    plan = plan_batches(store.lengths, batch_tokens)
    answers = [_answer(network, prepare(gather(store, sentences))) for sentences in plan]
    rows = np.concatenate(answers)
    rows = rows[np.argsort(rows["position"], kind="stable")]
    return Predictions(
        sentence=rows["sentence"],
        word=rows["word"],
        gold=rows["gold"],
        predicted=rows["predicted"],
        confidence=rows["confidence"],
        loss=rows["loss"],
        classes=classes,
    )


ANSWER = np.dtype(
    [(name, np.int64) for name in ("position", "sentence", "word", "gold", "predicted")]
    + [(name, np.float64) for name in ("confidence", "loss")]
)


@torch.inference_mode()
def _answer(network: Network, tokens: TokenBatch) -> np.ndarray:
    """One row for each target of a batch."""
    at = np.flatnonzero(tokens.target_ids != NO_LABEL)
    gold = tokens.target_ids.ravel()[at].astype(np.int64)
    logits = network.logits(network(Batch.of(tokens)), torch.from_numpy(at))
    log_p = logits.double().log_softmax(dim=-1)
    best = log_p.max(dim=-1)
    right = log_p.gather(1, torch.from_numpy(gold.clip(min=0))[:, None]).squeeze(1).numpy()
    rows = np.empty(len(at), dtype=ANSWER)
    rows["position"] = tokens.position.ravel()[at]
    rows["sentence"] = tokens.sentence[at // tokens.input_ids.shape[1]]
    rows["word"] = tokens.word_ids.ravel()[at]
    rows["gold"] = gold
    rows["predicted"] = best.indices.numpy()
    rows["confidence"] = best.values.exp().numpy()
    rows["loss"] = np.where(gold >= 0, -right, np.nan)
    return rows
