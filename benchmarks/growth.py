"""What the stages and an epoch of training take on texts of several sizes.

Every measurement is a process of its own, and sizes take turns, round by round. The epoch is
`python -m benchmarks.growth ARGUMENTS OUTCOME`; its memory is measured, so what only its parent
needs is imported where it is used.
"""

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.fresh import ROOT, answer, task_command
from benchmarks.measure import Announce, order
from benchmarks.watching import Watched, watched

STAGES = ("corpus", "tokenize", "embed")
EPOCH = "epoch"
"""Training, beside the stages: one pass, without MLflow."""


@dataclass(frozen=True)
class StageCost:
    """One run of a stage, or of an epoch of training, on a text of some size."""

    stage: str
    times: int
    """Size of the training split: how many treebanks."""
    round: int
    inside_seconds: float
    """Of the stage alone, as it notes them itself (to 0.01 s); of the training loop alone."""
    whole: Watched


def stage_costs(
    folder: Path,
    corpus: Path,
    scales: Sequence[int],
    rounds: int,
    largest: int | None,
    changes: Mapping[str, Any],
    announce: Announce,
) -> list[StageCost]:
    """Run the stages and an epoch on texts of each size in turn, the largest once at the end.

    The projects are made in `folder` from the stored `corpus`; whoever gives the folder removes
    it. `changes` are parameters by their dotted names.
    """
    from benchmarks.scaled import make_project

    def project(times: int) -> Path:
        announce(f"growth with the text: writing x{times}")
        return make_project(folder / f"x{times}", corpus, times, changes)

    def measured(place: Path, times: int, turn: int) -> list[StageCost]:
        costs = []
        for stage in (*STAGES, EPOCH):
            announce(f"growth with the text, round {turn + 1}: {stage} x{times}")
            costs.append(measure_stage(place, stage, times, turn))
        return costs

    projects = {str(times): project(times) for times in scales}
    costs: list[StageCost] = []
    for turn in range(rounds):
        for times in order(list(projects), turn):
            costs += measured(projects[times], int(times), turn)
    if largest is not None:
        costs += measured(project(largest), largest, turn=0)
    return costs


def measure_stage(project: Path, stage: str, times: int, turn: int) -> StageCost:
    """Run one stage of a project, or an epoch of training, in a process of its own."""
    if stage == EPOCH:
        told = {"project": str(project)}
        with tempfile.TemporaryDirectory() as folder:
            command, outcome = task_command("benchmarks.growth", told, Path(folder))
            whole = watched(command, ROOT)
            inside = json.loads(outcome.read_text())["seconds"]
    else:
        whole = watched([sys.executable, "-m", f"stages.{stage}"], project)
        inside = json.loads((project / ".headway/seconds.json").read_text())[stage]
    return StageCost(stage, times, turn, inside, whole)


def epoch(project: str) -> dict[str, float]:
    """Train as the train stage does, without MLflow; seconds of the loop."""
    from pipeline.artifacts import Artifacts
    from pipeline.params.whole import read_params
    from pipeline.training.audience import NOBODY
    from pipeline.training.build import train_model
    from pipeline.training.checkpoints import Checkpoints
    from pipeline.training.setup import Settings

    artifacts = Artifacts(Path(project))
    params = read_params(artifacts.params)
    settings = Settings(params.encoder, params.objective, params.train, params.seed)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder))
        return {"seconds": train_model(artifacts, settings, NOBODY, checkpoints).seconds}


if __name__ == "__main__":
    answer(epoch)
