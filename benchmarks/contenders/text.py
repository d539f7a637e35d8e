"""The training split's words -> ids: Headway's encoding, or the tokenizer called on its own.

The work's setting `encoder` says which.
"""

import time
from pathlib import Path

import numpy as np

from benchmarks.work import Outcome, Task, contend
from pipeline.corpus.store import read_rows
from pipeline.tokens.encoding import encode_words

REPEATS = 3


def train(task: Task) -> Outcome:
    """Encode all sentences a few times; the fastest counts."""
    train = Path(task.work.corpus) / "train.parquet"
    forms = [rows["form"] for rows in read_rows(train, ["form"])]
    sentences = [words for column in forms for words in column.to_pylist()]
    tokenizer = task.encoding.tokenizer

    def headway() -> int:
        encoded = [
            encode_words(task.encoding, column.flatten(), column.value_lengths().to_numpy())
            for column in forms
        ]
        return sum(int(np.sum(one.input_ids)) for one in encoded)

    def tokenizers() -> int:
        encoded = tokenizer.encode_batch(sentences, is_pretokenized=True)
        return sum(sum(one.ids) for one in encoded)

    if headway() != tokenizers():
        raise ValueError("expected the same ids from both, found others")
    bare = {"headway": headway, "tokenizers": lambda: tokenizer.encode_batch(sentences, True)}
    run = bare[task.work.settings["encoder"]]
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return Outcome(
        seconds=min(seconds),
        tokens=task.tokens // task.params.train.max_epochs,
        steps=1,
        validation_loss=None,
        validation_accuracy=None,
        settings="",
    )


if __name__ == "__main__":
    contend(train)
