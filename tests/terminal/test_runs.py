"""`headway runs`: one line a run."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from empty_projects import in_folder

from pipeline.cli import main
from pipeline.terminal.runs import LEAST_NEEDED, RUN_COLUMNS
from pipeline.terminal.table import fitting
from pipeline.tracking.run import track


def test_without_runs_one_line_says_what_makes_the_first_and_no_store_is_made(
    project: Path,
) -> None:
    done = in_folder(project, "runs")
    assert (done.exit_code, done.output) == (
        0,
        "there are no runs yet: `dvc repro` makes the first\n",
    )
    assert not (project / "mlflow.db").exists()


def test_runs_are_listed_newest_first_in_aligned_columns(project: Path) -> None:
    for name, accuracy in (("first", None), ("second-of-a-longer-name", 0.93)):
        with track(project, name, {}, {}) as run:
            for epoch in (1, 2):
                run.log_metrics({"loss/validation": 0.25, "accuracy/validation": 0.9}, epoch)
            if accuracy:
                run.log_metrics({"test/accuracy": accuracy, "validation/accuracy": 0.9}, 0)
                run.log_metrics(
                    {"interval/test_accuracy_low": 0.92, "interval/test_accuracy_high": 0.94}, 0
                )
    done = in_folder(project, "runs")
    header, second, first = done.output.splitlines()
    assert second.startswith("second-of-a-longer-name  ")
    assert first.startswith("first ")
    assert "0.930 [0.920, 0.940]" in second
    assert second.index("finished") == first.index("not evaluated") == header.index("status")
    assert first[header.index("test accuracy")] == "-"
    for title, value in (("validation accuracy", "0.900"), ("epochs", "2")):
        end = header.index(title) + len(title)
        assert first[:end].endswith(f" {value}")
    (only,) = in_folder(project, "runs", "--limit", "1").output.splitlines()[1:]
    assert only.split() == second.split()


def test_the_score_of_spans_is_listed_where_a_run_has_one(project: Path) -> None:
    for name, scores in (("words", {}), ("spans", {"test/f1": 0.512})):
        with track(project, name, {}, {}) as run:
            run.log_metrics({"test/accuracy": 0.93, **scores}, 0)
    header, spans, words = in_folder(project, "runs").output.splitlines()
    start, end = header.index("test span F1"), header.index("test accuracy")
    assert (spans[start:end].strip(), words[start:end].strip()) == ("0.512", "-")
    assert spans[end:].split()[0] == words[end:].split()[0] == "0.930"


def test_a_terminal_that_lacks_a_letter_gets_a_question_mark_and_all_the_rest(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with track(project, "modèle-✓", {}, {}):
        pass
    monkeypatch.chdir(project)
    done = CliRunner(charset="ascii").invoke(main, ["runs"], catch_exceptions=False)
    header, row = done.output.splitlines()
    assert row.startswith("mod?le-? ")
    assert row.index("not evaluated") == header.index("status")


def test_a_narrow_terminal_goes_without_the_least_needed_columns() -> None:
    row = ["x" * 20] * len(RUN_COLUMNS)
    every = list(range(len(RUN_COLUMNS)))
    assert fitting(RUN_COLUMNS, [row], 1000, LEAST_NEEDED) == every
    kept = [RUN_COLUMNS[place] for place in fitting(RUN_COLUMNS, [row], 120, LEAST_NEEDED)]
    assert kept == ["run", "id", "status", "test span F1", "test accuracy"]
