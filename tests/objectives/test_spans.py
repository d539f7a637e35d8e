"""Spans as an objective: what is learned of a column, and what is said of one that is wrong."""

import numpy as np
import pytest
from small_objectives import spans

from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.objectives.objective import Classes
from pipeline.objectives.question import UNSEEN
from pipeline.objectives.registry import objective_of
from pipeline.tokens.store import TokenStore

TRAIN = [
    example("1", ["New", "York", "sleeps"], ner=("I-LOC", "I-LOC", "O")),
    example("2", ["Bo", "Ed"], ner=("I-PER", "B-PER")),
]
HELD_OUT = [example("3", ["Acme", "in", "Rome"], ner=("I-ORG", "O", "I-LOC"))]
BIO = ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def stored(folder, train=TRAIN, held_out=HELD_OUT):
    splits = {"train": iter(train), "validation": iter(held_out), "test": iter(held_out)}
    write_corpus(folder, Source("conll", "tiny", "data/source/tiny", None, {}, splits))
    return folder


def words_of(*lengths):
    """Tokens of sentences, a token a word."""
    n = sum(lengths)
    word_ids = np.concatenate([np.arange(length) for length in lengths]).astype(np.int32)
    return TokenStore(
        np.cumsum([0, *lengths]), np.full(n, 5, np.int32), np.zeros((n, 0), np.int32), word_ids,
        np.ones(n, bool),
    )  # fmt: skip


def test_iob1_is_learned_as_bio_and_a_kind_that_training_never_has_is_unseen(tmp_path):
    corpus, objective = stored(tmp_path), objective_of(spans("iob1"))
    classes = objective.classes(corpus / "train.parquet")
    assert classes.names == BIO
    train = objective.split(corpus / "train.parquet", words_of(3, 2), classes)
    assert [BIO[i] for i in train.answers] == ["B-LOC", "I-LOC", "O", "B-PER", "B-PER"]
    held_out = objective.split(corpus / "test.parquet", words_of(3), classes)
    assert held_out.answers.tolist() == [UNSEEN, 0, 1]
    raw = [tag for one in TRAIN for tag in one.annotations["ner"]]
    learned = objective.as_learned(raw, np.array([3, 2]))
    assert learned == [BIO[i] for i in train.answers]


def test_a_column_in_another_scheme_is_refused_with_its_place(tmp_path):
    corpus = stored(tmp_path)
    with pytest.raises(ValueError, match=r"found I-LOC at its start and before I-LOC, at word 1 of "
                       r"sentence 1 of train: .* set objective.spans.scheme"):  # fmt: skip
        objective_of(spans("bio")).classes(corpus / "train.parquet")
    with pytest.raises(ValueError, match=r"lemma.*found _ at its start"):
        objective_of(spans("bio", target="lemma")).classes(corpus / "train.parquet")
    with pytest.raises(ValueError, match="holds numbers"):
        objective_of(spans("bio", target="head")).classes(corpus / "train.parquet")


def test_a_training_split_without_a_span_is_refused(tmp_path):
    corpus = stored(tmp_path, [example("1", ["a"], ner=("O",))])
    with pytest.raises(ValueError, match="expected a span in the column 'ner'"):
        objective_of(spans()).classes(corpus / "train.parquet")


def test_decoding_is_constrained_or_free_as_params_yaml_says():
    log_p = np.log(np.array([[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]]))  # I-LOC twice, which cannot begin
    asked = np.zeros(2, np.int64), np.arange(2), Classes(("O", "B-LOC", "I-LOC"))
    assert objective_of(spans(decoding="free")).choose(log_p, *asked).tolist() == [2, 2]
    assert objective_of(spans()).choose(log_p, *asked).tolist() == [1, 2]
