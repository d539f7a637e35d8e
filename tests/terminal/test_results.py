"""`headway results`: the scores beside the baselines, epochs and seconds."""

import json
import re
from pathlib import Path

from empty_projects import in_folder

from pipeline.model.history import EpochRow, write_history


def write_results(project: Path) -> None:
    split = {"accuracy": 0.9412, "accuracy_low": 0.9371, "accuracy_high": 0.9449}
    figures = {
        "validation": split | {"macro_f1": 0.861, "loss": 0.2104, "words": 25148},
        "test": {"accuracy": 0.943, "macro_f1": 0.859, "loss": 0.2},
        "baselines": {
            "majority": {"validation": 0.17, "test": 0.168},
            "most_frequent_tag": {"validation": 0.849, "test": 0.851},
        },
    }
    (project / "data/evidence").mkdir(parents=True)
    (project / "data/evidence/metrics.json").write_text(json.dumps(figures))
    (project / "data/model").mkdir()
    rows = [EpochRow(epoch, 1 / epoch, 0.5, 1 / epoch, 0.5, 0.1) for epoch in (1, 2)]
    write_history(rows, project / "data/model")
    shape = {"objective": {"kind": "tagging", "target": "upos"}}
    (project / "data/model/model.json").write_text(json.dumps(shape))
    (project / ".headway").mkdir()
    (project / ".headway/seconds.json").write_text('{"corpus": 3.21, "train": 14.25}')


def test_results_show_scores_baselines_epochs_times_and_the_line_that_opens_the_run(
    project: Path,
) -> None:
    write_results(project)
    done = in_folder(project, "results")
    assert done.output.splitlines() == [
        "                                 validation            test",
        "accuracy                         0.941 [0.937, 0.945]  0.943",
        "  each word's most frequent tag  0.849                 0.851",
        "  always the most frequent tag   0.170                 0.168",
        "macro-F1                         0.861                 0.859",
        "loss (nats)                      0.210                 0.200",
        "",
        "epochs  corpus  tokenize  embed   train  evaluate",
        "     2   3.2 s         -      -  14.2 s         -",
        "",
        "open the run: headway ui",
    ]


def test_results_say_that_the_held_out_sentences_were_seen_in_training(project: Path) -> None:
    write_results(project)
    held = {split: {"sentences": 40, "also_in_train": 40} for split in ("validation", "test")}
    (project / "data/corpus").mkdir()
    (project / "data/corpus/card.json").write_text(json.dumps({"splits": held}))
    lines = in_folder(project, "results").output.splitlines()
    said = "also in train: validation 40/40, test 40/40 sentences; "
    (line,) = [line for line in lines if line.startswith(said)]
    assert lines[lines.index(line) - 1] == lines[lines.index(line) + 1] == ""


def test_results_before_any_run_name_the_command_that_makes_them(project: Path) -> None:
    done = in_folder(project, "results")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert re.fullmatch(r"error: .* is missing: run `dvc repro evaluate`\n", done.stderr)


def test_damaged_results_are_an_error_in_one_line(project: Path) -> None:
    write_results(project)
    (project / "data/evidence/metrics.json").write_text('{"validation": ')
    done = in_folder(project, "results")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "metrics.json is not valid JSON" in done.stderr
