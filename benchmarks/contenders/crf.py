"""python-crfsuite with hand-made features: a linear-chain CRF, what one gets without attention."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pycrfsuite

from benchmarks.work import Outcome, Task, contend
from pipeline.corpus.store import read_rows
from pipeline.objectives.registry import objective_of

SETTINGS = {"c1": 0.1, "c2": 0.01, "max_iterations": 50}


def features(words: list[str], i: int) -> list[str]:
    """The word, its ends, its case and digits, and its neighbours."""
    word = words[i]
    lower = word.lower()
    found = ["bias", f"w={lower}", f"title={word.istitle()}", f"upper={word.isupper()}",
             f"digit={any(c.isdigit() for c in word)}", f"hyphen={'-' in word}"]  # fmt: skip
    found += [f"p{n}={lower[:n]}" for n in (1, 2, 3)] + [f"s{n}={lower[-n:]}" for n in (1, 2, 3, 4)]
    for offset in (-2, -1, 1, 2):
        at = i + offset
        other = words[at].lower() if 0 <= at < len(words) else "<none>"
        found.append(f"{offset}:w={other}")
        if abs(offset) == 1:
            found.append(f"{offset}:s3={other[-3:]}")
    return found


def sentences(task: Task, split: str) -> Iterator[tuple[list[str], list[str]]]:
    """Words and tags."""
    target = objective_of(task.params.objective).target
    for rows in read_rows(Path(task.work.corpus) / f"{split}.parquet", ["form", target]):
        yield from zip(rows["form"].to_pylist(), rows[target].to_pylist(), strict=True)


def train(task: Task) -> Outcome:
    """Make the features, train, tag the validation split."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params(SETTINGS)
    start = time.perf_counter()
    for words, tags in sentences(task, "train"):
        trainer.append([features(words, i) for i in range(len(words))], tags)
    with tempfile.TemporaryDirectory() as folder:
        trainer.train(f"{folder}/crf")
        seconds = time.perf_counter() - start
        tagger = pycrfsuite.Tagger()
        tagger.open(f"{folder}/crf")
    right = total = 0
    for words, tags in sentences(task, "validation"):
        found = tagger.tag([features(words, i) for i in range(len(words))])
        right += sum(a == b for a, b in zip(found, tags, strict=True))
        total += len(tags)
    return Outcome(
        seconds=seconds,
        tokens=task.tokens // task.params.train.max_epochs,
        steps=SETTINGS["max_iterations"],
        validation_loss=None,
        validation_accuracy=right / total,
        settings="L-BFGS, " + ", ".join(f"{name}={value}" for name, value in SETTINGS.items()),
    )


if __name__ == "__main__":
    contend(train)
