"""The few figures that DVC compares."""

from pipeline import wording
from pipeline.evidence.scores import compared_scores

FIGURES = {
    "test": {"accuracy": 0.9, "accuracy_low": 0.8, "loss": 0.3, "perplexity": 4.0, "positions": 9},
    "validation": {"accuracy": 0.8, "loss": 0.4, "macro_f1": 0.7},
}


def test_a_split_s_scores_stand_beside_the_best_that_is_reached_without_a_model():
    baselines = {
        "majority": {"test": 0.2, "validation": 0.3},
        "most_frequent_tag": {"test": 0.6, "validation": 0.1},
    }
    figures = FIGURES | {"baselines": baselines}
    titles = wording.TAGGING.baselines
    assert compared_scores(figures, titles, "validation") == {
        "accuracy": 0.8, "baseline": 0.3, "loss": 0.4, "macro_f1": 0.7,
    }  # fmt: skip
    assert compared_scores(figures, titles, "test")["baseline"] == 0.6


def test_of_perplexities_the_lowest_is_the_best_and_no_accuracy_stands_beside_it():
    baselines = {"unigram_perplexity": {"test": 9.0}, "bigram_perplexity": {"test": 5.0}}
    figures = FIGURES | {"baselines": baselines}
    assert compared_scores(figures, wording.CAUSAL_LM.baselines, "test") == {
        "perplexity": 4.0, "baseline": 5.0, "loss": 0.3,
    }  # fmt: skip


def test_without_a_baseline_or_a_figure_there_is_none():
    figures = {"test": {"positions": 0}, "baselines": {}}
    assert compared_scores(figures, wording.MASKED_LM.baselines, "test") == {}
