"""Headway's study of the heads on the validation split.

The work's setting `measures` says of what: `two`, entropy and distance as the peer's, or `all`,
everything that one pass of `study_weights` measures.
"""

import time
from pathlib import Path

import torch

from benchmarks.work import Outcome, Task, contend
from pipeline.attention import LayerAtWork
from pipeline.model.batch import Batch
from pipeline.model.determinism import fix_arithmetic
from pipeline.model.network import Network
from pipeline.study.measuring import Material
from pipeline.study.relations.trees import read_trees
from pipeline.study.rows import Mean, entropy, mean_distance
from pipeline.study.study import study_weights
from pipeline.study.watching import look_through
from pipeline.tokens.batches import gather, plan_batches


def study(task: Task) -> Outcome:
    """Measure the heads of a network as it starts; the first pass loads libraries."""
    fix_arithmetic(task.params.train.threads)
    network = Network(task.shape).eval()
    table = torch.randn(task.shape.vocab_size, task.params.encoder.d_model)
    network.initialise(table, task.params.seed)
    _measure(network, task)
    start = time.perf_counter()
    _measure(network, task)
    return Outcome(
        seconds=time.perf_counter() - start,
        tokens=len(task.validation.tokens.input_ids),
        steps=len(task.validation.tokens),
        validation_loss=None,
        validation_accuracy=None,
        settings=f"batches of like length; {task.work.settings['measures']}",
    )


def _measure(network: Network, task: Task) -> None:
    batch_tokens, tokens = task.params.evaluate.batch_tokens, task.validation.tokens
    if task.work.settings["measures"] == "all":
        trees = read_trees(Path(task.work.corpus) / "validation.parquet")
        seed = task.params.seed
        study_weights(Material(network, tokens, tokens.input_ids, trees, None, seed), batch_tokens)
        return
    nats, away = Mean(), Mean()

    def look(work: LayerAtWork) -> None:
        nats.add(work.layer, entropy(work.weights), work.real_rows)
        away.add(work.layer, mean_distance(work.weights), work.real_rows)

    for sentences in plan_batches(tokens.lengths, batch_tokens):
        look_through(network, Batch.of_tokens(gather(tokens, sentences)), look)
    nats.result(), away.result()


if __name__ == "__main__":
    contend(study)
