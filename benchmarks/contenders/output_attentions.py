"""A BERT of the same size: `output_attentions`, then entropy and distance with numpy.

The work's setting `batches` says how: `plain`, 32 sentences in their order, padded to the longest,
or `grouped`, Headway's own batches of like length. Each batch's weights are measured and dropped.
"""

import time
from collections.abc import Iterable

import numpy as np
import torch
import transformers

from benchmarks.work import Outcome, Task, contend
from pipeline.tokens.batches import gather, plan_batches

BATCH_SENTENCES = 32


def study(task: Task) -> Outcome:
    """Two numbers for each head on the validation split; the first pass loads libraries."""
    encoder = task.params.encoder
    config = transformers.BertConfig(
        vocab_size=task.shape.vocab_size,
        hidden_size=encoder.d_model,
        num_hidden_layers=encoder.n_layers,
        num_attention_heads=encoder.n_heads,
        intermediate_size=encoder.d_ff,
        max_position_embeddings=task.shape.max_length,
    )
    bert = transformers.BertModel(config, add_pooling_layer=False).eval()
    bert.set_attn_implementation("eager")  # the one that gives weights
    measure(bert, task)
    start = time.perf_counter()
    measure(bert, task)
    return Outcome(
        seconds=time.perf_counter() - start,
        tokens=len(task.validation.tokens.input_ids),
        steps=len(task.validation.tokens),
        validation_loss=None,
        validation_accuracy=None,
        settings=f"{task.work.settings['batches']} batches; entropy and distance",
    )


@torch.inference_mode()
def measure(bert, task):
    """Mean entropy (nats) and distance (tokens) over all tokens, layer x head."""
    entropy = distance = tokens = 0
    for sentences in _batches(task):
        batch = gather(task.validation.tokens, sentences)
        found = bert(
            input_ids=torch.from_numpy(batch.input_ids).long(),
            attention_mask=torch.from_numpy(batch.is_token).long(),
            output_attentions=True,
        ).attentions
        weights = torch.stack(found).numpy()  # layer x batch x head x query x key
        with np.errstate(divide="ignore", invalid="ignore"):
            nats = -np.nansum(weights * np.log(weights), axis=-1)
        place = np.arange(weights.shape[-1])
        away = (weights * np.abs(place[:, None] - place)).sum(axis=-1)
        rows = batch.is_token[None, :, None]
        entropy = entropy + (nats * rows).sum(axis=(1, 3))
        distance = distance + (away * rows).sum(axis=(1, 3))
        tokens += int(batch.is_token.sum())
    return entropy / tokens, distance / tokens


def _batches(task: Task) -> Iterable[np.ndarray]:
    if task.work.settings["batches"] == "grouped":
        return plan_batches(task.validation.tokens.lengths, task.params.evaluate.batch_tokens)
    numbers = np.arange(len(task.validation.tokens))
    return np.array_split(numbers, range(BATCH_SENTENCES, len(numbers), BATCH_SENTENCES))


if __name__ == "__main__":
    contend(study)
