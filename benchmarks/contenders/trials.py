"""Some trials as a sweep, or their stages one after the other: what handing them out costs.

`python -m benchmarks.contenders.trials HOW PROJECT OUTCOME`, where HOW is sweep or stages.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline import programs
from pipeline.params.writing import write_params

TRIALS = 3
LOWEST = 0.009
"""Where the learning rates begin; each is taken once, or DVC would have the outcome already."""
STEP = 1e-6


def main() -> None:
    """Run them in a project whose stages are done; what is written has the seconds."""
    how, place, outcome = sys.argv[1:]
    project = Path(place)
    rates = _untried(project)
    start = time.perf_counter()
    if how == "sweep":
        _sweep(project, rates)
        seconds = time.perf_counter() - start
    else:
        params = (project / "params.yaml").read_bytes()
        seconds = sum(_by_hand(project, rate) for rate in rates)
        (project / "params.yaml").write_bytes(params)
        _run(project, sys.executable, "-m", "dvc", "checkout", "--quiet", "--force")
    Path(outcome).write_text(json.dumps({"seconds": seconds}))


def _sweep(project: Path, rates: Sequence[float]) -> None:
    values = ",".join(f"{rate:.6f}" for rate in rates)
    grid = ("-S", f"train.learning_rate={values}", "--name", f"cost-{rates[0]:.6f}")
    _run(project, sys.executable, "-m", "pipeline.cli", "sweep", *grid)


def _by_hand(project: Path, rate: float) -> float:
    """The seconds of the two stages that depend on the rate."""
    params = project / "params.yaml"
    write_params(params, params, {"train.learning_rate": round(rate, 6)})
    start = time.perf_counter()
    for stage in ("train", "evaluate"):
        _run(project, sys.executable, "-m", f"stages.{stage}")
    return time.perf_counter() - start


def _untried(project: Path) -> list[float]:
    """Rates after those of the last call, which are noted in the project."""
    noted = project / ".headway" / "rates-tried"
    tried = int(noted.read_text()) if noted.exists() else 0
    noted.write_text(str(tried + TRIALS))
    return [LOWEST + STEP * (tried + trial) for trial in range(TRIALS)]


def _run(project: Path, *command: str) -> None:
    subprocess.run(command, cwd=project, env=programs.environment(), check=True)


if __name__ == "__main__":
    main()
