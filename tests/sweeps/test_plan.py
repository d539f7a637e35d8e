"""What a person asks for -> the trials, the same in number and order whoever asks."""

import json
from dataclasses import replace

import pytest
from workspace import ROOT

from pipeline.params.writing import dotted_values
from pipeline.params.yaml_file import read_yaml
from pipeline.sweeps.plan import (
    MOST_CORNERS,
    Plan,
    corners,
    make_plan,
    require_name,
    require_sane,
    slug,
)

YAML = read_yaml(ROOT / "params.yaml")
PARAMS = dotted_values(YAML)


def planned(*changes, seeds=None, search=None, trials=None) -> Plan:
    return make_plan(changes, seeds, search, trials, 4, PARAMS)


def test_a_grid_has_every_combination_with_every_seed_in_the_order_of_their_names():
    plan = planned("encoder.n_heads=4,1", "encoder.positions=none,rotary", seeds=2)
    keys = ("encoder.n_heads", "encoder.positions", "seed")
    assert [tuple(it[key] for key in keys) for it in plan.grid()] == [
        (4, "none", 20), (4, "none", 21), (4, "rotary", 20), (4, "rotary", 21),
        (1, "none", 20), (1, "none", 21), (1, "rotary", 20), (1, "rotary", 21),
    ]  # fmt: skip
    assert plan.count() == 8


def test_one_value_is_set_for_all_and_varies_nothing():
    plan = planned("train.max_epochs=1", "encoder.n_heads=1,2")
    assert plan.fixed == {"train.max_epochs": 1}
    assert plan.grid() == [{"encoder.n_heads": 1}, {"encoder.n_heads": 2}]


def test_a_search_has_as_many_trials_as_points_times_seeds():
    plan = planned("train.learning_rate=log(1e-4,1e-2)", search="tpe", trials=40, seeds=3)
    assert plan.count() == 120


def test_a_plan_is_the_same_after_a_journey_through_json():
    changes = ("train.betas=[0.9,0.98],[0.8,0.9]", "encoder.d_ff=log(16,256)")
    plan = planned(*changes, search="tpe", trials=4)
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan


@pytest.mark.parametrize(
    ("changes", "more", "said"),
    [
        (["encoder.n_heads=4"], {}, "nothing varies"),
        (["encoder.n_heads=1", "encoder.n_heads=2"], {}, "given twice"),
        (["seed=1,2"], {"seeds": 2}, "not both"),
        (["train.learning_rate=log(1e-4,1e-2)"], {}, "is for a search"),
        (["encoder.n_heads=1,2"], {"search": "tpe"}, "go together"),
        (["encoder.n_heads=1,2"], {"trials": 3}, "go together"),
        (["encoder.n_heads=1"], {"search": "tpe", "trials": 3}, "something that varies"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, more, said):
    with pytest.raises(ValueError, match=said):
        planned(*changes, **more)


def test_every_point_of_a_grid_is_checked_before_anything_runs():
    require_sane(planned("encoder.n_heads=1,2", "encoder.d_model=32,64"), YAML, is_meant=False)
    uneven = planned("encoder.n_heads=2,4", "encoder.d_model=64,66", "encoder.positions=none")
    with pytest.raises(ValueError, match=r"n_heads 4, d_model 66 cannot.*\n.*divisible"):
        require_sane(uneven, YAML, is_meant=False)
    search = planned("encoder.dropout=range(0.0,1.5)", search="tpe", trials=2)
    with pytest.raises(ValueError, match=r"dropout.*less than 1"):
        require_sane(search, YAML, is_meant=False)


def test_of_a_search_among_very_many_corners_each_value_is_checked_and_a_sample():
    choices = [f"{key}={','.join(f'0.{digit}' for digit in range(1, 9))}" for key in (
        "encoder.dropout", "encoder.part_dropout", "train.ema_decay", "train.warmup_share",
        "train.weight_decay", "train.gradient_clip",
    )]  # fmt: skip
    last = "train.learning_rate=0.1,0.2,-0.5"
    found = list(corners(planned(*choices, last, search="tpe", trials=2)))
    assert len(found) == 6 * 8 + 3 + MOST_CORNERS  # of 786,432
    for axis in (*choices, last):
        key, _, values = axis.partition("=")
        assert {it[key] for it in found} == set(map(float, values.split(",")))
    few = list(corners(planned(last, search="tpe", trials=2)))
    assert [it["train.learning_rate"] for it in few] == [0.1, 0.2, -0.5]


def test_very_many_runs_are_asked_about():
    plan = planned(f"seed={','.join(map(str, range(10_000)))}")
    with pytest.raises(ValueError, match="10,000 runs"):
        require_sane(plan, YAML, is_meant=False)


def test_more_seeds_or_points_are_the_same_question_and_anything_else_is_another():
    grid = planned("encoder.n_heads=1,2", seeds=2)
    assert grid.grown_to(planned("encoder.n_heads=1,2", seeds=5)).count() == 10
    assert grid.usual_name() == planned("encoder.n_heads=1,2", seeds=5).usual_name()
    for other in (planned("encoder.n_heads=1,2,4", seeds=2), planned("encoder.n_heads=1,2")):
        assert grid.grown_to(other) is None
        assert other == grid or other.grown_to(grid) is None
    search = planned("encoder.n_heads=1,2", search="tpe", trials=4)
    assert search.grown_to(replace(search, points=9)).count() == 9
    assert search.grown_to(replace(search, points=2)).count() == 4  # none is taken away
    assert search.grown_to(replace(search, round=2)) is None


@pytest.mark.parametrize("name", ["", "a b", "../x", "a..b", "x.lock", "-x", "a/b", "x" * 65])
def test_a_name_that_git_or_a_folder_would_not_take_is_refused(name):
    with pytest.raises(ValueError, match="no name for a sweep"):
        require_name(name)


def test_an_experiment_is_named_by_what_varies_in_letters_that_git_takes():
    assert slug({"encoder.n_heads": 4, "seed": 21}, 7) == "n_heads-4-seed-21"
    assert slug({"train.betas": [0.9, 0.98]}, 7) == "betas-_0.9-0.98-7"
    assert slug({"objective.target": "词性"}, 1) != slug({"objective.target": "句法"}, 2)
    many = {f"section.parameter_{i}": "x" * 20 for i in range(9)}
    assert slug(many | {"seed": 1}, 1) != slug(many | {"seed": 2}, 2)
