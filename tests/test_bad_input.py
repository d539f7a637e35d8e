"""What a person sees of their own mistake: one message, no traceback, and the old results kept."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from reproducing import newest
from workspace import Workspace, contents, write_treebank

from pipeline.artifacts import MADE_BY, Artifacts
from pipeline.model.checkpoint import load_network
from pipeline.model.history import read_history
from pipeline.recording.metric_names import LOSS_OF_EPOCHS
from pipeline.tokens.encoding import load_encoding
from pipeline.tracking.store import open_store
from stages.running import note_seconds

Mistake = Callable[[Workspace], None]
FOLDER = {stage: f"data/{noun}" for noun, stage in MADE_BY.items()}
TRAIN = "data/source/small/small-train.conllu"
WHEEL = "decomp-0.3.2-py3-none-any.whl"
NOT_HERE = "mps" if sys.platform == "linux" else "cuda"


def params(**values: object) -> Mistake:
    return lambda workspace: workspace.change(
        {name.replace("__", "."): value for name, value in values.items()}
    )


def rewritten(name: str, change: Callable[[bytes], bytes]) -> Mistake:
    def apply(workspace: Workspace) -> None:
        path = workspace.root / name
        changed = change(path.read_bytes())
        path.unlink()  # it may be a link into DVC's cache
        path.write_bytes(changed)

    return apply


def deleted(name: str) -> Mistake:
    def apply(workspace: Workspace) -> None:
        path = workspace.root / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return apply


def cut_short(name: str) -> Mistake:
    return rewritten(name, lambda content: content[:100])


def without_last_column(text: bytes) -> bytes:
    lines = text.split(b"\n")
    lines[2] = lines[2].rpartition(b"\t")[0]
    return b"\n".join(lines)


def other_wheel(workspace: Workspace) -> None:
    workspace.change({"corpus.kind": "ewt"})
    downloads = workspace.root / ".headway/downloads"
    downloads.mkdir()
    (downloads / WHEEL).write_bytes(b"another file")


def assert_one_message(done: subprocess.CompletedProcess[str], stage: str, *said: str) -> None:
    """The stage failed with one message that holds all of `said`; nothing else went wrong."""
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    assert "Exception ignored" not in done.stdout
    errors = [line for line in done.stdout.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stdout
    assert errors[0].startswith(f"error: {stage}: ")
    message = done.stdout.partition(errors[0])[2]
    for words in said:
        assert words in errors[0] + message, done.stdout


@pytest.fixture
def closed_port():
    """A port of this machine that nothing listens on and no other process can take."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("mistake", "stage", "said"),
    [
        pytest.param(
            params(train__learning_rat=0.1), "train",
            ("params.yaml", "train.learning_rat is not a known key", "did you mean learning_rate?"),
            id="misspelt key",
        ),
        pytest.param(
            params(encoder__dropout=1.5), "train",
            ("params.yaml", "encoder.dropout is 1.5", "less than 1"),
            id="value out of range",
        ),
        pytest.param(
            params(encoder__n_heads=5), "train",
            ("must be divisible", "got 16 and 5", "choose n_heads from 1, 2, 4, 8, 16"),
            id="heads do not divide the model",
        ),
        pytest.param(
            params(objective__kind="parsing"), "train",
            ("params.yaml", "objective.kind is 'parsing': choose one of tagging, "),
            id="unknown objective",
        ),
        pytest.param(
            deleted("data/source/small"), "corpus",
            ("data/source/small is missing", "put the data there"),
            id="missing corpus",
        ),
        pytest.param(
            rewritten(TRAIN, lambda text: text[:1003]), "corpus",
            ("small-train.conllu, line 42", "expected 10 tab-separated columns", "found 2"),
            id="truncated corpus",
        ),
        pytest.param(
            rewritten(TRAIN, without_last_column), "corpus",
            ("small-train.conllu, line 3", "expected 10 tab-separated columns", "found 9"),
            id="malformed line",
        ),
        pytest.param(
            rewritten("data/source/small/small-dev.conllu", lambda _: b""), "corpus",
            ("small-dev.conllu: expected at least one sentence, found none",),
            id="empty split",
        ),
        pytest.param(
            params(tokenize__max_length=4), "tokenize",
            ("expected at most 4 tokens", "found 6 in train, sentence 'train-", "set tokenize."),
            id="sentence too long",
        ),
        pytest.param(
            other_wheel, "corpus",
            ("expected sha256 f93dd0e8", "found ", "delete "),
            id="another wheel",
        ),
        pytest.param(
            params(train__learning_rate=1e38, train__gradient_clip=None), "train",
            ("expected a finite loss", "found nan", "lower train.learning_rate"),
            id="loss is no number",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_the_old_outputs_stay(copied, mistake, stage, said):
    before = contents(copied.root / FOLDER[stage])
    mistake(copied)
    done = copied.dvc("repro")
    assert_one_message(done, stage, *said)
    assert f"The outputs that {stage} made last time are back in place." in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith(f"ERROR: failed to reproduce '{stage}'")
    assert contents(copied.root / FOLDER[stage]) == before
    assert [path.name for path in (copied.root / "data").glob(".*")] == [".gitignore"]


def test_an_accelerator_that_is_not_there_is_named_in_one_line(copied):
    copied.change({"train.accelerator": NOT_HERE})
    done = copied.run(sys.executable, "-m", "stages.train", PYTHONWARNINGS="")
    assert_one_message(done, "train", "this machine cannot train with", f"accelerator {NOT_HERE}")
    # Before it stands what every stage says that takes longer than two seconds to begin.
    lines = [line for line in done.stdout.splitlines() if line != "train: loading libraries"]
    assert len(lines) == 1, done.stdout


def test_without_network_the_corpus_stage_says_where_to_put_the_wheel(copied, closed_port):
    before = contents(copied.root / "data/corpus")
    copied.change({"corpus.kind": "ewt"})
    index = f"http://127.0.0.1:{closed_port}/simple"
    done = copied.dvc(
        "repro", PIP_INDEX_URL=index, PIP_EXTRA_INDEX_URL="", PIP_FIND_LINKS="", PIP_RETRIES="0",
        PIP_CONFIG_FILE=os.devnull, NO_PROXY="*",
    )  # fmt: skip
    assert_one_message(done, "corpus", "could not fetch decomp 0.3.2", "connect to the network")
    assert f"put the wheel at {copied.root}/.headway/downloads/{WHEEL}" in done.stdout
    assert contents(copied.root / "data/corpus") == before
    assert list((copied.root / ".headway/downloads").iterdir()) == []


def test_a_tracking_server_that_is_away_at_the_start_is_named(copied, closed_port):
    before = contents(copied.root / "data/model")
    copied.change({"train.learning_rate": 0.02})
    address = f"http://127.0.0.1:{closed_port}"
    done = copied.dvc("repro", MLFLOW_TRACKING_URI=address)
    assert_one_message(
        done, "train", f"{address} does not answer", "start it, or correct MLFLOW_TRACKING_URI"
    )
    assert contents(copied.root / "data/model") == before


@pytest.mark.parametrize(
    ("damage", "stage", "said"),
    [
        pytest.param(
            rewritten("mlflow.db", lambda content: b"no database" + content[11:]), "train",
            ("mlflow.db is not a sound SQLite database", "put back a copy"),
            id="tracking database",
        ),
        pytest.param(
            rewritten("data/tokens/train/input_ids.npy", lambda content: content[:140]), "embed",
            ("data/tokens/train cannot be read", "dvc checkout --force tokenize"),
            id="tokens",
        ),
        pytest.param(
            deleted("data/tokens"), "embed", ("data/tokens is missing", "run `dvc repro tokenize`"),
            id="no tokens",
        ),
        pytest.param(
            rewritten("data/corpus/test.parquet", lambda content: content[:300]), "tokenize",
            ("test.parquet is damaged", "dvc checkout"),
            id="corpus",
        ),
        pytest.param(
            rewritten("data/vectors/table.safetensors", lambda content: content[:200]), "train",
            ("vectors/table.safetensors cannot be used", "`dvc checkout --force`"),
            id="vectors",
        ),
        pytest.param(
            cut_short("data/model/weights.safetensors"), "evaluate",
            ("model holds no usable model", "dvc checkout --force train"),
            id="weights",
        ),
        pytest.param(
            cut_short("data/model/history.csv"), "evaluate",
            ("model/history.csv cannot be used", "`dvc checkout --force`"),
            id="history",
        ),
        pytest.param(
            deleted("params.yaml"), "corpus", ("params.yaml is missing", "repository's root"),
            id="no parameters",
        ),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named_with_what_puts_it_back(copied, damage, stage, said):
    before = contents(copied.root / FOLDER[stage])
    damage(copied)
    assert_one_message(copied.run(sys.executable, "-m", f"stages.{stage}"), stage, *said)
    assert contents(copied.root / FOLDER[stage]) == before


@pytest.mark.parametrize("damage", [deleted, cut_short])
@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("data/tokens/encoding.json", load_encoding),
        ("data/tokens/tokenizer.json", load_encoding),
        ("data/model/encoding.json", load_encoding),
        ("data/model/model.json", load_network),
        ("data/model/weights.safetensors", load_network),
    ],
)
def test_a_file_that_is_missing_or_cut_short_is_never_read_on(copied, damage, name, read):
    damage(name)(copied)
    with pytest.raises(ValueError, match=r"cannot be used|no usable model") as caught:
        read((copied.root / name).parent)
    assert "dvc checkout --force" in str(caught.value)


def test_what_the_advice_says_puts_a_damaged_file_back(copied):
    before = contents(copied.root / "data")
    cut_short("data/tokens/encoding.json")(copied)
    assert copied.dvc("checkout", "--force").returncode == 0
    assert contents(copied.root / "data") == before


def test_a_first_run_that_fails_does_not_speak_of_old_outputs(copied):
    deleted("dvc.lock")(copied)
    deleted("data/corpus")(copied)
    rewritten(TRAIN, without_last_column)(copied)
    done = copied.dvc("repro")
    assert_one_message(done, "corpus", "line 3")
    assert "last time" not in done.stdout


def test_old_outputs_that_are_lost_are_not_said_to_be_back(copied):
    deleted(".dvc/cache")(copied)
    rewritten(TRAIN, without_last_column)(copied)
    done = copied.dvc("repro")
    assert_one_message(done, "corpus", "line 3")
    assert "could not be put back: `dvc checkout corpus` says why" in done.stdout


def test_in_a_new_clone_nobody_speaks_of_outputs_that_were_never_made_there(finished, tmp_path):
    clone = Workspace(tmp_path / "clone")
    assert finished.run("git", "clone", "-q", ".", str(clone.root)).returncode == 0
    rewritten(TRAIN, without_last_column)(clone)
    assert "  corpus:" in (clone.root / "dvc.lock").read_text()
    done = clone.run(sys.executable, "-m", "stages.corpus", DVC_STAGE="corpus")  # as DVC starts it
    assert done.returncode == 1
    assert done.stdout.startswith("error: corpus: ")
    assert len(done.stdout.splitlines()) == 1, done.stdout


def test_a_fault_in_the_code_shows_its_place_and_the_old_outputs_stay(copied):
    before = contents(copied.root / "data/vectors")
    code = copied.root / "stages/embed.py"
    code.write_text(code.read_text().replace("artifacts.require(", "artifacts.reqiure("))
    done = copied.dvc("repro")
    assert "AttributeError" in done.stdout
    assert "The outputs that embed made last time are back in place." in done.stdout
    assert contents(copied.root / "data/vectors") == before


def test_seconds_of_stages_that_end_together_are_all_kept(tmp_path):
    script = (
        "import sys; from pathlib import Path; from pipeline.artifacts import Artifacts\n"
        "from stages.running import note_seconds\n"
        "for i in range(20): note_seconds(Artifacts(Path(sys.argv[1])), f'{sys.argv[2]}{i}', i)"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "abc"
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    note_seconds(Artifacts(tmp_path), "last", 1.234)
    kept = (tmp_path / ".headway/seconds.json").read_text()
    assert kept.count(":") == 61
    assert '"last": 1.23' in kept


SMALL_DISK = """
place=$1 kept=$2 room=$3; shift 3
mkdir "$kept" && cp -a "$place/." "$kept" || exit 97
mount -t tmpfs -o size=8m tmpfs "$place" && cp -a "$kept/." "$place" || exit 98
cat /dev/zero > "$place/.filler" 2>/dev/null
truncate -s -$room "$place/.filler"
"$@"
status=$?
rm "$place/.filler"; rm -r "$kept"; cp -a "$place/." "$kept"
exit $status
"""
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


@pytest.fixture
def small_disk(copied, tmp_path):
    """Runs a command with a folder on a nearly full disk; gives what it left in the folder.

    The disk is a file system in memory, in a mount namespace that ends with the command.
    """
    mount = (*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path))
    if not shutil.which("unshare") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a full disk needs `unshare`, and the right to mount in a namespace")

    def run(place: str, room: int, *command: str, **environment: str):
        kept = tmp_path / "kept"
        told = (str(copied.root / place), str(kept), str(room))
        script = (*NAMESPACE, "sh", "-c", SMALL_DISK, "sh", *told)
        return copied.run(*script, "python", "-m", *command, **environment), kept

    return run


def larger_corpus(workspace: Workspace) -> None:
    shutil.rmtree(workspace.root / "data/source/small")
    write_treebank(workspace.root / "data/source/small", seed=1, times=30)


@pytest.mark.parametrize(
    ("larger", "stage"),
    [
        (larger_corpus, "corpus"),
        (params(tokenize__word__suffix_lengths=list(range(1, 300))), "tokenize"),
        (params(encoder__d_model=4096), "embed"),
        (params(encoder__d_ff=20000), "train"),
    ],
    ids=["corpus", "tokenize", "embed", "train"],
)
def test_a_full_disk_is_told_and_the_old_outputs_stay(copied, small_disk, larger, stage):
    before = contents(copied.root / FOLDER[stage])
    larger(copied)
    done, left = small_disk("data", 16384, "dvc", "repro", stage)
    assert_one_message(done, stage, "the disk is full (", "No space left on device", "make room")
    assert "made last time are back in place" in done.stdout
    assert contents(left / Path(FOLDER[stage]).name) == before
    assert {path.name for path in left.glob(".*")} == {".gitignore"}
    ended = [run.info.status for run in newest(copied, 9)]
    assert ended == (["FAILED", "FINISHED"] if stage == "train" else ["FINISHED"])


def test_a_full_disk_under_the_tracking_database_is_told_at_the_start(
    copied, small_disk, monkeypatch
):
    before = contents(copied.root / "data/model")
    copied.change({"train.learning_rate": 0.02})
    (copied.root / "disk").mkdir()
    store = "sqlite:///disk/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{copied.root}/disk/mlflow.db")
    open_store(copied.root)  # makes the database
    done, _ = small_disk("disk", 0, "dvc", "repro", MLFLOW_TRACKING_URI=store)
    assert_one_message(done, "train", "the disk is full", "make room")
    assert contents(copied.root / "data/model") == before


def test_a_database_whose_disk_fills_during_a_run_gets_all_of_it_once_there_is_room(
    copied, small_disk, monkeypatch
):
    copied.change({"train.learning_rate": 0.02})
    disk = copied.root / "disk"
    disk.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{disk}/mlflow.db")
    open_store(copied.root)  # makes the database
    store = "sqlite:///disk/mlflow.db"
    # Room for the run and its first figures; SQLite's own journal takes some of it.
    done, left = small_disk("disk", 100_000, "dvc", "repro", "train", MLFLOW_TRACKING_URI=store)
    assert done.returncode == 0, done.stdout
    assert "does not take this run's records" in done.stdout
    assert "disk is full" in done.stdout
    shutil.copytree(left, disk, dirs_exist_ok=True)  # now there is room
    (started,) = open_store(copied.root).client.search_runs(["1"])
    assert started.info.status == "RUNNING"
    sent = copied.run(sys.executable, "-m", "pipeline.cli", "send", MLFLOW_TRACKING_URI=store)
    assert sent.returncode == 0, sent.stdout
    (run,) = open_store(copied.root).client.search_runs(["1"])
    assert run.info.status == "FINISHED"
    last = read_history(copied.root / "data/model")[-1].validation_loss
    assert run.data.metrics[LOSS_OF_EPOCHS] == last
    assert run.outputs.model_outputs


def test_a_full_disk_under_the_runs_files_loses_neither_model_nor_record(copied, small_disk):
    before = contents(copied.root / "data/model")
    copied.change({"train.learning_rate": 0.02})
    done, _ = small_disk("mlartifacts", 0, "dvc", "repro", "train")
    assert done.returncode == 0, done.stdout
    assert "does not take this run's records" in done.stdout
    assert "No space left on device" in done.stdout
    assert contents(copied.root / "data/model") != before
    sent = copied.run(sys.executable, "-m", "pipeline.cli", "send")  # there is room again
    assert sent.returncode == 0, sent.stdout
    assert len(list((copied.root / "mlartifacts").glob("models/*/artifacts/MLmodel"))) == 2
