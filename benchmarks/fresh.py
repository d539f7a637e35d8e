"""A task in a process of its own: `python -m MODULE ARGUMENTS OUTCOME`, both files of JSON."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.contender import Contender, run

ROOT = Path(__file__).parents[1]


def fresh(module: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run a module's task in a new process; gives its outcome.

    Raises:
        ValueError: it failed; the message has the end of what it printed.
    """
    # Waiting threads soon sleep, as in the stages (stages/running.py).
    environment = {"GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "1000")}
    with tempfile.TemporaryDirectory() as folder:
        command, outcome = task_command(module, arguments, Path(folder))
        return run(Contender(module, command, environment, ROOT, outcome))


def task_command(module: str, arguments: Mapping[str, Any], folder: Path) -> tuple[list[str], Path]:
    """The command that runs a module's task, and where its outcome will be."""
    told, outcome = folder / "arguments.json", folder / "outcome.json"
    told.write_text(json.dumps(arguments))
    return [sys.executable, "-m", module, str(told), str(outcome)], outcome


def answer(task: Callable[..., Mapping[str, Any]]) -> None:
    """Run the task on the arguments that the command line names.

    Lightning starts the command again for each process of a training; the first one's outcome
    counts.
    """
    arguments, outcome = sys.argv[1:]
    found = task(**json.loads(Path(arguments).read_text()))
    if os.environ.get("LOCAL_RANK", "0") == "0":
        Path(outcome).write_text(json.dumps(found))
