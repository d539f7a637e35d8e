"""What DVC says of the pipeline: which stages are stale, and what they last ran with."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import programs
from pipeline.endings.dvc_files import broken_files
from pipeline.params.writing import dotted_values
from pipeline.params.yaml_file import read_yaml


@dataclass(frozen=True)
class StaleStage:
    """A stage that `dvc repro` would look at again, and why."""

    verb: str
    deps: dict[str, str]
    """Dependency: modified, deleted or new."""
    params: tuple[str, ...]
    """Sections or parameters by their dotted names."""
    outs: dict[str, str]
    """Output: modified, deleted or not in cache."""
    is_command_changed: bool


def stale_stages(root: Path) -> list[StaleStage]:
    """The stages that are not as dvc.lock has them, in the pipeline's order.

    Raises:
        ValueError: DVC cannot say.
    """
    if broken := broken_files(root):
        raise ValueError("; ".join(map(str, broken)))
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(
        command, cwd=root, env=programs.environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        said = next((line for line in lines if line.startswith("ERROR: ")), lines[0])
        raise ValueError(f"`dvc status` failed: {said.removeprefix('ERROR: ')}")
    found = json.loads(done.stdout or "{}")
    return [_stale(verb, found[verb]) for verb in stage_definitions(root) if verb in found]


def stage_definitions(root: Path) -> dict[str, Any]:
    """The stages of dvc.yaml, by verb."""
    stages: dict[str, Any] = read_yaml(root / "dvc.yaml")["stages"]
    return stages


def locked_params(root: Path, verb: str) -> dict[str, Any] | None:
    """The parameters that a stage last ran with, by dotted names; None where it never ran."""
    path = root / "dvc.lock"
    stages = (read_yaml(path) or {}).get("stages", {}) if path.is_file() else {}
    if verb not in stages:
        return None
    return dotted_values(stages[verb].get("params", {}).get("params.yaml", {}))


def _stale(verb: str, reasons: list[Any]) -> StaleStage:
    """DVC mixes words and tables in one list."""
    deps: dict[str, str] = {}
    params: list[str] = []
    outs: dict[str, str] = {}
    for reason in reasons:
        if isinstance(reason, dict):
            outs |= reason.get("changed outs", {})
            for name, state in reason.get("changed deps", {}).items():
                if isinstance(state, dict):
                    params += state
                else:
                    deps[name] = state
    return StaleStage(verb, deps, tuple(params), outs, "changed command" in reasons)
