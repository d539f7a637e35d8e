"""Whole sweeps, as a person starts them, on the small corpus."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from preloaded import programs
from ruamel.yaml import YAML
from workspace import Workspace

from pipeline.recording.metric_names import of_epoch, of_split
from pipeline.sweeps.ledger import Ledger, Trial
from pipeline.sweeps.place import Place
from pipeline.sweeps.storage import open_storage
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

GRID = ("-S", "train.precision=32-true,16-mixed", "--seeds", "2", "--name", "formats")
# Without heads, whose study takes longer than all the rest of so small a trial.
SEARCH = (
    "-S", "train.learning_rate=log(1e-3,1e-1)", "-S", "tokenize.max_length=13",
    "-S", "train.max_epochs=1", "-S", "train.checkpoint_seconds=0", "-S", "encoder.n_layers=0",
    "--search", "tpe", "--trials", "3", "--round", "2", "--name", "rates",
)  # fmt: skip


def trials_of(workspace: Workspace, name: str) -> list[Trial]:
    place = Place(workspace.root, name)
    ledger = Ledger.opened(open_storage(None, place.journal, place.journal_lock), name)
    assert ledger is not None
    return ledger.trials()


def runs_of(workspace: Workspace, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return newest_runs(open_store(workspace.root), 100)


def logs(workspace: Workspace, name: str) -> str:
    folder = Place(workspace.root, name).folder / "logs"
    return "".join(path.read_text() for path in sorted(folder.iterdir()))


def nothing_is_left(workspace: Workspace, name: str) -> None:
    left = {path.name for path in Place(workspace.root, name).folder.iterdir()}
    assert left == {"journal", "logs", "sweep.json"}
    assert not list((workspace.root / ".headway/running").iterdir())


@pytest.mark.long
def test_a_grid_becomes_experiments_and_runs_and_a_failing_trial_is_told(copied, monkeypatch):
    before = copied.run("git", "status", "--porcelain").stdout
    done = copied.run("headway", "sweep", *GRID, "--jobs", "2")
    assert done.returncode == 1, done.stdout
    assert "formats: 2 of 4 done, 2 failed, 0 left" in done.stdout
    assert "goes on with" not in done.stdout
    assert re.search(r"precision 16-mixed, seed 21: failed: train: .*GPU", done.stdout)

    trials = trials_of(copied, "formats")
    assert [trial.state for trial in trials] == ["done", "done", "failed", "failed"]
    best = max(trials[:2], key=lambda trial: trial.value)
    assert f"dvc exp apply {best.facts['experiment']}" in done.stdout
    # The first is what `dvc repro` had made: it came out of the cache, to the same weights.
    assert "Stage 'train' is cached" in Place(copied.root, "formats").log(1).read_text()
    runs = {run.info.run_name: run for run in runs_of(copied, monkeypatch)}
    usual = next(run for name, run in runs.items() if name.startswith("tagging-"))
    assert trials[0].facts["weights"] == usual.data.tags["headway.weights_sha256"]

    # Another seed gives other weights, of the same tokens: none were made again.
    assert trials[0].facts["weights"] != trials[1].facts["weights"]
    assert "Running stage 'tokenize'" not in logs(copied, "formats")
    assert logs(copied, "formats").count("Running stage 'embed'") == 1

    parent = runs["formats"]
    assert parent.info.status == "FINISHED"
    mean = (trials[0].value + trials[1].value) / 2
    assert f"| precision 32-true | {mean:.4f} |" in parent.data.tags["mlflow.note.content"]
    for trial, seed in ((trials[0], "20"), (trials[1], "21")):
        run = runs[f"precision 32-true, seed {seed}"]
        tags = run.data.tags
        assert run.info.status == "FINISHED"
        assert tags["mlflow.parentRunId"] == parent.info.run_id
        assert tags["headway.sweep"] == parent.data.tags["headway.sweep"] == "formats"
        assert json.loads(tags["headway.varied"]) == trial.varied
        assert tags["headway.weights_sha256"] == trial.facts["weights"]
        assert tags["headway.dvc_experiment"] == trial.facts["experiment"]
        assert run.data.params["seed"] == seed
        assert {
            of_split("validation", "accuracy"),
            of_epoch("train_loss"),
        } <= run.data.metrics.keys()
        assert run.outputs.model_outputs
    assert runs["precision 16-mixed, seed 21"].info.status == "FAILED"

    nothing_is_left(copied, "formats")
    assert copied.run("git", "status", "--porcelain").stdout == before
    listed = copied.run("headway", "sweeps").stdout
    assert re.search(r"formats +train\.precision=32-true,16-mixed .* 2 +2 +0 ", listed), listed

    copied.change({"train.max_epochs": 3, "seed": 20})
    again = copied.run("headway", "sweep", *GRID)
    assert "to make" not in again.stdout
    assert "goes on with what it began with; changed here since then: params.yaml." in again.stdout
    copied.run("git", "checkout", "params.yaml")
    assert [trial.key for trial in trials_of(copied, "formats")] == [it.key for it in trials]
    tried = copied.run("headway", "sweep", "work", "formats", "--retry")
    assert "formats: 2 trials to make" in tried.stdout
    assert "formats: 2 of 4 done, 2 failed, 0 left" in tried.stdout
    assert len(runs_of(copied, monkeypatch)) == len(runs)  # the same runs were tried again

    experiments(copied, trials[1])


def experiments(workspace: Workspace, trial: Trial) -> None:
    """DVC shows, applies and branches what a trial became."""
    name = trial.facts["experiment"]
    shown = workspace.dvc("exp", "show", "--json")
    assert shown.returncode == 0, shown.stdout
    assert name in shown.stdout
    branched = workspace.dvc("exp", "branch", name, "other-seed")
    assert branched.returncode == 0, branched.stdout
    applied = workspace.dvc("exp", "apply", name)
    assert applied.returncode == 0, applied.stdout
    params = YAML(typ="safe").load(workspace.root / "params.yaml")
    assert params["seed"] == 21
    status = workspace.dvc("status")
    assert "up to date" in status.stdout, status.stdout
    of_branch = workspace.run("git", "show", "other-seed:params.yaml").stdout
    assert YAML(typ="safe").load(of_branch)["seed"] == 21


def killed_after_its_first_trial(workspace: Workspace) -> None:
    """Start the search, two at once, and kill it outright when it tells of the first trial."""
    process = subprocess.Popen(
        [programs() / "headway", "sweep", *SEARCH, "--jobs", "2"],
        cwd=workspace.root,
        env=workspace.environment(PATH=f"{programs()}:{Path(sys.executable).parent}:/usr/bin:/bin"),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        for line in process.stdout:
            if line.startswith("1/3"):
                process.kill()
                break
        process.stdout.read()
    assert process.returncode == -9


@pytest.mark.long
def test_a_search_is_the_same_for_any_number_of_jobs_and_after_a_kill(
    made_once, tmp_path, monkeypatch
):
    one, other = (made_once.clone(tmp_path / name) for name in ("one", "other"))
    done = one.run("headway", "sweep", *SEARCH, "--jobs", "1")
    assert done.returncode == 0, done.stdout
    killed_after_its_first_trial(other)
    went_on = other.run("headway", "sweep", *SEARCH, "--jobs", "2")
    assert went_on.returncode == 0, went_on.stdout

    found, expected = trials_of(other, "rates"), trials_of(one, "rates")
    assert len(found) == 3
    for trial, its_like in zip(found, expected, strict=True):
        assert trial.varied == its_like.varied
        assert trial.facts["weights"] == its_like.facts["weights"]
        assert trial.value == its_like.value
    assert len({trial.varied["train.learning_rate"] for trial in expected}) == 3

    # What trials share was run once, whoever came first.
    for verb, times in (("tokenize", 1), ("embed", 1), ("train", 3), ("evaluate", 3)):
        assert logs(one, "rates").count(f"Running stage '{verb}'") == times, verb
    assert logs(other, "rates").count("Running stage 'tokenize'") == 1

    for workspace in (one, other):
        nothing_is_left(workspace, "rates")
        runs = [it for it in runs_of(workspace, monkeypatch) if "headway.trial" in it.data.tags]
        assert sorted(run.data.tags["headway.trial"] for run in runs) == ["1", "2", "3"]
        assert {run.info.status for run in runs} == {"FINISHED"}
        refs = workspace.run("git", "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps")
        assert len(refs.stdout.split()) == 3


def test_what_cannot_be_is_refused_in_a_sentence_before_anything_runs(finished):
    cases = {
        "encoder.n_head=1,2": "did you mean encoder.n_heads?",
        "encoder.n_heads=3,4": "choose n_heads from",
        f"seed={','.join(map(str, range(10_000)))}": "10,000 runs",
    }
    for change, said in cases.items():
        done = finished.run("headway", "sweep", "-S", change)
        assert done.returncode == 1
        assert said in done.stdout
        assert "Traceback" not in done.stdout
    for arguments, said in (
        (("sweep", "work", "nobody"), "there is no sweep 'nobody' here"),
        (("sweep", "--seeds", "2", "--storage", "sqlite:////no/x.db"), "unable to open"),
        (("sweep", "--seeds", "2", "--name", "a b"), "no name for a sweep"),
    ):
        done = finished.run("headway", *arguments)
        assert done.returncode == 1
        assert said in done.stdout
        assert "Traceback" not in done.stdout
    assert "there are no sweeps yet" in finished.run("headway", "sweeps").stdout


def test_a_dry_run_says_how_many_runs_and_how_long_and_makes_nothing(finished):
    asked = ("sweep", "-S", "encoder.n_heads=1,2", "--seeds", "3", "--dry-run", "--jobs", "2")
    done = finished.run("headway", *asked)
    assert re.search(r": 6 runs: encoder\.n_heads=1,2 seed=20,21,22", done.stdout)
    assert re.search(
        r"about \d+ (s|min) of stages with 2 at once, by what the last `dvc repro`", done.stdout
    )
    assert not (finished.root / ".headway/sweeps").exists()
