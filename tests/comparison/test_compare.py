"""Whole: two runs of a small project, as a person compares them."""

import json
import re
import shutil

import pytest
from filelock import FileLock
from workspace import Workspace

from pipeline.tracking.store import open_store


@pytest.fixture(scope="module")
def two_runs(made_once, tmp_path_factory) -> Workspace:
    """Another seed, one head in place of two, a file changed and one row of the data, too."""
    with FileLock(f"{made_once.root}-compared.lock"):  # one of the workers makes it
        kept = Workspace(made_once.root.with_name("compared"))
        made = kept.root.with_name("compared.made")
        if not made.exists():
            shutil.rmtree(kept.root, ignore_errors=True)
            _make_two(made_once.clone(kept.root))
            made.touch()
    return kept.clone(tmp_path_factory.mktemp("compared") / "small")


def _make_two(workspace: Workspace) -> None:
    workspace.change({"seed": 21, "encoder.n_heads": 1})
    file = workspace.root / "pipeline/wording.py"
    file.write_text(file.read_text() + "# changed\n")
    train = workspace.root / "data/source/small/small-train.conllu"
    text = train.read_text()
    train.write_text(text.replace("# sent_id = train-0\n", "# sent_id = train-new\n", 1))
    workspace.repro()


def headway(workspace, *arguments):
    done = workspace.run("headway", *arguments)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def ids(two_runs):
    store = open_store(two_runs.root)
    runs = store.client.search_runs([store.experiment_id], order_by=["attributes.start_time"])
    assert len(runs) == 2
    return [run.info.run_id for run in runs]


@pytest.fixture(scope="module")
def told(two_runs, ids):
    """As a program reads it, with the local data gone."""
    (two_runs.root / "data/evidence").rename(two_runs.root / "gone")
    status, printed = headway(two_runs, "compare", *ids, "--json")
    (two_runs.root / "gone").rename(two_runs.root / "data/evidence")
    assert status == 0, printed
    return json.loads(printed)


def test_what_differs_is_told_and_nothing_else(told):
    names = {(one["kind"], one["name"]) for one in told["differences"]}
    assert names == {
        ("parameter", "encoder.n_heads"),
        ("parameter", "seed"),
        ("code", "pipeline/wording.py"),
        ("data", "train"),
    }


def test_the_code_is_told_as_git_would(told):
    (close,) = told["closely"]
    assert "+# changed" in close["code"].splitlines()
    changed = re.findall(r"(?m)^diff --git a/(\S+)", close["code"])
    assert changed == ["pipeline/wording.py"]


def test_rows_that_came_and_went_are_counted(told):
    (rows,) = told["closely"][0]["rows"]
    counts = {name: rows[name] for name in ("split", "added", "removed", "changed", "rows")}
    assert counts == {"split": "train", "added": 1, "removed": 1, "changed": 0, "rows": 120}


def test_one_sentence_says_what_can_be_claimed(told):
    (said,) = told["verdicts"]
    assert re.search(r" beats |no difference can be claimed", said)
    assert "95 % interval" in said


def test_heads_of_both_are_matched_from_what_the_runs_kept(told):
    heads = told["closely"][0]["heads"]
    assert len(heads["pairs"]) == 1
    assert len(heads["alone"][0]) == 1


def test_groups_by_a_condition_are_told_apart(two_runs):
    status, printed = headway(two_runs, "compare", "n_heads=2", "n_heads=1")
    assert status == 0, printed
    assert "n_heads 2" in printed
    assert "encoder.n_heads" in printed


def test_a_sweeps_trials_are_grouped_by_what_varied(two_runs, ids):
    store = open_store(two_runs.root)
    for run, heads in zip(ids, (2, 1), strict=True):
        varied = json.dumps({"encoder.n_heads": heads, "seed": 20})
        for tag, value in (("headway.sweep", "tried"), ("headway.varied", varied)):
            store.client.set_tag(run, tag, value)
    for by in ([], ["--by", "n_heads"]):
        status, printed = headway(two_runs, "compare", "--sweep", "tried", *by)
        assert status == 0, printed
        assert re.search(r"n_heads 1\b.*n_heads 2\b", printed)  # the smaller value first
    status, printed = headway(two_runs, "compare", "--sweep", "tried", "--by", "n_layers")
    assert status == 1
    assert "all trials of tried have the same n_layers" in printed
    status, printed = headway(two_runs, "compare", "--sweep", "tryed")
    assert "there are tried" in printed


def test_the_page_is_written_and_kept(two_runs, ids, tmp_path):
    page = tmp_path / "beside.html"
    status, printed = headway(two_runs, "compare", *ids, "--html", str(page))
    assert status == 0, printed
    text = page.read_text()
    assert "What can be claimed" in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    store = open_store(two_runs.root)
    kept = [item.path for item in store.client.list_artifacts(ids[0], "comparisons")]
    assert kept == ["comparisons/beside.html"]


def test_markdown_has_the_tables(two_runs, ids):
    status, printed = headway(two_runs, "compare", *ids, "--markdown")
    assert status == 0, printed
    assert "| parameter | encoder.n_heads | 2 | 1 |" in printed


def test_what_a_run_did_not_keep_is_said(two_runs, ids, tmp_path):
    aside = tmp_path / "aside"
    kept = two_runs.root / "mlartifacts" / ids[0] / "artifacts"
    for path, said in (
        ("evidence/test/sentences.parquet", "did not keep which documents"),
        ("corpus/rows.parquet", "a run kept no hashes of its rows"),
        ("evidence/test/predictions.parquet", "kept no answers on test"),
        ("record", "kept no record"),
    ):
        (kept / path).rename(aside)
        printed = headway(two_runs, "compare", *ids)[1]
        aside.rename(kept / path)
        assert said in printed
        assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-so-called", "latest"], "no run is called 'nothing-so-called'"),
        (["latest"], "expected two runs or groups at least, got latest alone"),
        ([], "expected two runs or groups at least, got none"),
        (["latest", "latest"], "is named twice"),
        (["n_heads=2", "n_heads=3"], "no finished run has n_heads=3"),
        (["n_hads=2", "n_heads=1"], "did you mean encoder.n_heads"),
        (["--sweep", "heads"], "no finished trial of a sweep 'heads'"),
        (["latest", "--sweep", "heads"], "expected runs or --sweep, got both"),
        (["latest", "--by", "seed"], "expected --sweep NAME beside it"),
    ],
)
def test_a_mistake_ends_in_one_line(two_runs, arguments, said):
    status, printed = headway(two_runs, "compare", *arguments)
    assert status == 1
    assert printed.startswith("error: ")
    assert said in printed
    assert "Traceback" not in printed
