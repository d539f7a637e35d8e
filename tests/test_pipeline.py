"""The whole pipeline, as a person runs it, on a small corpus."""

import csv
import hashlib
import json
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from workspace import STAGES, Workspace, contents

from pipeline.project_folder import find_root
from pipeline.runs.fetching import kept_run
from pipeline.study.registry import most_needed
from pipeline.study.table import read_rows
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store, open_store


def store_of(workspace: Workspace, monkeypatch) -> Store:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return open_store(workspace.root)


def test_one_command_makes_every_promised_file(finished):
    data = finished.root / "data"
    for name in (
        "corpus/train.parquet", "corpus/validation.parquet", "corpus/test.parquet",
        "tokens/tokenizer.json", "vectors/table.safetensors",
        "model/weights.safetensors", "model/history.csv", "evidence/metrics.json",
        "evidence/test/predictions.parquet", "evidence/test/confusion.png",
        "evidence/epochs/epoch-002.png", "evidence/map.png",
        "evidence/heads/sentence-1.png", "evidence/heads.html", "evidence/trace.html",
        "evidence/heads.parquet", "evidence/heads.json", "evidence/pruning.png",
    ):  # fmt: skip
        assert (data / name).is_file(), name
    figures = json.loads((data / "evidence/metrics.json").read_text())
    assert set(figures) == {"validation", "test", "baselines"}
    assert {"accuracy", "loss", "macro_f1"} <= set(figures["test"])
    with (data / "model/history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert float(rows[1]["validation_loss"]) < float(rows[0]["validation_loss"])


def test_one_run_holds_everything(finished, monkeypatch):
    store = store_of(finished, monkeypatch)
    (run,) = newest_runs(store, 10)
    assert run.info.status == "FINISHED"
    assert run.data.params["encoder.d_model"] == "16"
    others = ("tokenize.bpe", "embed.ppmi_svd", "corpus.ewt", "objective.masked_lm")
    assert not [name for name in run.data.params if name.startswith(others)]
    assert run.data.params["evaluate.bootstrap_samples"] == "20"
    for name in (
        "loss/train", "learning_rate", "validation/accuracy", "test/accuracy",
        "test/macro_f1", "interval/test_loss_low", "test/majority",
        "time/train_seconds", "time/tokens_per_second",
    ):  # fmt: skip
        assert name in run.data.metrics, name
    assert not [name for name in run.data.metrics if name.startswith(("tokens", "vectors"))]
    steps = store.client.get_metric_history(run.info.run_id, "loss/validation")
    assert [point.step for point in steps] == [1, 2]
    rows = read_rows(finished.root / "data/evidence/heads.json")
    studied = {(row.measure, row.head): row.value for row in rows if row.is_plain}
    needed = [about.name for about in most_needed()[:4]]
    logged = {name: it for name, it in run.data.metrics.items() if name.startswith("heads/")}
    expected = {f"heads/{name}_1.{head}": studied[name, head] for name in needed for head in (1, 2)}
    assert logged == expected
    tags = run.data.tags
    head = finished.run("git", "rev-parse", "HEAD~1").stdout.strip()
    assert tags["mlflow.source.git.commit"] == head
    with kept_run(store, "latest", "record") as kept:
        machine = kept.environments["train"].machine
    assert (machine["device"], machine["threads"]) == ("cpu", "1")
    weights = (finished.root / "data/model/weights.safetensors").read_bytes()
    assert tags["headway.weights_sha256"] == hashlib.sha256(weights).hexdigest()
    card = json.loads((finished.root / "data/corpus/card.json").read_text())
    logged = {
        tag.value
        for each in run.inputs.dataset_inputs
        for tag in each.tags
        if tag.key == "headway.sha256"
    }
    assert logged == {split["sha256"] for split in card["splits"].values()}
    top = {file.path for file in store.client.list_artifacts(run.info.run_id)}
    assert {"evidence", "inputs", "corpus", "history.csv", "trail.csv", "pictures"} <= top


def test_the_logged_model_answers_for_text_and_for_a_list_of_words(finished, monkeypatch):
    store = store_of(finished, monkeypatch)
    (run,) = newest_runs(store, 1)
    script = (
        "import sys, mlflow, pandas as pd\n"
        "model = mlflow.pyfunc.load_model(sys.argv[1])\n"
        "assert model.metadata.signature and model.input_example is not None\n"
        "found = model.predict(pd.DataFrame({'text': ['the cat sleeps']}))\n"
        "print(found['words'][0], found['prediction'][0])\n"
        "given = pd.DataFrame({'words': [['the', 'cat sleeps']]})\n"
        "print(model.predict(given)['words'][0])"
    )
    done = finished.run(
        sys.executable, "-c", script, f"runs:/{run.info.run_id}/{run.info.run_name}",
        MLFLOW_TRACKING_URI=store.uri,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "['the', 'cat', 'sleeps'] ['DET', 'NOUN', 'VERB']" in done.stdout
    assert "['the', 'cat sleeps']" in done.stdout


def test_again_runs_nothing(finished, monkeypatch):
    printed = finished.repro()
    assert "Data and pipelines are up to date." in printed
    assert finished.ran(printed) == []
    assert len(newest_runs(store_of(finished, monkeypatch), 10)) == 1


def test_forced_twice_gives_the_same_lock_and_two_runs(copied, monkeypatch):
    before = (copied.root / "dvc.lock").read_bytes()
    files = contents(copied.root / "data")
    assert copied.ran(copied.repro("--force")) == STAGES
    assert (copied.root / "dvc.lock").read_bytes() == before
    assert contents(copied.root / "data") == files
    names = [run.info.run_name for run in newest_runs(store_of(copied, monkeypatch), 10)]
    assert len(set(names)) == 2


def test_a_changed_number_reruns_only_what_depends_on_it(copied):
    downstream = ["embed", "train", "evaluate"]
    copied.change({"embed.neighbours": 3})
    status = json.loads(copied.dvc("status", "--json").stdout)
    assert set(status) <= set(downstream)
    ran = copied.ran(copied.repro())
    assert ran[0] == downstream[0]
    assert set(ran) <= set(downstream)


def test_another_evaluation_of_the_same_model_is_a_child_and_leaves_the_first_alone(
    copied, monkeypatch
):
    copied.change({"evaluate.bootstrap_samples": 30})
    assert copied.ran(copied.repro()) == ["evaluate"]
    child, parent = newest_runs(store_of(copied, monkeypatch), 10)
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert child.data.metrics["test/accuracy"] == parent.data.metrics["test/accuracy"]
    assert parent.data.params["evaluate.bootstrap_samples"] == "20"


def test_a_deleted_output_comes_back_from_the_cache(copied):
    files = contents(copied.root / "data/tokens")
    shutil.rmtree(copied.root / "data/tokens")
    assert copied.ran(copied.repro()) == []
    assert contents(copied.root / "data/tokens") == files


def test_masked_words_go_the_same_way(copied):
    copied.change({"objective.kind": "masked_lm", "train.max_epochs": 1})
    assert copied.ran(copied.repro()) == ["train", "evaluate"]
    figures = json.loads((copied.root / "data/evidence/metrics.json").read_text())
    assert figures["test"]["perplexity"] > 1
    assert set(figures["baselines"]) == {"majority"}


def test_byte_pairs_and_factorised_vectors_go_the_same_way(copied):
    copied.change(
        {
            "tokenize.unit": "bpe",
            "tokenize.bpe.vocab_size": 270,
            "tokenize.max_length": 40,
            "embed.method": "ppmi_svd",
        }
    )
    assert copied.ran(copied.repro()) == ["tokenize", "embed", "train", "evaluate"]
    summary = json.loads((copied.root / "data/tokens/summary.json").read_text())
    assert summary["train"]["tokens_per_word"] > 1
    positions = json.loads((copied.root / "data/evidence/metrics.json").read_text())["test"][
        "positions"
    ]
    assert positions == summary["test"]["words"]


@pytest.mark.long
@pytest.mark.skipif(os.cpu_count() == 1, reason="two processes need two cores")
def test_two_processes_train_the_weights_of_one_that_adds_up_two_halves_bit_for_bit(copied):
    trained, losses = [], []
    for change in (
        {"train.batch_parts": 2, "encoder.dropout": 0.1},
        {"train.batch_parts": 1, "train.strategy": "ddp", "train.devices": 2},
    ):
        copied.change(change)
        copied.repro("train")
        trained.append(contents(copied.root / "data/model"))
        losses.append(pd.read_csv(copied.root / "data/model/history.csv"))
    halves, processes = trained
    assert halves["weights.safetensors"] == processes["weights.safetensors"]
    # The losses that are told are sums over all words, which two processes add up in another order.
    pd.testing.assert_frame_equal(*losses, rtol=1e-5)


@pytest.mark.long
def test_a_killed_stage_leaves_nothing_half_and_the_next_run_is_whole(copied, monkeypatch):
    before = contents(copied.root / "data/model")
    copied.change({"train.max_epochs": 500})
    process = copied.start_repro()
    for line in process.stdout:  # the line of an epoch says that training is under way
        if line.startswith("epoch 2 "):
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    model = copied.root / "data/model"
    assert not model.exists() or contents(model) == before
    copied.change({"train.max_epochs": 2, "train.learning_rate": 0.005})
    assert copied.ran(copied.repro()) == ["train", "evaluate"]
    runs = newest_runs(store_of(copied, monkeypatch), 10)
    assert [run.info.status for run in runs].count("FINISHED") == 2
    leftovers = [path for path in (copied.root / "data").iterdir() if path.name.startswith(".")]
    assert [path.name for path in leftovers] == [".gitignore"]


def test_ctrl_c_marks_the_run_and_puts_the_old_model_back(copied, monkeypatch):
    before = contents(copied.root / "data/model")
    copied.change({"train.max_epochs": 500})
    process = copied.start_repro()
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("epoch 2 "):
            os.killpg(process.pid, signal.SIGINT)
    process.wait()
    process.stdout.close()
    assert process.returncode != 0
    assert "train: interrupted" in "".join(printed)
    assert "Traceback" not in "".join(printed)
    assert contents(copied.root / "data/model") == before
    assert newest_runs(store_of(copied, monkeypatch), 1)[0].info.status == "KILLED"


@pytest.mark.long
def test_four_pipelines_at_once_on_a_store_that_does_not_exist_yet_leave_four_whole_runs(
    finished, tmp_path, monkeypatch
):
    uri = f"sqlite:///{tmp_path}/shared.db"
    projects = []
    for number in range(4):
        place = tmp_path / f"project {number}"
        shutil.copytree(finished.root, place, ignore=shutil.ignore_patterns("mlflow.db", "mlart*"))
        projects.append(Workspace(place))
        # Without heads, whose study takes longer than all the rest.
        rate = (number + 1) / 1000
        projects[-1].change({"train.learning_rate": rate, "encoder.n_layers": 0})
    with ThreadPoolExecutor(len(projects)) as all_at_once:
        list(all_at_once.map(lambda project: project.repro(MLFLOW_TRACKING_URI=uri), projects))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    store = open_store(projects[0].root)
    runs = newest_runs(store, 20)
    assert sorted(float(run.data.params["train.learning_rate"]) for run in runs) == [
        number / 1000 for number in range(1, 5)
    ]
    for run in runs:
        assert run.info.status == "FINISHED"
        assert {"validation/accuracy", "test/accuracy"} <= set(run.data.metrics)
        steps = store.client.get_metric_history(run.info.run_id, "loss/validation")
        assert [point.step for point in steps] == [1, 2]
        top = {file.path for file in store.client.list_artifacts(run.info.run_id)}
        assert {"evidence", "record", "history.csv"} <= top


def test_the_project_is_found_from_a_folder_below(finished):
    assert find_root(finished.root / "data/source") == finished.root
