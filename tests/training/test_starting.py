"""A training that starts from another model: which weights it begins with, and what is refused."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from empty_projects import FROM_OUTSIDE, make_project
from safetensors.torch import load_file
from tiny_corpora import FILES, SETTINGS, trained, treebank
from workspace import ROOT

from pipeline.artifacts import Artifacts, StartFiles, TokensFiles
from pipeline.files import hash_file
from pipeline.model.checkpoint import load_network
from pipeline.model.start import read_start
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params
from pipeline.recording.inputs import log_inputs
from pipeline.recording.provenance import origin_of
from pipeline.recording.record import log_record
from pipeline.runs.fetching import fetch_run
from pipeline.tokens.encoding import load_encoding, save_encoding
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store
from pipeline.vectors.table_file import load_table
from stages.corpus import corpus
from stages.embed import embed
from stages.tokenize import tokenize

THEIRS = [[("the", "D"), ("cat", "N"), ("sat", "V")], [("a", "D"), ("dog", "N")]]
OURS = [[("cat", "N"), ("sings", "V")]]
FIRST, OTHER = (dict.fromkeys(FILES, sentences) for sentences in (THEIRS, OURS))
HERE = "data/source/first"
SLOWLY = {"train.start_from": HERE, "train.learning_rate": 1e-9, "train.warmup_share": 0.0}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A model of hidden words."""
    root = tmp_path_factory.mktemp("first")
    treebank(root / "data/source/tiny", FIRST)
    trained(root, SETTINGS | {"objective.kind": "masked_lm"})
    return Artifacts(root)


@pytest.fixture
def second(first, tmp_path):
    """Another project, in which the model lies below data/source."""
    shutil.copytree(first.model, tmp_path / HERE)
    return Artifacts(tmp_path)


def test_a_tagger_begins_with_the_other_model_s_encoder_and_reads_by_its_tokenizer(first, second):
    treebank(second.source / "tiny", OTHER)
    trained(second.root, SETTINGS | SLOWLY)
    theirs, ours = load_network(first.model).state_dict(), load_network(second.model).state_dict()
    handed = [name for name in theirs if not name.startswith("head.")]
    assert {*handed} == {name for name in ours if not name.startswith("head.")}
    for name in handed:
        assert (ours[name] - theirs[name]).abs().max() < 1e-6, name
    assert ours["head.label.weight"].shape[0] == 2
    vocabulary = load_encoding(second.model).vocabulary
    assert vocabulary == load_encoding(first.model).vocabulary
    assert "sings" not in vocabulary
    assert (load_table(second.vectors) == theirs["embedding.token.weight"].numpy()).all()
    kept = StartFiles(TokensFiles(second.tokens).start)
    about = json.loads(kept.about.read_text())
    sha256 = hash_file(StartFiles(first.model).weights)
    assert about == {"start_from": HERE, "weights_sha256": sha256}
    assert hash_file(kept.weights) == sha256


def test_a_run_says_which_weights_it_started_from_and_where_they_are_from(
    first, second, monkeypatch
):
    for name in FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    make_project(second.root)
    weights = hash_file(StartFiles(first.model).weights)
    origin = json.dumps({"run": "hidden words", "weights_sha256": weights})
    StartFiles(second.root / HERE).origin.write_text(origin)
    params = tokenized(second, {})
    embed(params, second)
    second.lock.write_text("numpy==2.0\n")
    with track(second.root, "started", {}, {}) as run:
        log_inputs(run, second)
        log_record(run, second, origin_of(second.root), params, "train", {"device": "cpu"})
    store = open_store(second.root)
    (found,) = store.client.search_runs([store.experiment_id])
    assert found.data.tags["headway.start"] == weights
    own = Path(store.client.download_artifacts(found.info.run_id, "inputs"))
    told = {"start_from": HERE, "weights_sha256": weights}
    assert json.loads((own / "start.json").read_text()) == told
    assert (own / "origin.json").read_text() == origin
    kept = fetch_run(store, found, second.root / "kept")
    # What reproduce asks for again, and holds what it finds against.
    assert kept.record.inputs[f"{HERE}/weights.safetensors"].sha256 == weights
    assert kept.record.params["train"]["start_from"] == HERE


def tokenized(second, changes):
    """The parameters, after the tokens were made with what training is to start from."""
    treebank(second.source / "tiny", OTHER)
    write_params(ROOT / "params.yaml", second.params, SETTINGS | SLOWLY | changes)
    params = read_params(second.params)
    corpus(params, second)
    tokenize(params, second)
    return params


def test_another_shape_is_refused_with_all_that_differs(first, second):
    tokenized(second, {})
    shape = load_network(first.model).shape
    other = shape.model_copy(
        update={
            "encoder": shape.encoder.model_copy(update={"n_layers": 3, "positions": "none"}),
            "vocab_size": 99,
        }
    )
    start = TokensFiles(second.tokens).start
    assert {name.partition(".")[0] for name in read_start(start, shape)} == {"embedding", "encoder"}
    with pytest.raises(ValueError, match=r"encoder.n_layers is 1 there and 3 in params.yaml; "
                       r"encoder.positions is rotary there and none in params.yaml; the tokens of "
                       r"its vocabulary are \d+ there and 99 here"):  # fmt: skip
        read_start(start, other)
    assert read_start(start.with_name("nothing"), shape) is None


def test_what_is_no_model_is_refused_before_anything_is_written(second):
    with pytest.raises(FileNotFoundError, match=r"start_from data/source/nothing: .* is missing"):
        tokenized(second, {"train.start_from": "data/source/nothing"})
    assert not second.tokens.exists()
    params = read_params(second.params).model_copy()
    (second.root / HERE / "tokenizer.json").unlink()
    told = params.train.model_copy(update={"start_from": HERE})
    with pytest.raises(ValueError, match=r"no model's folder: expected tokenizer.json in it"):
        tokenize(params.model_copy(update={"train": told}), second)


def test_weights_that_are_not_those_that_were_fetched_are_refused(second):
    place = StartFiles(second.root / HERE)
    place.origin.write_text(json.dumps({"weights_sha256": "0" * 64}))
    with pytest.raises(ValueError, match="not those that were fetched: expected sha256 000000"):
        tokenized(second, {})
    assert load_file(place.weights)


def test_sentences_that_the_other_model_does_not_take_are_told_with_what_can_be_done(second):
    changes = {"train.start_from": HERE, "tokenize.max_length": 500}
    encoding = load_encoding(second.root / HERE)
    shorter = replace(encoding, max_length=1)
    save_encoding(shorter, second.root / HERE)
    with pytest.raises(ValueError, match=r"at most 1 tokens .* start from a model that takes as"):
        tokenized(second, changes)
