import dataclasses

import pytest
import torch

from benchmarks.contenders import floor, headway
from benchmarks.scaled import write_params
from benchmarks.work import Work, open_task
from pipeline.model.batch import Batch
from pipeline.tokens.batches import gather, plan_batches


@pytest.mark.parametrize("objective", ["tagging", "masked_lm"])
def test_the_bare_loop_computes_what_training_computes_bit_for_bit(finished, tmp_path, objective):
    params = tmp_path / "params.yaml"
    # One epoch: training keeps the best one, the bare loop the last.
    write_params(
        finished.root / "params.yaml", params, {"objective.kind": objective, "train.max_epochs": 1}
    )
    tokens = str(finished.root / "data" / "tokens")
    task = open_task(Work(tokens, str(params), 120, 0.01, {}))
    whole = Batch.of(gather(task.validation, plan_batches(task.validation.lengths, 10_000)[0]))
    bare, real = floor.train(task).score(whole), headway.train(task).score(whole)
    assert torch.equal(bare, real)
    other = dataclasses.replace(task, params=task.params.model_copy(update={"seed": 1}))
    assert not torch.equal(floor.train(other).score(whole), real)


def test_contenders_that_count_sentences_make_as_many_steps(finished):
    root = finished.root
    task = open_task(Work(str(root / "data/tokens"), str(root / "params.yaml"), 100, 0.01, {}))
    sentences = task.training_sentences()
    assert len(sentences) == 100
    assert -(-len(sentences) // task.sentences_per_step) == pytest.approx(
        task.steps_per_epoch, abs=1
    )
    assert sum(len(one["input_ids"]) for one in sentences) * 2 == task.tokens
