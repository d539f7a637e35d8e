"""Labels of whole sentences: accuracy, F1, log loss, calibration; a bag of words beside."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from pipeline.evaluation.baselines import majority_label
from pipeline.evaluation.breakdown import by_length
from pipeline.evaluation.calibration import reliability
from pipeline.evaluation.measured import BY_LENGTH, Drawn, Evidence, Groups, OfClasses, of_labels
from pipeline.evaluation.measuring import Measurable, Measuring
from pipeline.evaluation.scores import (
    bootstrap_label_f1,
    bootstrap_macro_f1,
    class_scores,
    confusion_matrix,
    label_scores,
)
from pipeline.resampling import bootstrap_mean


def measure(split: Measurable) -> Evidence:
    """Measure a classifier of sentences.

    Where several labels may hold, each is a position, right or wrong by itself; `exact` is the
    share of sentences all of whose labels are right, and macro-F1 the mean over the labels of the
    F1 of finding it.

    Raises:
        ValueError: there are no positions.
    """
    p, resampling = split.predictions, split.resampling
    lengths = by_length(p, split.sentences.lengths, split.length_edges, resampling)
    unanswerable = len(p) - len(p.answerable)
    estimates = of_labels(p, resampling)
    if split.asked is None:
        confusion = confusion_matrix(p.gold, p.predicted, len(p.classes))
        by_class = OfClasses(p.classes, class_scores(confusion), confusion)
        estimates["macro_f1"] = bootstrap_macro_f1(
            p.gold, p.predicted, p.sentence, len(p.classes), resampling
        )
    else:
        yes = p.gold == 1, p.predicted == 1, p.word
        by_class, n_labels = None, len(split.asked)
        if yes[0].any():  # without a label that holds there is none to be found
            by_class = OfClasses(split.asked, label_scores(*yes, n_labels), None)
            estimates["macro_f1"] = bootstrap_label_f1(*yes, p.sentence, n_labels, resampling)
        sentences, number = np.unique(p.sentence, return_inverse=True)
        is_right = np.bincount(number, ~p.is_correct) == 0
        estimates["exact"] = bootstrap_mean(is_right, sentences, resampling)
    return Evidence(
        positions=len(p),
        sentences=p.sentences,
        drawn=Drawn.of(p, resampling),
        estimates=estimates,
        counts={"sentences_of_unseen_labels": unanswerable} if unanswerable else {},
        by_class=by_class,
        reliability=reliability(p.confidence, p.is_correct, split.bins),
        groups={"length": Groups(BY_LENGTH, "sentence length, words", lengths)},
        counted="sentences" if split.asked is None else "answers",
    )


def baselines(split: Measurable) -> dict[str, float]:
    """Accuracy of the most frequent class, and of logistic regression on TF-IDF of the words.

    Words and pairs of neighbours, in lower case; up to 1,000 iterations, and scikit-learn's usual
    settings otherwise. Where several labels may hold, each has a majority and a regression of its
    own, and each answer counts, as in the model's accuracy.
    """
    p, asked = split.predictions, split.asked
    sentences, row = np.unique(p.sentence, return_inverse=True)
    majority, regression = [], []
    for gold in _learned(split):
        is_known = gold >= 0
        texts = [words for words, known in zip(split.train.words, is_known, strict=True) if known]
        told = [split.sentences.words[i] for i in sentences]
        majority.append(np.full(len(sentences), majority_label(gold[is_known])))
        regression.append(_regression(texts, gold[is_known], told))
    which = np.zeros(len(p), np.int64) if asked is None else p.word
    return {
        name: float((np.stack(answers)[which, row] == p.gold).mean())
        for name, answers in (("majority", majority), ("tfidf_logistic", regression))
    }


def _learned(split: Measurable) -> Iterator[Int[np.ndarray, " sentence"]]:
    """What each regression has to learn: the class of every training sentence, -1 for none."""
    if split.asked is None:
        number = {name: i for i, name in enumerate(split.predictions.classes)}
        yield np.array([number.get(label, -1) for label in split.train.answers])
    for label in split.asked or ():
        yield np.array([int(label in _several(holding)) for holding in split.train.answers])


def _several(holding: str | Sequence[str]) -> Sequence[str]:
    """A column of texts has one label for each example, or none."""
    return [holding] if isinstance(holding, str) else holding


def _regression(
    texts: Sequence[Sequence[str]],
    gold: Int[np.ndarray, " sentence"],
    asked: Sequence[Sequence[str]],
) -> Int[np.ndarray, " asked"]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # takes seconds to import
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(gold)) < 2:
        return np.full(len(asked), gold[0])
    vectors = TfidfVectorizer(analyzer=_words_and_pairs)
    learned = LogisticRegression(max_iter=1000).fit(vectors.fit_transform(texts), gold)
    return np.asarray(learned.predict(vectors.transform(asked)))


def _words_and_pairs(words: Sequence[str]) -> list[str]:
    lower = [word.lower() for word in words]
    return [*lower, *(" ".join(pair) for pair in pairwise(lower))]


CLASSIFICATION = Measuring(measure, baselines)
