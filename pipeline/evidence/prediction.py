"""A network and a split's tokens -> what it answers at every position."""

from collections.abc import Iterator

import numpy as np
import torch

from pipeline.evidence.predictions import Predictions
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.objectives import Prepare
from pipeline.tokens.batches import SentenceIds, TokenBatch, gather, plan_batches
from pipeline.tokens.store import TokenStore


def predict_split(
    network: Network,
    store: TokenStore,
    prepare: Prepare,
    batch_tokens: int,
    classes: tuple[str, ...],
) -> Predictions:
    """Ask the network for every target of a split, in the order of the corpus.

    Raises:
        ValueError: the split has no target.
    """
    plan = plan_batches(store.lengths, batch_tokens)
    answers = [
        part for batch in _prepared(store, prepare, plan) for part in _answer(network, batch)
    ]
    if not answers:
        raise ValueError(
            "expected something to predict in every split, found nothing: is it empty?"
        )
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


def _prepared(store: TokenStore, prepare: Prepare, plan: list[SentenceIds]) -> Iterator[TokenBatch]:
    for sentences in plan:
        yield prepare(gather(store, sentences))


@torch.inference_mode()
def _answer(network: Network, tokens: TokenBatch) -> list[np.ndarray]:
    """One row for each target of a batch; none where nothing is asked."""
    batch = Batch.of(tokens)
    if not len(batch.target_ids):
        return []
    logits = network.logits(network(batch).vectors, batch.target_at)
    log_p = logits.double().log_softmax(dim=-1)
    best = log_p.max(dim=-1)
    at = batch.target_at.numpy()
    rows = np.empty(len(at), dtype=ANSWER)
    rows["position"] = tokens.position.ravel()[at]
    rows["sentence"] = tokens.sentence[at // tokens.input_ids.shape[1]]
    rows["word"] = tokens.word_ids.ravel()[at]
    rows["gold"] = batch.target_ids.numpy()
    rows["predicted"] = best.indices.numpy()
    rows["confidence"] = best.values.exp().numpy()
    rows["loss"] = -log_p.gather(1, batch.target_ids[:, None]).squeeze(1).numpy()
    return [rows]
