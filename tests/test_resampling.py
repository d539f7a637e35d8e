import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from pipeline import resampling as bootstrap
from pipeline.evaluation.scores import bootstrap_macro_f1
from pipeline.resampling import (
    Resampling,
    bootstrap_mean,
    bootstrap_ratios,
    resampled_sums,
)

RESAMPLING = Resampling(samples=1000, level=0.95, seed=7)


def _varied(generator, sentences, n_classes=4):
    """Sentences of 1 to 12 words, some much harder than others."""
    sentence = np.repeat(np.arange(sentences), generator.integers(1, 13, sentences))
    gold = generator.integers(n_classes, size=len(sentence))
    right = generator.random(len(sentence)) < generator.beta(4, 1, sentences)[sentence]
    other = (gold + generator.integers(1, n_classes, len(sentence))) % n_classes
    return sentence, gold, np.where(right, gold, other)


def test_interval_of_equally_long_sentences_is_scipys():
    generator = np.random.default_rng(0)
    by_sentence = generator.gamma(2, size=(80, 6))
    sentence = np.repeat(np.arange(80), 6)
    many = Resampling(samples=20_000, level=0.9, seed=1)
    ours = bootstrap_mean(by_sentence.ravel(), sentence, many)
    theirs = stats.bootstrap(
        (by_sentence.mean(axis=1),),
        np.mean,
        n_resamples=20_000,
        confidence_level=0.9,
        method="percentile",
        rng=np.random.default_rng(2),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.value == pytest.approx(by_sentence.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.02 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.02 * width)


def macro_f1(gold, predicted):
    return f1_score(gold, predicted, labels=np.unique(gold), average="macro", zero_division=0)


def test_macro_f1_of_each_resample_is_that_of_the_drawn_sentences():
    sentence, gold, predicted = _varied(np.random.default_rng(3), 15)
    drawn = np.random.default_rng(RESAMPLING.seed).integers(15, size=(1000, 15))
    by_hand = []
    for sample in drawn:
        positions = np.concatenate([np.flatnonzero(sentence == number) for number in sample])
        by_hand.append(macro_f1(gold[positions], predicted[positions]))
    ours = bootstrap_macro_f1(gold, predicted, sentence, 4, RESAMPLING)
    assert (ours.low, ours.high) == pytest.approx(tuple(np.quantile(by_hand, [0.025, 0.975])))
    assert ours.value == pytest.approx(macro_f1(gold, predicted))


def test_intervals_cover_the_truth_as_often_as_they_say():
    # Words of a sentence share its difficulty; the truth over all sentences is the beta's mean.
    generator = np.random.default_rng(11)
    covered, by_words = 0, 0
    for trial in range(300):
        difficulty = generator.beta(8, 2, 150)
        right = generator.random((150, 10)) < difficulty[:, None]
        sentence = np.repeat(np.arange(150), 10)
        found = bootstrap_mean(right.ravel(), sentence, Resampling(400, 0.9, trial))
        covered += found.low <= 0.8 <= found.high
        by_word = bootstrap_mean(right.ravel(), np.arange(1500), Resampling(400, 0.9, trial))
        by_words += by_word.low <= 0.8 <= by_word.high
    assert 0.85 <= covered / 300 <= 0.95
    assert by_words < covered  # as if words were independent: too sure


def _clustered(generator):
    """200 sentences of 40 documents; a document's sentences are alike, and some have no word."""
    document = np.sort(generator.integers(40, size=200))
    words = generator.integers(0, 9, size=200)
    easy = generator.beta(4, 1, 40)[document]
    return document, words, generator.binomial(words, easy).astype(float)


def test_documents_are_drawn_whole_where_they_are_known():
    document, words, right = _clustered(np.random.default_rng(3))
    sentence = np.repeat(np.arange(200), words)
    values = np.concatenate([np.arange(n) < r for n, r in zip(words, right, strict=True)])
    found = bootstrap_mean(values, sentence, Resampling(5000, 0.95, 5, document))
    by_document = [np.bincount(document, weights) for weights in (right, words)]
    expected = stats.bootstrap(
        by_document, lambda r, n, axis: r.sum(axis) / n.sum(axis), paired=True, vectorized=True,
        n_resamples=5000, method="percentile", rng=np.random.default_rng(8),
    ).confidence_interval  # fmt: skip
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=5e-3)
    alone = bootstrap_mean(values, sentence, Resampling(5000, 0.95, 5))
    assert found.high - found.low > 1.5 * (alone.high - alone.low)
    one_each = Resampling(5000, 0.95, 5, np.arange(200))
    assert bootstrap_mean(values, sentence, one_each) == alone


def test_ratios_of_sums_have_the_intervals_of_means_from_the_same_draws():
    document, words, right = _clustered(np.random.default_rng(4))
    sentence = np.repeat(np.arange(200), words)
    values = np.concatenate([np.arange(n) < r for n, r in zip(words, right, strict=True)])
    for unit in (None, document):
        resampling = Resampling(300, 0.9, 5, unit)
        shuffled = np.random.default_rng(0).permutation(200)
        sums = np.stack([right, right - words], axis=1)[shuffled]
        first, second = bootstrap_ratios(sums, words[shuffled, None], shuffled, resampling)
        whole = bootstrap_mean(values, sentence, resampling)
        assert vars(first) == pytest.approx(vars(whole))
        less = {name: value - 1 for name, value in vars(whole).items()}
        assert vars(second) == pytest.approx(less)


def test_a_single_sentence_gives_a_point():
    found = bootstrap_mean(np.array([1.0, 3.0]), np.array([4, 4]), RESAMPLING)
    assert (found.value, found.low, found.high) == (2, 2, 2)


def test_a_sentence_without_a_position_changes_nothing():
    values, sentence = np.array([1.0, 2.0, 4.0]), np.array([0, 1, 2])
    gaps = np.array([0, 5, 9])
    assert bootstrap_mean(values, sentence, RESAMPLING) == bootstrap_mean(values, gaps, RESAMPLING)


def test_the_seed_decides_the_interval():
    sentence, gold, predicted = _varied(np.random.default_rng(5), 40)
    right = gold == predicted
    again = bootstrap_mean(right, sentence, RESAMPLING)
    other = bootstrap_mean(right, sentence, Resampling(1000, 0.95, seed=8))
    assert bootstrap_mean(right, sentence, RESAMPLING) == again
    assert (other.low, other.high) != (again.low, again.high)


def test_resamples_are_as_large_as_the_sample_however_they_are_chunked(monkeypatch):
    ones = np.ones((30, 1))
    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 70)
    sums = resampled_sums(ones, Resampling(samples=11, level=0.95, seed=0))
    np.testing.assert_array_equal(sums, np.full((11, 1), 30.0))


def test_no_positions_have_no_interval():
    with pytest.raises(ValueError, match="at least one position"):
        bootstrap_mean(np.array([]), np.array([], dtype=np.int64), RESAMPLING)
