import numpy as np

from pipeline.evaluation.breakdown import by_genre, by_length, by_seen
from pipeline.evaluation.predictions import Predictions
from pipeline.resampling import Resampling, bootstrap_mean

RESAMPLING = Resampling(samples=200, level=0.95, seed=0)


def _predictions():
    """Sentences of 2, 3 and 6 words; only the first word of each is wrong."""
    lengths = [2, 3, 6]
    sentence = np.repeat(np.arange(3), lengths)
    word = np.concatenate([np.arange(length) for length in lengths])
    gold = np.zeros(11, dtype=np.int64)
    return Predictions(
        sentence=sentence,
        word=word,
        place=word,
        gold=gold,
        predicted=(word == 0).astype(np.int64),
        confidence=np.full(11, 0.9),
        loss=np.full(11, 0.1),
        classes=("A", "B"),
    )


def _figures(groups):
    return [(g.name, round(g.accuracy.value, 4), g.positions, g.sentences) for g in groups]


def test_length_groups_include_their_upper_edge_and_empty_ones_are_left_out():
    lengths = np.array([2, 3, 6])
    groups = by_length(_predictions(), lengths, (2, 4, 5), RESAMPLING)
    assert _figures(groups) == [("1-2", 0.5, 2, 1), ("3-4", 0.6667, 3, 1), ("6+", 0.8333, 6, 1)]


def test_a_group_of_one_length_is_named_by_it():
    groups = by_length(_predictions(), np.array([2, 3, 6]), (1, 2, 3), RESAMPLING)
    assert [group.name for group in groups] == ["2", "3", "4+"]


def test_seen_and_unseen_words_are_told_apart():
    predictions = _predictions()
    groups = by_seen(predictions, predictions.word != 0, RESAMPLING)
    assert _figures(groups) == [("seen", 1.0, 8, 3), ("unseen", 0.0, 3, 3)]


def test_a_split_without_unseen_words_has_no_such_group():
    predictions = _predictions()
    groups = by_seen(predictions, np.ones(11, dtype=bool), RESAMPLING)
    assert [group.name for group in groups] == ["seen"]


def test_sentences_without_a_genre_are_in_no_group():
    groups = by_genre(_predictions(), ["weblog", "", "email"], RESAMPLING)
    assert _figures(groups) == [("email", 0.8333, 6, 1), ("weblog", 0.5, 2, 1)]


def test_a_group_of_everything_has_the_interval_of_the_whole():
    predictions = _predictions()
    (everything,) = by_genre(predictions, ["all"] * 3, RESAMPLING)
    whole = bootstrap_mean(predictions.is_correct, predictions.sentence, RESAMPLING)
    assert everything.accuracy == whole
    assert whole.low < whole.value < whole.high
