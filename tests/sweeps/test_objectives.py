"""A sweep over what is learned, and its runs made again, on a table with names and topics.

Whole pipelines, since what is claimed is of whole runs: that the record of each objective's run is
enough to make the run again. One sweep makes them all, from one corpus and the same tokens.
"""

import json
import random

import pytest
from reproducing import headway
from workspace import make_workspace

from pipeline.sweeps.ledger import Ledger
from pipeline.sweeps.place import Place
from pipeline.sweeps.storage import open_storage
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

KINDS = ("spans", "classification", "causal_lm")
NAMES = {"PER": ("Bo", "Ann", "Old Max"), "LOC": ("Rome", "New York", "Bonn")}
TOPICS = {"met": "people", "left": "travel", "saw": "people travel"}


def rows(count):
    """Who met whom where: both names are spans, the verb tells the topics."""
    chance = random.Random(1)
    for _ in range(count):
        verb = chance.choice([*TOPICS])
        who, where = (chance.choice(NAMES[label]) for label in ("PER", "LOC"))
        text = f"{who} {verb} {chance.choice(('a cat', 'the dog', 'them'))} in {where}"
        ends = ((0, len(who), "PER"), (len(text) - len(where), len(text), "LOC"))
        spans = [dict(zip(("start", "end", "label"), one, strict=True)) for one in ends]
        yield {"text": f"{text} .", "ner": spans, "genre": TOPICS[verb].split()}


@pytest.fixture
def asked(tmp_path):
    """A committed project with such a table; nothing is run yet."""
    workspace = make_workspace(tmp_path / "project")
    lines = "".join(json.dumps(row) + "\n" for row in rows(240))
    (workspace.root / "data/source/mine.jsonl").write_text(lines, encoding="utf-8")
    workspace.change(
        {
            "corpus.kind": "table",
            "corpus.table.path": "data/source/mine.jsonl",
            "corpus.table.spans": "ner",
            "corpus.table.labels": ["genre"],
            "objective.classification.labels": "several",
            "tokenize.max_length": 16,
            "train.max_epochs": 1,
            "encoder.n_heads": 1,
            "evaluate.faithfulness_sentences": 2,
        }
    )
    for command in (("add", "-A"), ("commit", "-qm", "a table")):
        assert workspace.run("git", *command).returncode == 0
    return workspace


@pytest.mark.long
def test_runs_of_every_other_objective_are_swept_and_made_again(asked, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = asked.run(
        "headway", "sweep", "-S", f"objective.kind={','.join(KINDS)}", "--name", "asked"
    )
    assert done.returncode == 0, done.stdout
    place = Place(asked.root, "asked")
    ledger = Ledger.opened(open_storage(None, place.journal, place.journal_lock), "asked")
    trials = {trial.varied["objective.kind"]: trial for trial in ledger.trials()}
    assert [*trials] == [*KINDS]
    logs = "".join(path.read_text() for path in (place.folder / "logs").iterdir())
    assert logs.count("Running stage 'corpus'") == 1
    runs = {
        run.data.params["objective.kind"]: run
        for run in newest_runs(open_store(asked.root), 9)
        if "headway.trial" in run.data.tags
    }
    for kind in KINDS:
        tags = runs[kind].data.tags
        assert tags["headway.weights_sha256"] == trials[kind].facts["weights"]
        status, printed = headway(asked, "reproduce", runs[kind].info.run_id)
        assert status == 0, printed
        assert "verdict: identical" in printed
        again = newest_runs(open_store(asked.root), 1)[0]
        assert again.data.tags["headway.reproduces"] == runs[kind].info.run_id
