import pytest
import torch

from pipeline.training.averaging import follow


def average_of(decay: float, values: list[float]) -> float:
    """The average after these values of a weight, one after each step."""
    averaged = [torch.zeros(1)]
    for done, value in enumerate(values):
        follow(averaged, [torch.tensor([value])], done, decay)
    return averaged[0].item()


def test_early_on_the_average_follows_quickly():
    # After the first step the weights themselves; then decays 2/11 and 3/12.
    assert average_of(0.995, [1.0]) == 1.0
    second = 2 / 11 * 1.0 + 9 / 11 * 3.0
    assert average_of(0.995, [1.0, 3.0]) == pytest.approx(second)
    assert average_of(0.995, [1.0, 3.0, 5.0]) == pytest.approx(0.25 * second + 0.75 * 5.0)


def test_later_the_decay_is_the_parameter():
    tail = average_of(0.5, [0.0] * 50 + [8.0, 8.0])
    assert tail == pytest.approx(6.0)


def test_without_decay_the_average_is_the_trained_weight():
    assert average_of(0.0, [1.0, 5.0]) == 5.0
