"""What `dvc repro` would run, and why; and the run of a state that nobody recorded."""

import shutil

import pytest
from reproducing import headway, newest
from workspace import contents

from pipeline.recording.record import record_hashes
from pipeline.reproduction.pipeline_state import stale_stages
from pipeline.tracking.resuming import opened
from pipeline.tracking.run import continue_run
from pipeline.tracking.store import open_store


def block(printed: str, verb: str) -> list[str]:
    """The reasons that stand below a stage's name."""
    lines = printed.splitlines()
    start = lines.index(f"{verb}:") + 1
    rest = [number for number in range(start, len(lines)) if not lines[number].startswith("  ")]
    return [line.strip() for line in lines[start : rest[0] if rest else len(lines)]]


def test_nothing_to_do_is_said(copied):
    status, printed = headway(copied, "why")
    assert (status, printed) == (0, "up to date: nothing would run\n")


def test_each_kind_of_change_is_named_with_its_values(copied):
    copied.change({"train.learning_rate": 0.5, "tokenize.word.min_count": 2})
    rows = copied.root / "data/source/small/small-dev.conllu"
    blocks = rows.read_text().split("\n\n")
    blocks[3] = blocks[3].replace("\tNOUN\t", "\tVERB\t", 1)
    blocks[4] = blocks[4].replace("sent_id = dev-4", "sent_id = other")
    rows.write_text("\n\n".join(blocks))
    (copied.root / "pipeline/vectors/added.py").write_text("")
    lock = copied.root / "requirements.lock"
    old = next(line for line in lock.read_text().splitlines() if line.startswith("numpy=="))
    lock.write_text(lock.read_text().replace(old, "numpy==1.0"))
    shutil.rmtree(copied.root / "data/evidence")
    _, printed = headway(copied, "why")
    assert block(printed, "corpus") == [
        "data/source/small/small-dev.conllu: modified",
        "validation: 1 changed, 1 new, 1 gone of 30 sentences",
    ]
    assert "tokenize.word.min_count: 1 -> 2" in block(printed, "tokenize")
    assert "pipeline/vectors/added.py: new" in block(printed, "embed")
    train = block(printed, "train")
    assert "train.learning_rate: 0.01 -> 0.5" in train
    assert f"requirements.lock: numpy {old.removeprefix('numpy==')} -> 1.0" in train
    assert "data/evidence (what it made last time): deleted" in block(printed, "evaluate")
    assert any("is installed, 1.0 is pinned" in line for line in printed.splitlines())


def test_a_stage_that_only_follows_is_named_as_such(copied):
    """Train reads one file of what embed writes; that one would be enough."""
    copied.change({"embed.neighbours": 3})
    _, printed = headway(copied, "why")
    assert printed.splitlines() == [
        "embed:",
        "  embed.neighbours: 5 -> 3",
        "train:",
        "  if what embed writes is not as before",
        "evaluate:",
        "  if what train writes is not as before",
    ]


@pytest.mark.parametrize("file", ["pictures/style.py", "pages/said.py", "evidence/build.py"])
def test_what_is_only_shown_makes_evaluate_stale_and_nothing_else(copied, file):
    path = copied.root / "pipeline" / file
    path.write_text(path.read_text() + "\nNEW = 1\n")
    assert [stage.verb for stage in stale_stages(copied.root)] == ["evaluate"]


def test_a_project_that_never_ran_says_so(copied):
    (copied.root / "dvc.lock").unlink()
    _, printed = headway(copied, "why")
    assert block(printed, "corpus") == ["it has not been run yet"]


@pytest.mark.parametrize("change", ["numpy==", "torch=="])
def test_another_package_version_makes_train_and_evaluate_stale_and_nothing_else(copied, change):
    lock = copied.root / "requirements.lock"
    lock.write_text(lock.read_text().replace(f"\n{change}", f"\n{change}9"))
    assert [stage.verb for stage in stale_stages(copied.root)] == ["train", "evaluate"]


def test_a_lost_store_is_made_again_from_the_outputs_once(copied):
    (whole,) = newest(copied)
    (copied.root / "mlflow.db").unlink()
    shutil.rmtree(copied.root / "mlartifacts")
    assert headway(copied, "record") == (0, f"recorded as {whole.info.run_name}\n")
    assert headway(copied, "record") == (0, f"{whole.info.run_name} is the run of this state\n")
    (again,) = newest(copied, 9)
    timeless = {n: v for n, v in whole.data.metrics.items() if not n.startswith("time/")}
    assert again.data.metrics == timeless
    assert again.data.params == whole.data.params
    assert again.info.status == "FINISHED"
    assert list(record_hashes(again.data.tags)) == ["evaluate"]
    status, printed = headway(copied, "verify", "latest")
    assert status == 0, printed


def begin_evaluation(root, run):
    """Say a part of what is not so, and go no further."""
    (root / "metrics.json").write_text("{}\n")
    with continue_run(open_store(root), opened(run)) as more:
        more.log_metrics({"test/accuracy": -1}, 0)
        more.log_file(root / "metrics.json", "evidence")
        raise KeyboardInterrupt


def test_a_run_whose_new_evaluation_was_cut_short_is_mended_from_the_outputs(copied):
    (whole,) = newest(copied)
    with pytest.raises(KeyboardInterrupt):
        begin_evaluation(copied.root, whole)
    assert newest(copied)[0].info.status == "KILLED"
    assert headway(copied, "record") == (0, f"recorded as {whole.info.run_name}\n")
    (mended,) = newest(copied, 9)
    assert (mended.info.status, mended.data.metrics) == ("FINISHED", whole.data.metrics)
    assert "headway.error" not in mended.data.tags
    files = copied.root / "mlartifacts" / whole.info.run_id / "artifacts"
    assert contents(files / "evidence") == contents(copied.root / "data/evidence")


def test_a_state_that_is_not_of_this_code_and_these_parameters_is_not_recorded(copied):
    copied.change({"train.learning_rate": 0.5})
    status, printed = headway(copied, "record")
    assert status == 1
    assert "train, evaluate would run again" in printed
    assert len(newest(copied, 9)) == 1


@pytest.mark.long
def test_an_earlier_state_that_comes_back_without_running_has_its_run(copied):
    copied.change({"train.learning_rate": 0.004})
    copied.repro()
    second, first = newest(copied, 2)
    copied.change({"train.learning_rate": 0.01})
    assert copied.ran(copied.repro()) == []  # DVC's run cache
    assert headway(copied, "record") == (0, f"{first.info.run_name} is the run of this state\n")
    assert len(newest(copied, 9)) == 2
    # The same model, evaluated with other parameters: a child, and it is found as well.
    copied.change({"evaluate.bootstrap_samples": 30})
    copied.repro()
    child = newest(copied)[0]
    assert child.data.tags["mlflow.parentRunId"] == first.info.run_id
    assert headway(copied, "record") == (0, f"{child.info.run_name} is the run of this state\n")
    assert second.info.run_id != child.info.run_id
    status, printed = headway(copied, "verify", child.info.run_id)
    assert status == 0, printed


@pytest.mark.long
def test_an_experiment_in_a_copy_is_tracked_in_the_main_store_with_its_own_state(copied):
    done = copied.dvc("exp", "run", "--temp", "-S", "train.learning_rate=0.003", "--name", "slow")
    assert done.returncode == 0, done.stdout
    (run, _) = newest(copied, 2)
    assert run.info.status == "FINISHED"
    assert run.data.params["train.learning_rate"] == "0.003"
    assert run.data.tags["headway.dvc_experiment"] == "slow"
    assert run.data.tags["headway.git_dirty"] == "true"
    assert "test/accuracy" in run.data.metrics
    assert "slow" in copied.dvc("exp", "show", "--csv", "--no-pager").stdout
    patches = list((copied.root / "mlartifacts").rglob(f"{run.info.run_id}/**/*.patch"))
    assert {patch.name for patch in patches} == {"evaluate.patch", "train.patch"}
    assert all("+  learning_rate: 0.003" in patch.read_text() for patch in patches)
    status, printed = headway(copied, "reproduce", "latest")
    assert status == 0, printed


def test_a_folder_that_is_gone_is_one_line(copied, finished):
    shutil.rmtree(copied.root / ".dvc/cache")
    shutil.rmtree(copied.root / "data/tokens")
    status, printed = headway(copied, "verify", "latest")
    assert status == 1
    missing = [line for line in printed.splitlines() if "missing" in line]
    count = len(list((finished.root / "data/tokens").rglob("*.*")))
    assert len(missing) == 1
    assert missing[0].startswith(f"  missing: data/tokens with its {count} files (")
    assert "dvc pull" in missing[0]
