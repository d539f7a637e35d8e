"""Labels of words: where they stand among the tokens, and another column that is learned."""

import numpy as np
import pytest
from traced_models import encoding_of

from examples import example
from pipeline.corpus.source import Source
from pipeline.corpus.writing import write_corpus
from pipeline.objectives.question import NOTHING_ASKED, UNSEEN, number_type
from pipeline.objectives.registry import objective_of
from pipeline.params.objective import TaggingObjective
from pipeline.tokens.batches import batch_of_sentences, gather
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED

NONE = NOTHING_ASKED
TRAIN = [
    example("1", ["a", "cat"], upos=("DET", "NOUN"), xpos=("DT", "NN"), deprel=("det", "root")),
    example("2", ["sat"], upos=("VERB",), xpos=("VBD",), deprel=("root",)),
]
HELD_OUT = [example("1", ["cat", "oh"], upos=("NOUN", "INTJ"), xpos=("NN", "UH"))]


def store_of(lengths, word_ids, ends_word):
    tokens = len(word_ids)
    return TokenStore(
        np.cumsum([0, *lengths]), np.full(tokens, 5, np.int32), np.zeros((tokens, 0), np.int32),
        np.array(word_ids, np.int32), np.array(ends_word, bool),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    splits = {"train": iter(TRAIN), "validation": iter(HELD_OUT), "test": iter(HELD_OUT)}
    write_corpus(tmp_path, Source("conllu", "tiny", "data/source/tiny", None, {}, splits))
    return tmp_path


def learned(target=None):
    return objective_of(TaggingObjective(kind="tagging", target=target))


@pytest.mark.parametrize(
    ("target", "classes", "answers"),
    [
        (None, ("DET", "NOUN", "VERB"), [0, 1, 2]),
        ("xpos", ("DT", "NN", "VBD"), [0, 1, 2]),
        ("deprel", ("det", "root"), [0, 1, 1]),
        ("form", None, None),
    ],
)
def test_the_column_that_is_learned_is_objective_target(folder, target, classes, answers):
    objective, train = learned(target), folder / "train.parquet"
    if classes is None:
        with pytest.raises(ValueError, match=f"{target} is no column of each word"):
            objective.classes(train)
        return
    found = objective.classes(train)
    assert (found.names, found.asked) == (classes, None)
    tokens = store_of([2, 1], [0, 1, 0], [True] * 3)
    assert objective.split(train, tokens, found).answers.tolist() == answers


def test_of_a_word_in_pieces_the_last_is_asked_and_of_a_cut_word_none(folder):
    objective, train = learned(), folder / "train.parquet"
    # a | c at |, then "sat" of which the sentence's limit has cut the end.
    tokens = store_of([3, 2], [0, 1, 1, 0, 0], [True, False, True, False, False])
    split = objective.split(train, tokens, objective.classes(train))
    assert split.answers.tolist() == [0, NONE, 1, NONE, NONE]
    question = objective.prepare(split, Vocabulary(9, LEARNED), 1, 0)(gather(tokens, np.arange(2)))
    assert question.target_ids.tolist() == [[0, NONE, 1], [NONE] * 3]  # the last one is padding
    assert question.targets == 2


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_a_person_s_sentence_is_asked_at_the_last_token_of_each_word(unit):
    encoding = encoding_of({"cat": 30}, 40, unit=unit)
    words = ["zebra", "cat", "é"]
    sentence = batch_of_sentences(encoding, [words])
    asked, of_word = learned().ask(sentence, encoding.special, 0), sentence.word_ids[0]
    assert asked.word.tolist() == [0, 1, 2]
    assert asked.token.tolist() == [int(np.flatnonzero(of_word == w)[-1]) for w in range(3)]
    assert asked.at.tolist() == asked.token.tolist()
    assert (asked.places > 3) == (unit == "bpe")


def test_a_label_that_training_never_has_is_asked_and_unseen(folder):
    objective = learned()
    classes = objective.classes(folder / "train.parquet")
    tokens = store_of([2], [0, 1], [True, True])
    split = objective.split(folder / "validation.parquet", tokens, classes)
    assert split.answers.tolist() == [1, UNSEEN]
    assert split.unanswerable == 1


@pytest.mark.parametrize("n_classes", [2, 2**15 - 1, 2**15, 2**20])
def test_numbers_of_classes_fit_into_what_they_are_kept_in(n_classes):
    highest = np.array([n_classes - 1, UNSEEN, NONE])
    assert (highest.astype(number_type(n_classes)) == highest).all()
