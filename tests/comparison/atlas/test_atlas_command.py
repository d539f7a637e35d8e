"""`headway atlas`: of a sweep, of one of its settings, of all runs that meet a condition."""

import json

import pytest
from compared import Told
from empty_projects import in_folder, make_project
from kept_runs import keep_run
from runs_of_heads import random_run

from pipeline.tracking.run import track
from pipeline.tracking.store import open_store

BARE = "n_heads 4, bare"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A sweep over heads, one setting with one seed, one trial failed; two runs beside it."""
    root = make_project(tmp_path_factory.mktemp("mapped") / "project")

    def keep(name, heads, seed, weights, tags=None, **params):
        params = {"encoder.n_heads": str(heads), **params}
        keep_run(root, root.parent, Told(name, seed, params=params), tags, weights)

    for heads, seed in ((4, 20), (4, 21), (4, 22), (2, 20), (1, 20), (1, 21)):
        varied = json.dumps({"encoder.n_heads": heads, "seed": seed})
        weights = [one[: 1 + (heads > 1)] for one in random_run(seed, heads)]
        tags = {"headway.sweep": "heads", "headway.varied": varied}
        keep(f"n_heads {heads}, seed {seed}", heads, seed, weights, tags)
    tags = {"headway.sweep": "heads", "headway.varied": "{}"}
    with (
        pytest.raises(ZeroDivisionError),
        track(root, "n_heads 4, seed 23", {"encoder.n_heads": 4}, tags),
    ):
        raise ZeroDivisionError
    keep(BARE, 4, 20, None, **{"encoder.positions": "none"})
    keep("another", 4, 20, random_run(23), **{"encoder.positions": "learned"})
    return root


@pytest.fixture
def atlas(project, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    def run(*arguments):
        done = in_folder(project, "atlas", *arguments)
        return done.exit_code, done.output

    return run


def test_every_setting_of_a_sweep_has_its_atlas_or_the_reason_why_not(atlas):
    status, said = atlas("--sweep", "heads")
    assert status == 0
    told = ["2 runs of n_heads 1, 1 head each", "n_heads 2 has one run: an atlas needs two seeds",
            "3 runs of n_heads 4, 8 heads each"]  # fmt: skip
    assert [said.count(it) for it in told] == [1, 1, 1]
    assert said.index(told[0]) < said.index(told[1]) < said.index(told[2])
    assert "differ in more than the seed" not in said


def test_a_page_is_of_the_setting_that_is_named_beside_the_sweep(atlas, project, tmp_path):
    page = tmp_path / "atlas.html"
    status, said = atlas("--sweep", "heads", "--html", str(page))
    assert status == 1
    assert "heads has 3 (n_heads 1; n_heads 2; n_heads 4): name one beside --sweep" in said
    status, said = atlas("n_heads=4", "--sweep", "heads", "--html", str(page))
    assert status == 0
    assert "3 runs of n_heads 4" in said
    assert "n_heads 1" not in said
    left_out = "1 trial is left out of heads, 1 failed (n_heads 4, seed 23)"
    for text in (said, page.read_text()):
        assert left_out in text
    assert "The heads of n_heads 4" in page.read_text()
    assert left_out not in atlas("n_heads=1", "--sweep", "heads")[1]
    kept = said.split()[-1]
    store = open_store(project)
    (run,) = store.client.search_runs([store.experiment_id], f"attributes.run_id LIKE '{kept}%'")
    (item,) = store.client.list_artifacts(run.info.run_id, "atlases")
    assert item.path == "atlases/atlas.html"


def test_of_all_runs_that_meet_a_condition_it_is_said_what_else_differs(atlas, tmp_path):
    page = tmp_path / "atlas.html"
    status, said = atlas("n_heads=4", "--html", str(page))
    assert status == 0
    assert "4 runs of n_heads 4, 8 heads each" in said
    mixed = "runs of n_heads 4 differ in more than the seed (encoder.positions)"
    left_out = f"1 run has no heads, or kept nothing of their weights, and is left out: {BARE} ("
    for text in (said, page.read_text()):
        assert mixed in text
        assert left_out in text
    assert "runs that differ by their seeds and more" in page.read_text()
    table = said.partition("every head")[2]
    assert table.count("seed 21 ") == 8
    assert "seed 20 " not in table.replace("n_heads 4, seed 20", "")  # two have that seed
    assert table.count("another (") == 8


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected a group of runs, --sweep NAME, or both, got neither"),
        (["seed=20"], "the runs of seed 20 have 1 x 1 and 2 x 2 and 2 x 4 layers x heads: name"),
        (["positions=none"], "positions none has one run"),
        (["n_heads=3", "--sweep", "heads"], "no finished run has n_heads=3"),
        (["--sweep", "tails"], "no finished trial of a sweep 'tails' was found: there are heads"),
    ],
)
def test_what_cannot_be_mapped_is_said_in_one_line(atlas, arguments, said):
    status, printed = atlas(*arguments)
    assert status == 1
    assert printed.startswith(f"error: {said}")
