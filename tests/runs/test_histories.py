"""`headway plots`: the histories that runs keep, in one picture."""

from pathlib import Path

import pytest
from empty_projects import in_folder

from pipeline.model.history import EpochRow, write_history
from pipeline.runs.histories import histories_of
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store


def train(project: Path, name: str, loss: float) -> str:
    """A run that keeps a history of two epochs."""
    rows = [EpochRow(epoch, 1.0, 0.5, loss / epoch, 0.6, 0.01) for epoch in (1, 2)]
    write_history(rows, project)
    with track(project, name, {}, {}) as run:
        run.log_file(project / "history.csv", "")
    return run.run_id


def test_the_newest_runs_that_trained_are_drawn_or_those_that_are_named(project: Path) -> None:
    first = train(project, "first", 0.8)
    second = train(project, "second", 0.4)
    with track(project, "without", {}, {}):
        pass
    store = open_store(project)
    found = histories_of(store, [], 7)
    assert list(found) == [f"second ({second[:8]})", f"first ({first[:8]})"]
    assert found[f"first ({first[:8]})"]["validation_loss"] == [0.8, 0.4]
    assert list(histories_of(store, [], 1)) == [f"second ({second[:8]})"]
    assert list(histories_of(store, ["first"], 1)) == [f"first ({first[:8]})"]
    with pytest.raises(ValueError, match="at most 1 runs"):
        histories_of(store, ["first", "second"], 1)
    with pytest.raises(ValueError, match="without has no history"):
        histories_of(store, ["without"], 7)
    done = in_folder(project, "plots", "first", "second")
    assert done.output == f"drawn: {project}/.headway/plots/curves.png\n"
    assert (project / ".headway/plots/curves.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_training_there_is_nothing_to_draw(project: Path) -> None:
    done = in_folder(project, "plots")
    assert done.exit_code == 1
    assert "no run has a history yet: `dvc repro` makes one" in done.stderr
