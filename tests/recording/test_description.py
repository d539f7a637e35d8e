"""A run's description: the verdicts, the pages, what was measured beside its baselines."""

from pathlib import Path

from pipeline import wording
from pipeline.recording.description import RunPages, head_lines, in_words
from pipeline.study.table import HeadRow


def without(head: int, fall: float) -> HeadRow:
    """What the accuracy loses without a head, surely."""
    return HeadRow(
        measure="zero_accuracy", layer=1, head=head, value=-fall, low=-fall - 0.01, high=-0.001
    )


def test_the_heads_that_matter_have_a_line_each_worth_most_first():
    harmless = HeadRow(measure="zero_accuracy", layer=1, head=3, value=0.0, low=-0.01, high=0.01)
    overall, *lines = head_lines([without(1, 0.02), without(2, 0.05), harmless], 1000)
    assert overall == "2 of 3 heads matter on their own."
    assert [line.partition(":")[0] for line in lines] == ["Head 2", "Head 1"]


def test_of_many_heads_five_have_a_line_and_the_others_are_counted():
    rows = [without(head, head / 100) for head in range(1, 8)]
    _, *lines = head_lines(rows, 1000)
    assert len(lines) == 6
    assert lines[0].startswith("Head 7: ")
    assert lines[-1] == "and 2 more, on the page of the heads"


def test_without_a_head_nothing_is_said_of_heads():
    assert list(head_lines([], 1000)) == [""]


def test_a_page_s_address_is_the_ui_s_whatever_stands_before_it():
    address = RunPages("7", "ab").of(Path("anywhere/evidence/heads.html"))
    assert address == (
        "#/experiments/7/runs/ab/artifacts/evidence/heads.html?workflowType=machine_learning"
    )


def test_a_baseline_stands_in_the_column_of_its_figure():
    split = {"accuracy": 0.167, "loss": 5.33, "perplexity": 207.6}
    baselines = {"unigram_perplexity": {"validation": 1.0, "test": 667.1927}}
    told = in_words({"validation": split, "test": split, "baselines": baselines}, wording.CAUSAL_LM)
    assert told.splitlines() == [
        "| | accuracy | loss (nats) | perplexity |",
        "|---|---|---|---|",
        "| validation | 0.167 | 5.330 | 207.600 |",
        "| test | 0.167 | 5.330 | 207.600 |",
        "| single tokens (unigrams), test |  |  | 667.193 |",
    ]


def test_what_was_not_measured_has_no_column():
    split = {"accuracy": 0.943, "accuracy_low": 0.939, "accuracy_high": 0.947, "loss": 0.189}
    figures = {"validation": split, "test": split, "baselines": {"majority": {"test": 0.168}}}
    header, _, first, *_, last = in_words(figures, wording.TAGGING).splitlines()
    assert header == "| | accuracy | loss (nats) |"
    assert first.startswith("| validation | 0.943 [0.939, 0.947] | ")
    assert last == "| always the most frequent tag, test | 0.168 |  |"
