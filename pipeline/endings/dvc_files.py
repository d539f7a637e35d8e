"""What DVC writes for itself, and not whole: which of it a kill has left unusable."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts
from pipeline.files import whole_file
from pipeline.params.yaml_file import read_yaml

ADVICE = "a process was killed while DVC wrote it: `headway repair` puts it right"

CONFLICT = "it holds two versions, which git could not merge"
MERGE = "take one, with `git checkout --ours dvc.lock` or `--theirs`, and `dvc repro` does the rest"


@dataclass(frozen=True)
class Broken:
    """A file of DVC's that DVC itself cannot read any more."""

    path: Path
    reason: str

    @property
    def is_conflict(self) -> bool:
        """Whether a person has to choose."""
        return self.reason == CONFLICT

    def __str__(self) -> str:
        advice = MERGE if self.is_conflict else ADVICE
        return f"{self.path.name} is not whole ({self.reason}); {advice}"


def broken_files(root: Path) -> list[Broken]:
    """Those of a project's dvc.lock and DVC's list of who reads and writes that are unusable."""
    checked = ((root / "dvc.lock", lock_fault), (root / ".dvc/tmp/rwlock", _rwlock_fault))
    return [
        Broken(path, fault)
        for path, fault_of in checked
        if path.is_file() and (fault := fault_of(path))
    ]


def lock_fault(path: Path) -> str | None:
    """Why DVC would refuse this dvc.lock, in a few words; None where it would not."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if "\n<<<<<<< " in f"\n{text}":
        return CONFLICT
    if not text.strip():
        return "it is empty"
    try:
        content = read_yaml(path)
    except ValueError:
        return "it is not valid YAML"
    if not isinstance(content, dict) or "schema" not in content:
        return "it does not begin as DVC begins it"
    return next(_stage_faults(content.get("stages", {})), None)


def keep_lock(artifacts: Artifacts) -> None:
    """Keep a copy of dvc.lock as it is before a stage runs, with the time of its last change."""
    lock = artifacts.root / "dvc.lock"
    if lock.is_file():
        with whole_file(kept_lock(artifacts)) as beside:
            shutil.copy2(lock, beside)


def kept_lock(artifacts: Artifacts) -> Path:
    """Where that copy lies."""
    return artifacts.private / "dvc.lock"


def _stage_faults(stages: Any) -> Iterator[str]:
    """What of DVC's form is missing; it ends where the file was cut off."""
    if not isinstance(stages, dict):
        yield "its stages are missing"
        return
    for verb, stage in stages.items():
        if not isinstance(stage, dict) or not isinstance(stage.get("cmd"), str | list):
            yield f"it ends within the stage {verb}"
            continue
        for part in ("deps", "outs"):
            entries = stage.get(part, [])
            is_whole = isinstance(entries, list) and all(
                isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in entries
            )
            if not is_whole or not isinstance(stage.get("params", {}), dict):
                yield f"it ends within the stage {verb}"


def _rwlock_fault(path: Path) -> str | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return "it is empty or cut off"
    is_sound = isinstance(content, dict) and all(
        isinstance(content.get(part, {}), dict) for part in ("read", "write")
    )
    return None if is_sound else "it is not of DVC's form"
