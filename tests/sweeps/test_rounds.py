"""A round of a search rests on what is known and on its number, and on nothing else."""

import hashlib
import math

import optuna
import pytest

from pipeline.sweeps.dimensions import Choices, Span
from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.plan import Plan
from pipeline.sweeps.rounds import Known, suggested
from pipeline.sweeps.sweep import known_points

RATE = Span("rate", 1e-4, 1e-1, is_log=True, is_whole=False)
HEADS = Span("heads", 1, 16, is_log=False, is_whole=True)
KIND = Choices("kind", ("a", None, [1, 2]))


def asked(history=(), number=0, size=4, method="tpe", dimensions=(RATE, HEADS, KIND), seed=20):
    return suggested(dimensions, history, method, "maximize", seed, number, size)


def test_the_same_is_suggested_however_often_it_is_asked():
    history = [Known(point, number / 10) for number, point in enumerate(asked(size=12))]
    assert asked(history, number=3) == asked(history, number=3)


def test_each_round_and_each_seed_has_points_of_its_own():
    assert asked(number=0) != asked(number=1)
    assert asked(seed=20) != asked(seed=21)


@pytest.mark.parametrize("method", ["tpe", "random"])
def test_points_lie_where_they_may_with_values_as_they_were_written(method):
    for point in asked(size=50, method=method):
        assert 1e-4 <= point["rate"] <= 1e-1
        assert float(f"{point['rate']:.4g}") == point["rate"]
        assert type(point["heads"]) is int
        assert 1 <= point["heads"] <= 16
        assert point["kind"] in ("a", None, [1, 2])


def test_a_round_is_what_optuna_itself_suggests_to_one_who_tells_it_the_same():
    """With one dimension, by Optuna's own ask and tell in one process."""
    history = [Known({"rate": 10**-power}, -abs(power - 2)) for power in (1, 1.5, 2, 2.5, 3, 3.5)]
    history *= 2
    (found,) = asked(history, number=1, size=1, dimensions=(RATE,))
    seed = int.from_bytes(hashlib.sha256(b"20/1").digest()[:4], "big")
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    space = {"rate": optuna.distributions.FloatDistribution(1e-4, 1e-1, log=True)}
    for known in history:
        study.enqueue_trial(dict(known.point))
        study.tell(study.ask(space), known.value)
    assert found["rate"] == pytest.approx(study.ask(space).params["rate"], rel=1e-3)


def test_a_search_finds_the_better_half():
    """Planted: the value falls with the distance from rate 1e-2."""
    history: list[Known] = []
    for number in range(8):
        points = asked(history, number=number, size=4, dimensions=(RATE,))
        history += [Known(it, -abs(math.log10(it["rate"]) + 2)) for it in points]
    last = [abs(math.log10(known.point["rate"]) + 2) for known in history[-8:]]
    assert sorted(last)[4] < 0.5  # of a range of 3 tens


@pytest.mark.parametrize("seeds", [(), (20, 21)])
def test_a_seed_that_is_searched_for_is_a_part_of_the_point_and_one_that_repeats_is_not(seeds):
    varying = (RATE,) if seeds else (RATE, Choices("seed", (20, 21)))
    plan = Plan(dimensions=varying, seeds=seeds, search="random", points=4, round=2)
    trials = [
        Trial(i + 1, i, "done", {"rate": 0.01 * (i // 2 + 1), "seed": 20 + i % 2}, i, {}, None)
        for i in range(4)
    ]
    found = known_points(trials, plan)
    if seeds:
        assert found == [Known({"rate": 0.01}, 0.5), Known({"rate": 0.02}, 2.5)]
    else:
        assert found[3] == Known({"rate": 0.02, "seed": 21}, 3)
    assert len(asked(found, number=1, dimensions=varying)) == 4
