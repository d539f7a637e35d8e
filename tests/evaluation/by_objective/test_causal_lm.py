"""Perplexities of next tokens, held against scikit-learn and values worked by hand."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss
from traced_models import predictor

from pipeline import wording
from pipeline.evaluation.by_objective.causal_lm import CAUSAL_LM
from pipeline.evaluation.held_out import Sentences
from pipeline.evaluation.measuring import Measurable
from pipeline.evaluation.prediction import predict_split
from pipeline.evaluation.predictions import Predictions
from pipeline.model.batch import Batch
from pipeline.objectives.causal_lm import next_tokens
from pipeline.resampling import Resampling
from pipeline.tokens.batches import gather
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED

RESAMPLING = Resampling(samples=100, level=0.95, seed=0)


def store(*sentences):
    """Of each token its id and its word."""
    ids = np.array([token for one in sentences for token, _ in one], np.int32)
    words = np.array([word for one in sentences for _, word in one], np.int32)
    offsets = np.cumsum([0, *map(len, sentences)])
    ends = np.append(words[1:] != words[:-1], True)
    ends[offsets[1:] - 1] = True
    return TokenStore(offsets, ids, np.zeros((len(ids), 0), np.int32), words, ends)


def measurable(predictions, tokens, train=None):
    nothing = Sentences([], [], np.zeros(0, np.int64), [], [], [])
    forms = ["x"] * len(predictions)
    return Measurable(
        predictions, forms, nothing, tokens, nothing, train or tokens, None, (2,), 5, RESAMPLING
    )


def predictions(tokens, losses):
    """Every token but a sentence's first, with these losses."""
    at = np.setdiff1d(np.arange(len(tokens.input_ids)), tokens.offsets[:-1])
    sentence = np.searchsorted(tokens.offsets, at, side="right") - 1
    gold = tokens.input_ids[at].astype(np.int64)
    return Predictions(
        sentence, tokens.word_ids[at].astype(np.int64), at - tokens.offsets[sentence] - 1, gold,
        gold, np.exp(-np.array(losses)), np.array(losses, float), tuple("012345"),
    )  # fmt: skip


def test_perplexity_is_exp_of_scikit_learn_s_log_loss():
    model = predictor("causal_lm")
    rng = np.random.default_rng(0)
    tokens = store(*([(int(i), w) for w, i in enumerate(rng.integers(3, 8, 6))] for _ in range(9)))
    classes = model.encoding.vocabulary
    found = predict_split(
        model.network, tokens, lambda batch: next_tokens(batch, LEARNED.unknown), 20, classes
    )
    assert len(found) == 9 * 5
    batch = Batch.of(next_tokens(gather(tokens, np.arange(9)), LEARNED.unknown))
    with torch.no_grad():
        chances = model.network.logits(model.network(batch), batch.target_at).double().softmax(-1)
    expected = log_loss(batch.target_ids, chances.numpy(), labels=range(len(classes)))
    evidence = CAUSAL_LM.measure(measurable(found, tokens))
    assert evidence.estimates["loss"].value == pytest.approx(expected, rel=1e-5)
    told = evidence.estimates["perplexity"]
    assert told.value == pytest.approx(math.exp(expected), rel=1e-5)
    assert told.low < told.value < told.high
    # A word is one token here.
    assert evidence.estimates["word_perplexity"].value == pytest.approx(told.value)


def test_a_word_of_two_pieces_costs_what_both_do_and_one_that_is_half_asked_is_left_out():
    # Words 0 (first piece not asked), 1 (two pieces) and 2; then a sentence of 0 and 1.
    tokens = store([(3, 0), (4, 0), (5, 1), (3, 1), (4, 2)], [(3, 0), (5, 1)])
    found = predictions(tokens, [0.5, 1.0, 2.0, 0.25, 0.75])
    evidence = CAUSAL_LM.measure(measurable(found, tokens))
    assert evidence.estimates["perplexity"].value == pytest.approx(math.exp(4.5 / 5))
    assert evidence.estimates["word_perplexity"].value == pytest.approx(math.exp(4.0 / 3))


def test_without_a_token_to_predict_there_is_no_figure():
    tokens = store([(3, 0)])
    evidence = CAUSAL_LM.measure(measurable(predictions(tokens, []), tokens))
    assert (evidence.positions, dict(evidence.estimates)) == (0, {})
    assert CAUSAL_LM.baselines(measurable(predictions(tokens, []), tokens)) == {}


def test_the_baselines_are_the_perplexities_of_counts():
    train = store([(3, 0), (4, 1), (3, 2), (4, 3)], [(4, 0), (5, 1)], [(3, 0)])
    tokens = store([(3, 0), (4, 1)], [(5, 0), (3, 1)])
    found = CAUSAL_LM.baselines(measurable(predictions(tokens, [1, 1]), tokens, train))
    assert set(found) == set(wording.CAUSAL_LM.baselines)
    # As worked by hand in test_bigrams: p(4) = p(3) = 4 / 13; 3 4 is 0.4 of 1 and 0.6 of 4 / 13.
    assert found["unigram_perplexity"] == pytest.approx(13 / 4)
    pairs = [0.4 + 0.6 * 4 / 13, 4 / 13]
    assert found["bigram_perplexity"] == pytest.approx(1 / math.sqrt(pairs[0] * pairs[1]))
