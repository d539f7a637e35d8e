"""The same work for every contender: which sentences, which shape, how many tokens a step.

A contender is a module of `benchmarks.contenders` with one function from `Task` to `Trained`. It
runs in a process of its own: `python -m benchmarks.contenders.trainer WORK.json OUTCOME.json`.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pipeline.model.batch import Batch
from pipeline.model.shape import ModelShape, shape_for
from pipeline.objectives.objective import AskedSplit
from pipeline.objectives.registry import objective_of
from pipeline.params.whole import Params, read_params
from pipeline.tokens.batches import gather, plan_batches, plan_epoch
from pipeline.tokens.encoding import Encoding, load_encoding
from pipeline.tokens.store import open_tokens

Sentence = dict[str, list[int]]
"""`input_ids` and `labels` of one sentence, as loaders in other libraries take them."""
Score = Callable[[Batch], Tensor]
"""Logits at a batch's targets: the one thing that the referee asks of every model."""


@dataclass(frozen=True)
class Work:
    """What is trained, on what, and how; equal for all contenders of one comparison."""

    corpus: str
    """Folder with the treebank, stored."""
    tokens: str
    """Folder with the same treebank, tokenized once."""
    params: str
    """A params.yaml: shape, objective, epochs, tokens a step, threads, precision, device."""
    sentences: int
    """How many of the training split's, from its start."""
    learning_rate: float
    """The contender's own, so that each one trains as well as it can."""
    settings: dict[str, Any]
    """What else this contender alone is told."""


@dataclass(frozen=True)
class Task:
    """A work with everything it names opened."""

    work: Work
    params: Params
    encoding: Encoding
    shape: ModelShape
    train: AskedSplit
    validation: AskedSplit

    @property
    def steps_per_epoch(self) -> int:
        """Of the optimiser: as many as Headway's budget of tokens a step comes to."""
        train = self.params.train
        return len(plan_epoch(self.train.tokens.lengths, train.batch_tokens, self.params.seed, 0))

    @property
    def sentences_per_step(self) -> int:
        """For loaders that count sentences: so many that the steps are as many."""
        return -(-len(self.train.tokens) // self.steps_per_epoch)

    @property
    def tokens(self) -> int:
        """Real tokens seen in training, padding not counted."""
        return len(self.train.tokens.input_ids) * self.params.train.max_epochs

    def training_sentences(self) -> list[Sentence]:
        """The training split as lists of ids; with labels for tagging, -100 where there is none."""
        tokens, answers = self.train.tokens, self.train.answers
        columns = {"input_ids": tokens.input_ids}
        if answers is not None:
            columns["labels"] = np.where(answers < 0, -100, answers)
        return [
            {name: column[a:b].tolist() for name, column in columns.items()}
            for a, b in pairwise(tokens.offsets)
        ]


@dataclass(frozen=True)
class Trained:
    """What a contender that trains a network came to."""

    seconds: float
    """Of the training loop alone; imports, reading and building the model not counted."""
    score: Score
    settings: str
    """What it was told for the sake of speed, for the reader."""


@dataclass(frozen=True)
class Outcome:
    """What any contender came to, as it is written."""

    seconds: float
    tokens: int
    """Real ones that were worked on, padding not counted."""
    steps: int
    validation_loss: float | None
    """In nats; None where nothing was learned, or without likelihoods."""
    validation_accuracy: float | None
    settings: str


def open_task(work: Work) -> Task:
    """Read the parameters, map the tokens, and look up the answers in the corpus."""
    params = read_params(Path(work.params))
    params = params.model_copy(
        update={"train": params.train.model_copy(update={"learning_rate": work.learning_rate})}
    )
    corpus, tokens = Path(work.corpus), Path(work.tokens)
    encoding = load_encoding(tokens)
    objective = objective_of(params.objective)
    classes = objective.classes(corpus / "train.parquet")
    train, validation = (
        objective.split(corpus / f"{name}.parquet", open_tokens(tokens / name), classes)
        for name in ("train", "validation")
    )
    return Task(
        work=work,
        params=params,
        encoding=encoding,
        shape=shape_for(encoding, params.encoder, objective, classes),
        train=first_sentences(train, work.sentences),
        validation=validation,
    )


def first_sentences(split: AskedSplit, count: int) -> AskedSplit:
    """A split's first sentences, their tokens still memory-mapped, and the answers for them."""
    tokens, answers = split.tokens, split.answers
    offsets = tokens.offsets[: count + 1]
    end = int(offsets[-1])
    cut = replace(
        tokens,
        offsets=offsets,
        input_ids=tokens.input_ids[:end],
        feature_ids=tokens.feature_ids[:end],
        word_ids=tokens.word_ids[:end],
        ends_word=tokens.ends_word[:end],
    )
    if answers is None:
        return AskedSplit(cut, None)
    is_of_tokens = len(answers) == len(tokens.input_ids)
    places = end if is_of_tokens else len(cut) * (len(answers) // len(tokens))
    return AskedSplit(cut, answers[:places])


@torch.no_grad()
def validate(task: Task, score: Score, device: str) -> tuple[float, float]:
    """Mean loss in nats and accuracy on the validation split: the same questions to every model."""
    objective, seed = objective_of(task.params.objective), task.params.seed
    ask = objective.prepare_evaluation(task.validation, task.shape.vocabulary, seed)
    tokens = task.validation.tokens
    loss = right = count = 0.0
    for sentences in plan_batches(tokens.lengths, 8192):
        batch = Batch.of(ask(gather(tokens, sentences))).to(device)
        logits = score(batch).float()
        loss += float(torch.nn.functional.cross_entropy(logits, batch.target_ids, reduction="sum"))
        right += float((logits.argmax(-1) == batch.target_ids).sum())
        count += len(batch.target_ids)
    return loss / count, right / count


def contend(train: Callable[[Task], Trained | Outcome]) -> None:
    """Run a contender on the work that the command line names, and write what came of it."""
    work_file, outcome_file = sys.argv[1:]
    task = open_task(Work(**json.loads(Path(work_file).read_text())))
    torch.set_num_threads(task.params.train.threads)
    torch.manual_seed(task.params.seed)
    found = train(task)
    outcome = judged(task, found) if isinstance(found, Trained) else found
    Path(outcome_file).write_text(json.dumps(asdict(outcome)))


def judged(task: Task, trained: Trained) -> Outcome:
    """The outcome of training: its seconds, and how good it is on the validation split."""
    loss, accuracy = validate(task, trained.score, "cuda" if torch.cuda.is_available() else "cpu")
    return Outcome(
        seconds=trained.seconds,
        tokens=task.tokens,
        steps=task.steps_per_epoch * task.params.train.max_epochs,
        validation_loss=loss,
        validation_accuracy=accuracy,
        settings=trained.settings,
    )


def write_work(work: Work, path: Path) -> None:
    """Write a work where a contender reads it."""
    path.write_text(json.dumps(asdict(work)))
