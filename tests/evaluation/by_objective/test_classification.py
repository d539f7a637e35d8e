"""Figures and baselines of whole sentences' labels, held against scikit-learn used directly."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.multiclass import OneVsRestClassifier

from pipeline import wording
from pipeline.evaluation.by_objective.classification import CLASSIFICATION
from pipeline.evaluation.held_out import Sentences
from pipeline.evaluation.measuring import Measurable
from pipeline.evaluation.predictions import Predictions
from pipeline.resampling import Resampling
from pipeline.tokens.store import TokenStore

RESAMPLING = Resampling(samples=100, level=0.95, seed=0)
GENRES = ("blog", "email", "news")
NONE = np.zeros(0, np.int64)
NO_TOKENS = TokenStore(np.zeros(1, np.int64), NONE, NONE[:, None], NONE, NONE.astype(bool))
OWN = {"blog": ["I", "we", "Love"], "email": ["Dear", "hello", "best"], "news": ["The", "said"]}


def sentences(n, seed, several=False):
    """Words that tell the genre now and then."""
    rng = np.random.default_rng(seed)
    words, answers = [], []
    for _ in range(n):
        genres = [name for name in GENRES if rng.random() < 0.5] if several else [
            GENRES[rng.choice(3, p=(0.5, 0.3, 0.2))]
        ]  # fmt: skip
        known = [word for name in genres for word in OWN[name]]
        drawn = [str(rng.choice([*known, *"abcdef"])) for _ in range(rng.integers(2, 6))]
        words.append([word.upper() if rng.random() < 0.5 else word for word in drawn])
        answers.append(genres if several else genres[0])
    lengths = np.array([len(one) for one in words])
    flat = [word for one in words for word in one]
    return Sentences([str(i) for i in range(n)], [""] * n, lengths, flat, answers, [""] * n)


def measured(several=False, unseen=()):
    """Held-out sentences with a model's answers; some may be of a genre that is not in training."""
    train, held = sentences(60, 1, several), sentences(30, 2, several)
    rng = np.random.default_rng(3)
    each = 3 if several else 1
    if several:
        gold = np.array([[name in one for name in GENRES] for one in held.answers]).ravel() * 1
    else:
        gold = np.array([GENRES.index(one) for one in held.answers])
    classes = ("no", "yes") if several else GENRES
    predicted = np.where(
        rng.random(len(gold)) < 0.7, gold, rng.integers(len(classes), size=len(gold))
    )
    loss = rng.exponential(1, len(gold))
    if unseen:
        gold[list(unseen)], loss[list(unseen)] = len(classes), np.nan
        classes = (*classes, "poem")
    number = np.arange(len(gold))
    predictions = Predictions(
        number // each, number % each, number % each, gold, predicted,
        rng.uniform(0.4, 1, len(gold)), loss, classes,
    )  # fmt: skip
    return Measurable(
        predictions, [""] * len(gold), held, NO_TOKENS, train, NO_TOKENS,
        GENRES if several else None, (3,), 5, RESAMPLING,
    )  # fmt: skip


def test_the_figures_of_one_label_are_scikit_learn_s():
    split = measured()
    p, found = split.predictions, CLASSIFICATION.measure(split)
    assert found.estimates["accuracy"].value == pytest.approx(accuracy_score(p.gold, p.predicted))
    expected = f1_score(p.gold, p.predicted, labels=np.unique(p.gold), average="macro")
    assert found.estimates["macro_f1"].value == pytest.approx(expected)
    assert found.estimates["loss"].value == pytest.approx(p.loss.mean())
    assert found.counts == {}
    assert found.by_class.names == GENRES
    assert found.by_class.confusion.sum() == 30 == found.positions == found.sentences
    assert "exact" not in found.estimates
    assert found.counted == "sentences"


def test_a_sentence_of_an_unseen_class_is_wrong_and_counted_and_has_no_loss():
    split = measured(unseen=(0, 4))
    p, found = split.predictions, CLASSIFICATION.measure(split)
    assert found.counts == {"sentences_of_unseen_labels": 2}
    assert found.estimates["accuracy"].value == pytest.approx((p.gold == p.predicted).mean())
    known = np.isfinite(p.loss)
    assert found.estimates["loss"].value == pytest.approx(p.loss[known].mean())
    labels = np.unique(p.gold)
    expected = f1_score(p.gold, p.predicted, labels=labels, average="macro", zero_division=0)
    assert found.estimates["macro_f1"].value == pytest.approx(expected)
    assert found.by_class.scores.f1[-1] == 0


def test_the_figures_of_several_labels_are_scikit_learn_s():
    split = measured(several=True)
    p, found = split.predictions, CLASSIFICATION.measure(split)
    gold, predicted = p.gold.reshape(30, 3), p.predicted.reshape(30, 3)
    expected = f1_score(gold, predicted, average="macro")
    assert found.estimates["macro_f1"].value == pytest.approx(expected)
    # scikit-learn's accuracy of several labels asks for all of a sentence's.
    assert found.estimates["exact"].value == pytest.approx(accuracy_score(gold, predicted))
    assert found.estimates["accuracy"].value == pytest.approx((gold == predicted).mean())
    np.testing.assert_allclose(found.by_class.scores.f1, f1_score(gold, predicted, average=None))
    assert found.by_class.names == GENRES
    assert found.by_class.confusion is None
    assert (found.positions, found.sentences, found.counted) == (90, 30, "answers")


def features(train, held):
    """Lower-case words and pairs of neighbours, which share no letter pattern of scikit-learn's."""

    def both(words):
        low = [word.lower() for word in words]
        return low + [f"{one} {other}" for one, other in pairwise(low)]

    vectors = TfidfVectorizer(analyzer=both)
    return vectors.fit_transform(train.words), vectors.transform(held.words)


@pytest.mark.parametrize("several", [False, True])
def test_the_baselines_are_scikit_learn_s(several):
    split = measured(several)
    train, held, p = split.train, split.sentences, split.predictions
    of_train, of_held = features(train, held)
    if several:
        learn = np.array([[name in one for name in GENRES] for one in train.answers]) * 1
        right, regression = (
            p.gold.reshape(30, 3),
            OneVsRestClassifier(LogisticRegression(max_iter=1000)),
        )
        most = np.stack([np.full(30, round(column.mean())) for column in learn.T], axis=1)
    else:
        learn = np.array([GENRES.index(one) for one in train.answers])
        right, regression = p.gold, LogisticRegression(max_iter=1000)
        most = DummyClassifier(strategy="most_frequent").fit(of_train, learn).predict(of_held)
    told = regression.fit(of_train, learn).predict(of_held)
    found = CLASSIFICATION.baselines(split)
    assert set(found) == set(wording.CLASSIFICATION.baselines)
    assert found["majority"] == pytest.approx((most == right).mean())
    assert found["tfidf_logistic"] == pytest.approx((told == right).mean())
    assert found["tfidf_logistic"] > found["majority"]
