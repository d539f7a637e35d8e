"""A trained network and a split -> what its heads do there, every measure of it."""

from collections.abc import Iterable, Iterator, Sequence

import torch

from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.progress import counted
from pipeline.study.measuring import Material, Seen, Watch
from pipeline.study.registry import measures
from pipeline.study.table import HeadRow
from pipeline.study.watching import look_through
from pipeline.tokens.batches import gather, plan_batches


@torch.inference_mode()
def study_weights(material: Material, batch_tokens: int) -> list[HeadRow]:
    """All measures of weights and values; none for a network without attention.

    One pass over the split, and one over each input that a measure brings. The layers of one batch
    are in memory at a time.
    """
    if not material.network.shape.encoder.n_layers:
        return []
    started = [(measure, measure.start(material)) for measure in measures()]
    of_split = [watch for measure, watch in started if measure.reads is None]
    _look(material, _batches(material, batch_tokens), of_split)
    for measure, watch in started:
        if measure.reads:
            _look(material, measure.reads(material), [watch])
    return [row for _, watch in started for row in watch.rows()]


def _batches(material: Material, batch_tokens: int) -> Iterator[Seen]:
    plan = plan_batches(material.split.lengths, batch_tokens)
    for sentences in counted(plan, "looking at the heads' weights", len(plan)):
        tokens = gather(material.split, sentences)
        yield Seen(
            tokens, Batch.of_tokens(tokens), torch.from_numpy(material.texts[tokens.token_number])
        )


def _look(material: Material, inputs: Iterable[Seen], watches: Sequence[Watch]) -> None:
    for seen in inputs:

        def look(work: LayerAtWork, seen: Seen = seen) -> None:
            for watch in watches:
                watch.add(work, seen)

        look_through(material.network, seen.batch, look)
