"""The trail of a training: what its rows are, and where two of them part."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from small_training import settings, train

from pipeline.artifacts import ModelFiles
from pipeline.model.trail import (
    TrailRow,
    hash_weights,
    parting,
    read_trail,
    write_trail,
)

TRAIL = [TrailRow(step, 1 / step, f"{step:032x}") for step in (3, 6, 9, 12)]


def changed(**at_third):
    return [*TRAIL[:2], replace(TRAIL[2], **at_third), replace(TRAIL[3], weights="other")]


def test_the_first_step_that_differs_is_named_and_what_differs_there():
    found = parting(TRAIL, changed(weights="other", loss=0.5))
    assert (found.after, found.step) == (6, 9)
    assert str(found) == (
        "the trainings part between step 6 and step 9: there the weights differ, "
        f"the losses are {1 / 9}, 0.5"
    )
    assert str(parting(TRAIL, changed(loss=0.5))).endswith(
        f"there the weights are still the same, the losses are {1 / 9}, 0.5"
    )
    assert str(parting(TRAIL, changed(weights="other"))).endswith("and the losses are the same")


def test_one_bit_of_a_loss_is_a_difference():
    found = parting(TRAIL, changed(loss=np.nextafter(1 / 9, 1).item()))
    assert found.step == 9
    assert found.losses[0] != found.losses[1]


def test_only_steps_that_both_have_are_compared():
    assert parting(TRAIL, TRAIL) is None
    assert parting(TRAIL, TRAIL[::2]) is None
    assert parting(TRAIL, [replace(row, step=row.step + 1, weights="x") for row in TRAIL]) is None
    assert parting(TRAIL[1::2], changed(weights="other")).after == 6
    assert parting([], TRAIL) is None


def test_a_trail_comes_back_as_the_same_bits(tmp_path):
    losses = [0.1 + 0.2, 1e-320, 5.0]
    rows = [TrailRow(step, loss, "ab") for step, loss in enumerate(losses)]
    write_trail(rows, tmp_path)
    assert read_trail(tmp_path) == rows
    file = ModelFiles(tmp_path).trail
    file.write_text(file.read_text().replace("weights", "other"))
    with pytest.raises(ValueError, match="cannot be used"):
        read_trail(tmp_path)
    assert read_trail(tmp_path / "nowhere") == []


def test_the_hash_is_the_sha256_of_the_bytes():
    weights = [torch.arange(6.0).reshape(2, 3).T, torch.tensor([-0.0])]
    expected = hashlib.sha256(weights[0].contiguous().numpy().tobytes() + b"\0\0\0\x80")
    assert hash_weights(weights) == expected.hexdigest()[:32]


def test_every_so_many_steps_and_the_end_of_each_epoch_have_a_row():
    fitted = train(settings(trail_steps=4))
    steps = [row.step for row in fitted.trail]
    per_epoch = steps[-1] // 2
    assert steps == sorted({*range(4, 2 * per_epoch + 1, 4), per_epoch, 2 * per_epoch})
    # At an epoch's end the loss is the epoch's, as its history has it.
    ends = {row.step: row.loss for row in fitted.trail}
    assert [ends[per_epoch], ends[2 * per_epoch]] == [row.train_loss for row in fitted.history]


def test_another_seed_parts_at_the_first_step_and_the_same_seed_never():
    one, again, other = (train(settings(trail_steps=1), seed=seed) for seed in (1, 1, 2))
    assert parting(one.trail, again.trail) is None
    assert parting(one.trail, other.trail).step == 1
