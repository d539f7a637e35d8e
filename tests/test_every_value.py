"""Every value that params.yaml offers by name goes through all stages, on a corpus of few words."""

from types import UnionType
from typing import Literal, Union, get_args, get_origin

import numpy as np
import pytest
from pydantic import BaseModel
from tiny_corpora import watched
from workspace import ROOT, SMALL, write_treebank

from pipeline.artifacts import Artifacts
from pipeline.evidence.build import build_evidence
from pipeline.files import read_json, whole_folder
from pipeline.model.checkpoint import load_network
from pipeline.model.history import read_history
from pipeline.params.corpus import KINDS, CorpusParams
from pipeline.params.whole import Params, read_params
from pipeline.params.writing import write_params
from pipeline.training.build import save_model, train_model
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.setup import Settings
from stages.corpus import corpus
from stages.embed import embed
from stages.tokenize import tokenize

ELSEWHERE = {
    "corpus.kind": "tests/corpus has each source",
    "corpus.leaks": "tests/corpus/test_leaks.py",
    "corpus.table.delimiter": "tests/corpus/formats/test_records.py",
    "corpus.table.document": "tests/corpus/sources/test_table.py",
    "corpus.table.licence": "tests/corpus/sources/test_table.py",
    "corpus.table.spans": "tests/corpus/sources/test_table.py",
    "corpus.table.split": "tests/corpus/sources/test_table.py",
    "corpus.table.text": "tests/corpus/sources/test_table.py",
    "corpus.table.words": "tests/corpus/sources/test_table.py",
    "corpus.text.licence": "tests/corpus/sources/test_text.py",
    "corpus.text.unit": "tests/corpus/sources/test_text.py",
    "objective.spans.scheme": "tests/objectives/test_spans.py",
    "objective.target": "not every column is in the small corpus",
    "corpus.dataset.name": "tests/corpus/test_dataset.py",
    "corpus.dataset.revision": "tests/corpus/test_dataset.py",
    "train.strategy": "starts processes: tests/test_pipeline.py",
}
REFUSED = {"train.precision": ["16-mixed"]}
"""On a processor; tests/training/test_precision.py has what is said."""
TINY = SMALL | {
    "train.max_epochs": 1,
    "train.batch_tokens": 1000,
    "train.gradient_clip": 1.0,
    "tokenize.bpe.vocab_size": 300,
    "tokenize.max_length": 40,
    "encoder.d_model": 8,
    "evaluate.faithfulness_sentences": 2,
}


def choices(annotation):
    """The values that a type names: of a Literal, and None where it may be None."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        return [value for part in get_args(annotation) for value in choices(part)]
    return [None] if annotation is type(None) else []


def models_of(name, annotation):
    """The classes of a section: of a corpus those of its sources, of a union its members."""
    if annotation is CorpusParams:
        return list(KINDS.classes.values())
    parts = get_args(annotation) if get_origin(annotation) is UnionType else [annotation]
    return [it for it in parts if isinstance(it, type) and issubclass(it, BaseModel)]


def offered(model=Params, before=""):
    """Each named value by its parameter: {"tokenize.unit": ["word", "bpe"], ...}."""
    found = {}
    for name, field in model.model_fields.items():
        if models := models_of(name, field.annotation):
            for part in models:
                for key, values in offered(part, f"{before}{name}.").items():
                    had = found.get(key, [])
                    found[key] = had + [value for value in values if value not in had]
        elif values := choices(field.annotation):
            found[f"{before}{name}"] = values
    return found


def mixtures():
    """Settings in which each value comes once, and two values of one mixture part in another."""
    left = {name: values for name, values in offered().items() if name not in ELSEWHERE}
    tried = {
        name: [value for value in values if value not in REFUSED.get(name, [])]
        for name, values in left.items()
    }
    rows = max(map(len, tried.values()))
    for row in range(rows):
        turns = (row, row // 2, row + row // 2)  # two values a parameter: an orthogonal array
        yield {
            name: values[(row if len(values) > 2 else turns[place % 3]) % len(values)]
            for place, (name, values) in enumerate(tried.items())
        }


def test_the_mixtures_hold_every_value_that_is_offered():
    had = {(name, value) for mixture in mixtures() for name, value in mixture.items()}
    for name, values in offered().items():
        for value in values:
            assert (name, value) in had or name in ELSEWHERE or value in REFUSED[name]
    assert ("train.precision", "bf16-true") in had


def put_sources(folder, mixture):
    """A treebank with genres, and nouns as spans in XPOS; word vectors; what they ask to be set."""
    write_treebank(folder / "small")
    for path in (folder / "small").iterdir():
        text = path.read_text().replace("NOUN\t_", "NOUN\tS-N").replace("\t_\t_\t", "\tO\t_\t")
        sentences = text.strip().split("\n\n")
        genres = (f"# genre = {'ab'[i % 2]}\n{one}\n\n" for i, one in enumerate(sentences))
        path.write_text("".join(genres))
    vector = np.arange(TINY["encoder.d_model"], dtype="<f4")
    if mixture["embed.file.format"] == "text":
        (folder / "vectors.txt").write_text(f"cat {' '.join(map(str, vector))}\n")
    else:
        (folder / "vectors.txt").write_bytes(b"1 %d\ncat %b" % (len(vector), vector.tobytes()))
    scheme = {"objective.spans.scheme": "iobes"}
    return scheme | ({"objective.target": "xpos"} if mixture["objective.kind"] == "spans" else {})


@pytest.mark.parametrize(
    "mixture", list(mixtures()), ids=lambda values: ",".join(map(str, values.values()))
)
def test_every_value_that_is_offered_is_trained_with_and_evaluated(mixture, tmp_path):
    own = put_sources(tmp_path / "data/source", mixture)
    write_params(ROOT / "params.yaml", tmp_path / "params.yaml", TINY | mixture | own)
    artifacts = Artifacts(tmp_path)
    params = read_params(artifacts.params)
    for stage in (corpus, tokenize, embed):
        stage(params, artifacts)
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    settings = Settings(params.encoder, params.objective, params.train, params.seed)
    audience = watched(artifacts, params.train.watched)
    fitted = train_model(artifacts, settings, audience, checkpoints)
    with whole_folder(artifacts.model) as folder:
        save_model(fitted, artifacts, audience, folder)
    with whole_folder(artifacts.evidence) as folder:
        build_evidence(artifacts, params.evaluate, params.train.watched, params.seed, folder)
    figures = read_json(artifacts.evidence / "metrics.json")
    assert load_network(artifacts.model).shape.objective.kind == params.objective.kind
    trained = read_history(artifacts.model)[-1].validation_loss
    # Evaluation computes in 32 bits what training may have computed in 16.
    assert figures["validation"]["loss"] == pytest.approx(trained, rel=0.02)
    assert np.isfinite(figures["test"]["loss"])
