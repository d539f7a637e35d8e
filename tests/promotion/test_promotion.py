import json

import pytest
from compared import Told
from empty_projects import in_folder, make_project
from served_models import stored_run

from pipeline.runs.finding import find_run
from pipeline.runs.registry import REGISTERED, Registry
from pipeline.tracking.store import open_store

XPOS = {"kind": "tagging", "target": "xpos"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Runs wrong at half, a tenth, hardly fewer and none of the places; one was asked otherwise."""
    root = make_project(tmp_path_factory.mktemp("promotion") / "project")
    told = [
        Told("half", errors=0.5), Told("tenth", errors=0.1), Told("none", errors=0.0),
        Told("hardly", errors=0.085), Told("xpos", objective=XPOS),
    ]  # fmt: skip
    return root, {one.name: stored_run(root, one) for one in told}


@pytest.fixture
def project(made):
    """Nobody has a title."""
    root, ids = made
    store = open_store(root)
    yield root, ids, store
    if Registry(store).steps():
        store.client.delete_registered_model(REGISTERED)


def promote(root, run, *more):
    return in_folder(root, "promote", run, "--as", "champion", *more)


def test_the_first_is_champion_without_a_comparison_and_can_be_named_so(project):
    root, ids, store = project
    done = promote(root, "half")
    assert done.exit_code == 0, done.output
    assert "half is the champion: version 1 of headway" in done.output
    assert find_run(store, "@champion").info.run_id == ids["half"]
    version = store.client.get_model_version_by_alias(REGISTERED, "champion")
    assert version.run_id == ids["half"]
    (model,) = store.client.get_run(ids["half"]).outputs.model_outputs
    assert version.source == f"models:/{model.model_id}"
    done = in_folder(root, "export", "@champion", str(root / "exported"))
    assert done.exit_code == 0, done.output
    assert (root / "exported/weights.safetensors").is_file()


def test_one_that_beats_the_champion_takes_its_place_and_who_was_beaten_is_in_the_record(project):
    root, ids, store = project
    promote(root, "half")
    done = promote(root, "tenth")
    assert done.exit_code == 0, done.output
    assert "tenth beats half by" in done.output
    version = store.client.get_model_version_by_alias(REGISTERED, "champion")
    assert version.run_id == ids["tenth"]
    assert version.tags["headway.champion.before"] == "1"
    assert version.tags["headway.champion.verdict"].startswith("tenth beats half by")
    assert float(version.tags["headway.champion.p"]) < 0.05
    assert 0.2 < float(version.tags["headway.champion.difference"]) < 0.6
    assert version.tags["headway.champion.is_forced"] == "False"


REFUSED = {
    "half": "half is not shown to be better than the champion: tenth beats half by",
    "hardly": "not shown to be better than the champion: no difference can be claimed",
    "xpos": "not shown to be better than the champion: refused, the figures of",
    "tenth": "tenth is the champion already",
    "nobody": "no run is called 'nobody'",
}


def test_one_that_does_not_beat_the_champion_is_refused_and_nothing_changes(project):
    root, ids, store = project
    promote(root, "tenth")
    for run, told in REFUSED.items():
        done = promote(root, run)
        assert done.exit_code == 1
        assert told in done.stderr
    assert find_run(store, "@champion").info.run_id == ids["tenth"]
    assert len(store.client.search_model_versions(f"name = '{REGISTERED}'")) == 1
    assert len(Registry(store).steps()) == 1


def test_forced_it_is_promoted_all_the_same_and_the_record_says_so(project):
    root, ids, store = project
    promote(root, "tenth")
    for run in ("half", "xpos"):
        done = promote(root, run, "--force")
        assert done.exit_code == 0, done.output
        assert find_run(store, "@champion").info.run_id == ids[run]
    version = store.client.get_model_version_by_alias(REGISTERED, "champion")
    assert version.tags["headway.champion.is_forced"] == "True"
    assert "refused" in version.tags["headway.champion.verdict"]


def test_demote_goes_back_step_by_step_and_every_step_is_kept(project):
    root, ids, store = project
    for run in ("half", "tenth", "none"):
        assert promote(root, run).exit_code == 0
    said = [in_folder(root, "demote").output for _ in range(3)]
    assert said[0] == "version 2 is the champion again, in the place of 3\n"
    assert said[1] == "version 1 is the champion again, in the place of 2\n"
    assert said[2] == "version 1 is the champion no longer, and nobody was before it\n"
    done = in_folder(root, "demote")
    assert (done.exit_code, done.stderr[:29]) == (1, "error: nobody is the champion")
    assert "nobody is the champion" in in_folder(root, "predict", "--run", "@champion", "-").stderr
    promote(root, "tenth")  # its version is there already
    assert len(store.client.search_model_versions(f"name = '{REGISTERED}'")) == 3
    steps = [json.loads(step) for step in Registry(store).steps()]
    assert [(it["what"], it["version"], it["before"]) for it in steps] == [
        ("promoted", "1", ""), ("promoted", "2", "1"), ("promoted", "3", "2"),
        ("demoted", "2", "3"), ("demoted", "1", "2"), ("demoted", "", "1"), ("promoted", "2", ""),
    ]  # fmt: skip
    assert [it["run"] for it in steps[:3]] == [ids[name] for name in ("half", "tenth", "none")]


def test_a_title_is_a_word_that_mlflow_has_no_other_use_for(tmp_path):
    for title in ("latest", "v1", "a b", "", "1st"):
        done = in_folder(tmp_path, "promote", "half", "--as", title)
        assert done.exit_code == 2
        assert "expected a word such as champion, got" in done.stderr
