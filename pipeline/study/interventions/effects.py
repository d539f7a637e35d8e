"""A trained network and a split -> what its predictions owe to each head, and to its weights."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.objectives.objective import Prepare
from pipeline.resampling import Resampling
from pipeline.study.interventions.ablation import Ablated, Pruning, ablate_each, prune_greedily
from pipeline.study.interventions.changed_rows import changed_rows, changes_of
from pipeline.study.interventions.faithfulness import LEAST_TOKENS, study_faithfulness
from pipeline.study.interventions.faithfulness_rows import faithfulness_rows
from pipeline.study.interventions.importance import IMPORTANCE
from pipeline.study.interventions.nulls import BesideNulls
from pipeline.study.table import HeadRow, rows_of
from pipeline.study.watched import spread_sentences
from pipeline.tokens.batches import gather, plan_batches
from pipeline.tokens.store import TokenStore


@dataclass(frozen=True)
class Effects:
    """What intervening in the heads of a network does to its predictions."""

    ablated: Ablated
    pruning: Pruning
    sentences: Int[np.ndarray, " sentence"]
    """The number in the split of each sentence of `ablated` and `pruning`."""
    faithfulness: BesideNulls | None
    """None where no sentence was to be intervened in, or answers are read from whole sentences."""
    sampled: Int[np.ndarray, " sampled"]
    """The number in the split of each sentence of `faithfulness`."""


def effect_rows(effects: Effects | None, resampling: Resampling) -> Iterator[HeadRow]:
    """Every measure of interventions; intervals are made as `resampling` says."""
    if effects is None:
        return
    yield from rows_of({IMPORTANCE.name: effects.pruning.whole.importance})
    changes = changes_of(effects.ablated, effects.pruning)
    yield from changed_rows(changes, effects.sentences, resampling)
    if effects.faithfulness:
        yield from faithfulness_rows(effects.faithfulness, effects.sampled, resampling)


def study_effects(
    network: Network,
    split: TokenStore,
    prepare: Prepare,
    batch_tokens: int,
    sentences: int,
    seed: int,
    frequency: Int[np.ndarray, " vocab"],
) -> Effects | None:
    """Importance, ablation and pruning on the whole split, faithfulness on some sentences.

    Some are `sentences` of those with LEAST_TOKENS tokens or more, their lengths spread as the
    lengths of all such are; with 0, and where an answer is read from a whole sentence, so that no
    row of weights is its own, nothing is said of faithfulness. `frequency` is how often each token
    stands in training. None for a network without attention, and for a split without a target.
    """
    if not network.shape.encoder.n_layers:
        return None
    plan = plan_batches(split.lengths, batch_tokens)
    batches = [Batch.of(prepare(gather(split, part))) for part in plan]
    if not any(len(batch.target_ids) for batch in batches):
        return None
    pruning = prune_greedily(network, batches)
    ablated = ablate_each(network, batches)
    found, sampled = None, np.zeros(0, np.int64)
    if sentences and not network.objective.answers_whole:
        long = np.flatnonzero(split.lengths >= LEAST_TOKENS)
        lengths = split.lengths[long]
        sampled = long[np.fromiter(spread_sentences(lengths, lengths > 0, sentences), np.int64)]
        alone = [Batch.of(prepare(gather(split, sampled[[one]]))) for one in range(len(sampled))]
        found = study_faithfulness(network, alone, batch_tokens, seed, frequency)
        sampled = sampled[found.studied]
    return Effects(ablated, pruning, np.concatenate(plan), found, sampled)
