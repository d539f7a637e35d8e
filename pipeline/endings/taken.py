"""Whether DVC has taken what a stage made: where it was killed before that, the work is nobody's.

DVC writes dvc.lock after each stage, also where nothing in it changes, and never during one. So a
stage whose dvc.lock still has the time that it had when the stage began was not taken.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from pipeline.artifacts import Artifacts
from pipeline.files import whole_file
from pipeline.params.yaml_file import read_yaml


def last_is_known(artifacts: Artifacts) -> None:
    """Note whether the stage that began last was taken: what is known of it from now on."""
    known = _read(artifacts)
    untaken = set(known["untaken"])
    if before := known["last"]:
        is_untaken = before["lock"] == _time(artifacts.root / "dvc.lock")
        (untaken.add if is_untaken else untaken.discard)(before["stage"])
    _note(artifacts, {"last": None, "untaken": sorted(untaken)})


def stage_begins(artifacts: Artifacts, stage: str) -> None:
    """Note the time of dvc.lock; what is known of the stage before this one was noted before."""
    last = {"stage": stage, "lock": _time(artifacts.root / "dvc.lock")}
    _note(artifacts, _read(artifacts) | {"last": last})


def is_taken(artifacts: Artifacts, stage: str, md5: str | None = None) -> bool:
    """Whether dvc.lock was written since this stage began, and names `md5` where it is given.

    As far as `last_is_known`.
    """
    if stage in _read(artifacts)["untaken"]:
        return False
    return md5 is None or md5 in _locked(artifacts.root / "dvc.lock", stage)


def folder_md5(folder: Path) -> str:
    """A folder's hash as dvc.lock has it: the md5 of the list of its files' md5s."""
    entries = [
        {"md5": _md5(path), "relpath": path.relative_to(folder).as_posix()}
        for path in folder.rglob("*")
        if path.is_file()
    ]
    entries.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(entries, sort_keys=True).encode()).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "md5").hexdigest()


def _locked(lock: Path, stage: str) -> list[str]:
    """The hashes of what a stage made, as dvc.lock has them."""
    stages = (read_yaml(lock) or {}).get("stages", {}) if lock.is_file() else {}
    return [out.get("md5", "") for out in stages.get(stage, {}).get("outs", [])]


def _read(artifacts: Artifacts) -> dict[str, Any]:
    path = _path(artifacts)
    if not path.is_file():
        return {"last": None, "untaken": []}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _note(artifacts: Artifacts, known: dict[str, Any]) -> None:
    with whole_file(_path(artifacts)) as beside:
        beside.write_text(json.dumps(known) + "\n", encoding="utf-8")


def _path(artifacts: Artifacts) -> Path:
    return artifacts.private / "taken.json"


def _time(lock: Path) -> int | None:
    return lock.stat().st_mtime_ns if lock.is_file() else None
