"""A run that is made for a trial of a sweep: its name, its place, its one run."""

import json

import pytest

from pipeline.artifacts import Artifacts
from pipeline.recording.model_run import claim_weights, run_of_model
from pipeline.recording.provenance import origin_of
from pipeline.recording.run_names import run_name
from pipeline.recording.trial import (
    PARENT_OF_SWEEP_TAG,
    VARIABLE,
    SweepTrial,
    name_here,
    token_here,
    trial_here,
    trial_tags,
)
from pipeline.runs.finding import state_of
from pipeline.tracking.run import track
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

TRIAL = SweepTrial("heads", 3, {"seed": 21, "encoder.n_heads": 4}, "n_heads 4, seed 21", "f00")
PARAMS = {
    "tokenize.unit": "word", "objective.kind": "tagging", "encoder.n_layers": 1,
    "encoder.n_heads": 4, "encoder.d_model": 64, "encoder.positions": "rotary",
    "encoder.attention": "learned",
}  # fmt: skip


@pytest.fixture
def in_sweep(monkeypatch):
    for name, text in TRIAL.in_environment().items():
        monkeypatch.setenv(name, text)


@pytest.fixture
def model(tmp_path, monkeypatch) -> Artifacts:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/runs.db")
    artifacts = Artifacts(tmp_path)
    artifacts.model.mkdir(parents=True)
    (artifacts.model / "weights.safetensors").write_bytes(b"the same for everybody")
    return artifacts


def test_outside_a_sweep_nothing_is_added(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert trial_here() is None
    assert trial_tags() == {}
    assert name_here(PARAMS) == run_name(PARAMS)
    assert token_here("its own") == "its own"


def test_a_run_of_a_sweep_says_which_trial_it_is_and_lies_under_the_sweeps(in_sweep, tmp_path):
    assert trial_here() == TRIAL
    tags = origin_of(tmp_path).tags
    assert tags["mlflow.parentRunId"] == "f00"
    assert (tags["headway.sweep"], tags["headway.trial"]) == ("heads", "3")
    assert tags["headway.varied"] == '{"encoder.n_heads": 4, "seed": 21}'
    assert json.loads(tags["headway.varied"]) == TRIAL.varied
    assert name_here(PARAMS) == "n_heads 4, seed 21"
    assert token_here("of its checkpoints") == "f00/3"


def test_a_trial_has_a_run_of_its_own_also_where_another_run_has_its_weights(
    in_sweep, model, monkeypatch
):
    with monkeypatch.context() as outside:
        outside.delenv(VARIABLE)
        with track(model.root, "trained by dvc repro", PARAMS, {}) as run:
            claim_weights(run, model, PARAMS)
    for is_known in (False, True):  # made once, and found again
        with run_of_model(model, PARAMS, trial_tags()) as (run, is_whole):
            assert is_whole is is_known
            claim_weights(run, model, PARAMS)
    runs = newest_runs(open_store(model.root), 10)
    assert [it.info.run_name for it in runs] == ["n_heads 4, seed 21", "trained by dvc repro"]


def test_the_run_of_a_sweep_is_shown_as_what_it_is(model):
    with track(model.root, "heads", {}, {PARENT_OF_SWEEP_TAG: "true"}) as run:
        pass
    found = newest_runs(open_store(model.root), 1)[0]
    assert found.info.run_id == run.run_id
    assert state_of(found) == "a sweep"
