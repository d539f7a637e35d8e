"""Who is compared, in a store that two projects share: sweeps of one name, and what is left out."""

import json

import pytest
from compared import Told
from empty_projects import in_folder, make_project
from kept_runs import keep_run

from pipeline.comparison.selection import select_groups
from pipeline.comparison.trials import planned
from pipeline.sweeps.plan import make_plan
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Two projects with one store, in which each has a sweep called `tried`, the second newer."""
    folder = tmp_path_factory.mktemp("selected")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/shared.db")
        yield {name: _sweep(make_project(folder / name)) for name in ("mine", "theirs")}


def _sweep(root):
    """Of six seeds two ended well, one of them at its second attempt; its ids by seed."""
    plan = make_plan([], 6, None, None, 4, {"seed": 20})
    tags = {
        "headway.sweep": "tried", "headway.sweep_parent": "true",
        "headway.sweep_plan": json.dumps(plan.as_json()),
    }  # fmt: skip
    with track(root, "tried", {}, tags) as it:
        parent = it.run_id
    made = {"root": root, "parent": parent}
    for number, seed in enumerate((20, 21, 21, 22, 23), start=20):
        tags = {
            "headway.sweep": "tried", "headway.trial": str(seed),
            "headway.varied": json.dumps({"seed": seed}), "mlflow.parentRunId": parent,
        }  # fmt: skip
        if number in (21, 23):
            with pytest.raises(ZeroDivisionError), track(root, f"seed {seed}", {}, tags):
                raise ZeroDivisionError
        elif number == 24:
            with track(root, f"seed {seed}", {}, tags):
                pass
        else:
            told = Told(f"seed {seed}", seed, weights=f"{root.name} {seed}")
            made[seed] = keep_run(root, root / "data", told, tags)
    return made


def chosen(shared, name, tmp_path):
    return select_groups(open_store(shared[name]["root"]), "tried", None, None, tmp_path)


@pytest.mark.parametrize(("name", "other"), [("mine", "theirs"), ("theirs", "mine")])
def test_of_two_sweeps_of_one_name_each_project_means_its_own(shared, name, other, tmp_path):
    found = chosen(shared, name, tmp_path)
    (subject,) = found.subjects
    own = shared[name]
    assert [it.run_id for it in subject.members] == [own[21], own[20]]
    assert found.keeper == own["parent"]
    which = shared[other]["parent"][:8]
    assert f"another sweep is called tried, too ({which}): its 5 runs are left out" in found.notes


def test_of_two_of_others_the_newest_is_meant(shared, tmp_path):
    store = open_store(make_project(tmp_path / "third"))
    found = select_groups(store, "tried", None, None, tmp_path)
    assert found.keeper == shared["theirs"]["parent"]


def test_trials_that_did_not_end_well_are_counted_by_what_became_of_them(shared, tmp_path):
    said = chosen(shared, "mine", tmp_path).notes[-1]
    counted = "1 failed, 1 not evaluated, 2 without a run"
    assert said.startswith(f"4 trials are left out of tried, {counted} (seed 23")
    assert "seed 22" in said
    assert "seed 21" not in said  # its second attempt ended well


@pytest.mark.parametrize(
    ("changes", "seeds", "search", "points"),
    [
        (["encoder.n_heads=1,2,4", "train.threads=1"], 5, None, None),
        (["encoder.n_heads=1,2"], None, None, None),
        (["train.learning_rate=log(1e-4,1e-2)"], 3, "tpe", 40),
    ],
)
def test_a_plans_trials_are_counted_as_the_sweep_counts_them(changes, seeds, search, points):
    params = {"seed": 20, "encoder.n_heads": 4, "train.threads": 1, "train.learning_rate": 0.01}
    plan = make_plan(changes, seeds, search, points, 4, params)
    assert planned(json.dumps(plan.as_json())) == plan.count()


def test_runs_of_two_projects_are_compared_by_what_the_store_has(shared):
    mine, theirs = shared["mine"], shared["theirs"]
    assert not (mine["root"] / "data/seed 20").exists()
    done = in_folder(theirs["root"], "compare", mine[20], theirs[21], "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert [it["label"] for it in told["subjects"]] == ["tried, seed 20", "tried, seed 21#4"]
    assert [it["name"] for it in told["differences"]] == ["seed"]
    assert told["figures"][0]["beside_first"][0]["over_examples"]
    assert told["closely"][0]["changed_answers"]["examples"]
