from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from small_training import split

from benchmarks.work import Task, Work, first_sentences, open_task
from pipeline.objectives.objective import AskedSplit
from pipeline.objectives.question import NOTHING_ASKED, UNSEEN
from pipeline.params.writing import write_params


def opened(tokenized, params, sentences: int) -> Task:
    corpus, tokens = str(tokenized.corpus), str(tokenized.tokens)
    return open_task(Work(corpus, tokens, str(params), sentences, 0.01, {}))


def test_contenders_that_count_sentences_make_as_many_steps(tokenized):
    task = opened(tokenized, tokenized.params, 100)
    sentences = task.training_sentences()
    assert len(sentences) == 100
    assert -(-len(sentences) // task.sentences_per_step) == pytest.approx(
        task.steps_per_epoch, abs=1
    )
    assert sum(len(one["input_ids"]) for one in sentences) * 2 == task.tokens


def test_peers_get_the_tags_of_the_corpus(tokenized):
    task = opened(tokenized, tokenized.params, 7)
    tags = pq.read_table(tokenized.corpus / "train.parquet")["upos"].to_pylist()[:7]
    names = task.shape.classes
    assert [[names[i] for i in one["labels"]] for one in task.training_sentences()] == tags


def test_where_nothing_is_asked_peers_leave_a_token_out(tokenized):
    task = opened(tokenized, tokenized.params, 7)
    answers = task.train.answers.copy()
    answers[1:3] = NOTHING_ASKED, UNSEEN
    task = replace(task, train=replace(task.train, answers=answers))
    labels = task.training_sentences()[0]["labels"]
    assert [label == -100 for label in labels[:3]] == [False, True, True]


def test_for_hidden_words_peers_get_no_labels(tokenized, tmp_path):
    params = tmp_path / "params.yaml"
    write_params(tokenized.params, params, {"objective.kind": "masked_lm"})
    assert {*opened(tokenized, params, 3).training_sentences()[0]} == {"input_ids"}


def test_the_first_sentences_keep_their_own_answers_of_tokens_or_of_sentences():
    words, wholes = split(), split(objective="classification")
    end = words.tokens.offsets[5]
    cut = first_sentences(words, 5)
    assert len(cut.tokens) == 5
    assert np.array_equal(cut.answers, words.answers[:end])
    assert np.array_equal(cut.tokens.input_ids, words.tokens.input_ids[:end])
    assert np.array_equal(first_sentences(wholes, 5).answers, wholes.answers[:5])
    several = AskedSplit(wholes.tokens, np.repeat(wholes.answers, 3))
    assert np.array_equal(first_sentences(several, 5).answers, several.answers[:15])
    assert len(first_sentences(words, 10**6).answers) == len(words.answers)
