import dataclasses

import pytest
import torch

from benchmarks.contenders import floor, headway
from benchmarks.work import Task, Work, open_task
from pipeline.model.batch import Batch
from pipeline.objectives.registry import objective_of
from pipeline.params.writing import write_params
from pipeline.tokens.batches import gather, plan_batches


def asked(task: Task) -> Batch:
    """The validation split as one batch."""
    objective, tokens = objective_of(task.params.objective), task.validation.tokens
    ask = objective.prepare_evaluation(task.validation, task.shape.vocabulary, seed=0)
    return Batch.of(ask(gather(tokens, plan_batches(tokens.lengths, 10_000)[0])))


@pytest.mark.parametrize("objective", ["tagging", "masked_lm"])
def test_the_bare_loop_computes_what_training_computes_bit_for_bit(tokenized, tmp_path, objective):
    params = tmp_path / "params.yaml"
    # One epoch: training keeps the best one, the bare loop the last.
    write_params(tokenized.params, params, {"objective.kind": objective, "train.max_epochs": 1})
    task = open_task(Work(str(tokenized.corpus), str(tokenized.tokens), str(params), 120, 0.01, {}))
    whole = asked(task)
    bare, real = floor.train(task).score(whole), headway.train(task).score(whole)
    assert len(bare) > 0
    assert torch.equal(bare, real)
    other = dataclasses.replace(task, params=task.params.model_copy(update={"seed": 1}))
    assert not torch.equal(floor.train(other).score(whole), real)
