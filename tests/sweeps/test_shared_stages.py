"""Which stages trials share: held against what DVC itself would run again."""

from workspace import ROOT, STAGES

from pipeline.params.yaml_file import read_yaml
from pipeline.sweeps.shared_stages import shared, stage_keys
from pipeline.sweeps.sweep import changed

PIPELINE = read_yaml(ROOT / "dvc.yaml")["stages"]
PARAMS = read_yaml(ROOT / "params.yaml")


def keys(base="code", **changes):
    told = {name.replace("__", "."): value for name, value in changes.items()}
    return stage_keys(PIPELINE, changed(PARAMS, told), base)


def differing(one, other):
    return [verb for verb in STAGES if one[verb] != other[verb]]


def test_a_parameter_changes_its_stage_and_those_after_it_and_no_earlier_one():
    usual = keys()
    assert differing(usual, keys()) == []
    assert differing(usual, keys(encoder__n_heads=2)) == ["train", "evaluate"]
    assert differing(usual, keys(seed=21)) == ["embed", "train", "evaluate"]
    assert differing(usual, keys(evaluate__calibration_bins=5)) == ["evaluate"]
    assert differing(usual, keys(tokenize__unit="bpe")) == STAGES[1:]
    assert differing(usual, keys(corpus__kind="conllu")) == STAGES
    assert differing(usual, keys(corpus__conllu__labels=[])) == []  # not the chosen kind
    assert differing(usual, keys(train__threads=1)) == ["train", "evaluate"]


def test_other_code_or_data_change_every_stage():
    assert differing(keys(), keys(base="other code")) == STAGES


def test_a_stage_is_shared_where_another_trial_has_it():
    grid = [keys(encoder__n_heads=heads, seed=seed) for heads in (1, 2) for seed in (20, 21)]
    assert all(list(shared(one, grid)) == ["corpus", "tokenize", "embed"] for one in grid)
    assert shared(grid[0], grid[:1]) == {}
    of_seeds = [keys(seed=seed) for seed in (20, 21)]
    assert list(shared(of_seeds[0], of_seeds)) == ["corpus", "tokenize"]


def test_changed_parameters_leave_the_ones_that_were_given_alone():
    assert changed(PARAMS, {"encoder.n_heads": 2})["encoder"]["n_heads"] == 2
    assert PARAMS["encoder"]["n_heads"] == 4
