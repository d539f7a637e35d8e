"""A network and a split's tokens -> what it answers at every position."""

import numpy as np
import torch

from pipeline.evaluation.predictions import Predictions
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.objectives.objective import Prepare
from pipeline.objectives.question import NOTHING_ASKED, Question
from pipeline.progress import counted
from pipeline.tokens.batches import gather, plan_batches
from pipeline.tokens.store import TokenStore


def predict_split(
    network: Network,
    store: TokenStore,
    prepare: Prepare,
    batch_tokens: int,
    classes: tuple[str, ...],
) -> Predictions:
    """Ask the network for every target of a split, in the order of the corpus.

    A place whose class the network does not know is asked too: its `gold` is UNSEEN, and its loss
    NaN.
    """
    plan = plan_batches(store.lengths, batch_tokens)
    parts = counted(plan, "asking the model", len(plan))
    answers = [_answer(network, prepare(gather(store, sentences))) for sentences in parts]
    rows = np.concatenate(answers)
    rows = rows[np.lexsort((rows["place"], rows["sentence"]))]
    return Predictions(
        sentence=rows["sentence"],
        word=rows["word"],
        place=rows["place"],
        gold=rows["gold"],
        predicted=rows["predicted"],
        confidence=rows["confidence"],
        loss=rows["loss"],
        classes=classes,
    )


ANSWER = np.dtype(
    [(name, np.int64) for name in ("sentence", "place", "word", "gold", "predicted")]
    + [(name, np.float64) for name in ("confidence", "loss")]
)


@torch.inference_mode()
def _answer(network: Network, question: Question) -> np.ndarray:
    """One row for each target of a batch."""
    tokens, target_ids = question.tokens, question.target_ids
    at = np.flatnonzero(target_ids != NOTHING_ASKED)
    sentence, place = np.divmod(at, target_ids.shape[1])
    gold = target_ids.ravel()[at].astype(np.int64)
    batch = Batch.of(question)
    logits = network.logits(network(batch), torch.from_numpy(at), batch.is_token)
    log_p = logits.double().log_softmax(dim=-1)
    answered = network.choose(logits, sentence, place)
    best = log_p.gather(1, torch.from_numpy(answered)[:, None]).squeeze(1)
    right = log_p.gather(1, torch.from_numpy(gold.clip(min=0))[:, None]).squeeze(1).numpy()
    rows = np.empty(len(at), dtype=ANSWER)
    rows["sentence"] = tokens.sentence[sentence]
    rows["place"] = place
    rows["word"] = question.word_ids[sentence, place]
    rows["gold"] = gold
    rows["predicted"] = answered
    rows["confidence"] = best.exp().numpy()
    rows["loss"] = np.where(gold >= 0, -right, np.nan)
    return rows
