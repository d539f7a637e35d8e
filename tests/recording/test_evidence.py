"""A run's description: what was measured, each baseline beside the figure that it is of."""

from pipeline import wording
from pipeline.recording.evidence import in_words


def test_a_baseline_stands_in_the_column_of_its_figure():
    split = {"accuracy": 0.167, "loss": 5.33, "perplexity": 207.6}
    baselines = {"unigram_perplexity": {"validation": 1.0, "test": 667.1927}}
    told = in_words({"validation": split, "test": split, "baselines": baselines}, wording.CAUSAL_LM)
    assert told.splitlines() == [
        "| | accuracy | loss (nats) | perplexity |",
        "|---|---|---|---|",
        "| validation | 0.167 | 5.330 | 207.600 |",
        "| test | 0.167 | 5.330 | 207.600 |",
        "| tokens by their frequency, test |  |  | 667.193 |",
    ]


def test_what_was_not_measured_has_no_column():
    split = {"accuracy": 0.943, "accuracy_low": 0.939, "accuracy_high": 0.947, "loss": 0.189}
    figures = {"validation": split, "test": split, "baselines": {"majority": {"test": 0.168}}}
    header, _, first, *_, last = in_words(figures, wording.TAGGING).splitlines()
    assert header == "| | accuracy | loss (nats) |"
    assert first.startswith("| validation | 0.943 [0.939, 0.947] | ")
    assert last == "| majority tag, test | 0.168 |  |"
