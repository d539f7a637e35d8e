"""Runs made again by `headway reproduce`, in projects of the tests' own."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from reproducing import headway, newest
from workspace import Workspace, contents

from pipeline.files import hash_file
from pipeline.recording.weights import find_by_weights
from pipeline.reproduction.verification import check_kept
from pipeline.runs.fetching import kept_run
from pipeline.tracking.store import open_store

OWN = ("mlflow.db", "mlartifacts", ".headway")
"""Where the new run goes; everything else of the user's must stay as it is."""


def stored(workspace: Workspace, name: str) -> Path:
    """A file that the store keeps, by the end of its path."""
    (found,) = (workspace.root / "mlartifacts").rglob(name)
    return found


@pytest.mark.long
def test_a_run_with_uncommitted_code_is_made_again_and_nothing_else_changes(copied):
    (copied.root / "pipeline/evidence/new_module.py").write_text('"""Not in git."""\n')
    build = copied.root / "pipeline/evidence/build.py"
    build.write_text("import pipeline.evidence.new_module\n" + build.read_text())
    objective = copied.root / "pipeline/params/objective.py"
    known = objective.read_text()
    objective.write_text(known.replace('["tagging"]\n', '["tagging"]\n    unknown_today: int\n', 1))
    yaml = (copied.root / "params.yaml").read_text()
    copied.change({"train.learning_rate": 0.004, "objective.unknown_today": 1})
    copied.repro()
    # The tree moves on: the run must not need it, nor that its parameters are known today.
    build.write_text("raise SystemExit('the code of today')\n")
    objective.write_text(known)
    (copied.root / "params.yaml").write_text(yaml)
    copied.change({"seed": 1, "encoder.d_model": 8})
    status = copied.run("git", "status", "--porcelain").stdout
    before = contents(copied.root)
    whole = newest(copied)[0]

    status_code, printed = headway(copied, "reproduce", "latest")

    assert status_code == 0, printed
    assert "verdict: identical" in printed
    after = contents(copied.root)
    moved = {p for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    assert {path for path in moved if not path.startswith(OWN)} == set()
    assert copied.run("git", "status", "--porcelain").stdout == status
    again, original = newest(copied, 2)
    assert original.info.run_id == whole.info.run_id
    assert original.data.metrics == whole.data.metrics
    assert original.data.tags == whole.data.tags
    assert again.data.tags["headway.reproduces"] == whole.info.run_id
    assert again.data.tags["headway.verdict"] == "identical"
    assert again.data.params == whole.data.params
    kept = {name for name in whole.data.metrics if not name.startswith("time/")}
    assert {n: again.data.metrics[n] for n in kept} == {n: whole.data.metrics[n] for n in kept}
    assert again.data.params["objective.unknown_today"] == "1"
    assert again.outputs.model_outputs
    assert headway(copied, "verify", again.info.run_id)[0] == 0
    refused = headway(copied, "trace", "--run", again.info.run_id, "a cat")
    assert refused[0] == 1
    assert "another version of Headway (it has objective.unknown_today)" in refused[1]
    # The model's run stays the one that trained it.
    weights = copied.root / "data/model/weights.safetensors"
    assert find_by_weights(open_store(copied.root), weights).info.run_id == whole.info.run_id


@pytest.mark.long
def test_a_second_evaluation_is_made_again_as_identical(copied):
    """Its run has no curves; the one that makes it again trains, and has them."""
    copied.change({"evaluate.bootstrap_samples": 30})
    copied.repro()
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 0, printed
    assert "verdict: identical" in printed


@pytest.mark.long
def test_another_vector_width_gives_a_run_within_tolerance_and_the_reason(copied):
    copied.repro("--force", "--single-item", "train", ATEN_CPU_CAPABILITY="default")
    copied.repro("evaluate")
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 3, printed
    assert "verdict: within tolerance" in printed
    assert "vector_width DEFAULT -> AVX" in printed
    assert "the trainings part between step 0 and step " in printed
    assert "tensors differ" in printed
    verdict = json.loads(stored(copied, "verdict.json").read_text())
    assert verdict["verdict"] == "within tolerance"
    assert {stage["verb"]: bool(stage["files"]) for stage in verdict["stages"]} == {
        "corpus": False, "tokenize": False, "embed": False, "train": True, "evaluate": True,
    }  # fmt: skip
    largest = max(tensor["largest"] for tensor in verdict["tensors"])
    assert 0 < largest < 0.01
    assert not verdict["outside"]


def test_a_changed_row_of_data_is_named_and_so_is_what_it_changes_first(copied):
    # data/source is in git in this project: the commit would give the old row back.
    copied.run("git", "rm", "-rq", "--cached", "data/source")
    copied.run("git", "commit", "-qm", "data out of git")
    for stage in ("train", "evaluate"):
        copied.repro("--force", "--single-item", stage)
    changed = copied.root / "data/source/small/small-dev.conllu"
    changed.write_text(changed.read_text().replace("\tthe\t", "\tthis\t", 1))
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 1, printed
    assert "verdict: different" in printed
    assert "the first output that differs: data/corpus/card.json (stage corpus)" in printed
    assert "data/source/small/small-dev.conllu: expected sha256" in printed
    assert "the stages after it" in printed
    assert newest(copied)[0].data.tags["headway.verdict"] == "different"


def test_a_flipped_bit_in_the_stored_weights_is_found(copied):
    weights = stored(copied, "weights.safetensors")
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1  # the last tensor's highest bits
    weights.write_bytes(content)
    status, printed = headway(copied, "verify", "latest")
    assert status == 1
    assert "damaged: data/model/weights.safetensors" in printed
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 1, printed
    assert "verdict: different" in printed
    assert "data/model/weights.safetensors is damaged" in printed
    assert "1 tensors differ" in printed
    assert "1 of " in printed
    assert printed.count("identical ") == 5  # every stage made what the record says


def test_a_metric_that_is_not_what_the_runs_files_say_is_found(copied):
    store = open_store(copied.root)
    with kept_run(store, "latest", "record") as kept:
        found = list(check_kept(kept))
    assert {it.path for it in found if it.state != "sound"} == set()
    told = {it.path.removeprefix("metric ") for it in found if it.path.startswith("metric ")}
    assert {"test/accuracy", "interval/test_loss_low", "loss/validation"} <= told
    for name in ("test/accuracy", "loss/validation", "heads/entropy_1.2"):
        store.client.log_metric(kept.run_id, name, 0.5, step=99)
    with kept_run(store, "latest", "record") as kept:
        unlike = [(it.path, it.state) for it in check_kept(kept) if it.state != "sound"]
    assert unlike == [
        ("metric heads/entropy_1.2", "damaged"),
        ("metric loss/validation", "damaged"),
        ("metric test/accuracy", "damaged"),
    ]


def test_metrics_of_an_earlier_headway_s_names_are_not_taken_for_missing(copied):
    store = open_store(copied.root)
    run_id = newest(copied)[0].info.run_id
    store.client.log_metric(run_id, "epoch/validation_loss", 0.5, step=1)
    with closing(sqlite3.connect(copied.root / "mlflow.db")) as database, database:
        for table in ("metrics", "latest_metrics"):
            database.execute(f"DELETE FROM {table} WHERE key LIKE 'heads/%'")
    status, printed = headway(copied, "verify", "latest")
    assert status == 0, printed
    assert "its metrics have an earlier Headway's names: not compared" in printed


def test_what_cannot_be_made_again_is_said_in_a_line(copied):
    record = stored(copied, "evaluate.json")
    good = record.read_text()
    commit = json.loads(good)["commit"]

    record.write_text(good.replace(commit, "0" * 40))
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 1
    assert f"expected the commit {'0' * 40}" in printed
    assert "git fetch" in printed

    record.write_text(good)
    patch = stored(copied, "evaluate.patch")
    patch.write_text("--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-no such line\n+other\n")
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 1
    assert "do not apply" in printed
    assert headway(copied, "verify", "latest")[0] == 1

    record.unlink()
    stored(copied, "train.json").unlink()
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 1
    assert "expected a record, found none" in printed
    assert len(newest(copied, 9)) == 1, "a failed reproduction is no run"


@pytest.mark.long
def test_a_bundle_is_made_again_where_the_project_was_never_seen(copied, tmp_path):
    target = tmp_path / "run.zip"
    status, printed = headway(copied, "bundle", "latest", "--output", str(target))
    assert status == 0, printed
    first = hash_file(target)
    assert headway(copied, "bundle", "latest", "--output", str(target))[0] == 0
    assert hash_file(target) == first

    elsewhere = Workspace(tmp_path / "elsewhere")
    elsewhere.root.mkdir()
    hidden = copied.root.with_name("hidden")
    copied.root.rename(hidden)
    try:
        status, printed = headway(elsewhere, "reproduce", str(target))
    finally:
        hidden.rename(copied.root)
    assert status == 0, printed
    assert "verdict: identical" in printed
    (run,) = newest(elsewhere)
    assert run.data.tags["headway.verdict"] == "identical"

    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(target, unpacked)
    sums = elsewhere.run("sh", "-c", f"cd {unpacked} && sha256sum --check --quiet SHA256SUMS")
    assert sums.returncode == 0, sums.stdout
    assert not [p for p in unpacked.rglob("*") if p.is_symlink()]


@pytest.mark.parametrize("query", ["no-such-run", "/no/such/file.zip"])
def test_a_run_or_bundle_that_is_not_there(copied, query):
    status, printed = headway(copied, "reproduce", query)
    assert status == 1
    assert "error: " in printed
