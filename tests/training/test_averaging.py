import pytest
import torch

from pipeline.training.averaging import AveragedWeights


def follow(decay: float, values: list[float]) -> float:
    """The average after meeting these values one after the other, starting at 0."""
    averaged = torch.zeros(1)
    average = AveragedWeights(decay)._kwargs["multi_avg_fn"]
    for steps, value in enumerate(values, start=1):
        average([averaged], [torch.tensor([value])], torch.tensor(steps))
    return averaged.item()


def test_early_on_the_average_follows_quickly():
    # Decays 2/11 and 3/12: 9/11 of the first value, then a quarter of that and 3/4 of the second.
    assert follow(0.995, [1.0]) == pytest.approx(9 / 11)
    assert follow(0.995, [1.0, 3.0]) == pytest.approx(0.25 * 9 / 11 + 0.75 * 3)


def test_later_the_decay_is_the_parameter():
    tail = follow(0.5, [0.0] * 50 + [8.0, 8.0])
    assert tail == pytest.approx(6.0)


def test_without_decay_the_average_is_the_trained_weight():
    assert follow(0.0, [1.0, 5.0]) == 5.0
