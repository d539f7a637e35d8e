"""`headway repair`: what a kill left unusable of DVC's own files -> files that DVC can read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.endings.dvc_files import broken_files, kept_lock, lock_fault
from pipeline.files import new_folder, whole_file
from pipeline.leftovers import is_held
from pipeline.recording.changes import git


def repair(root: Path) -> Iterator[str]:
    """Put a project's DVC right, and say what was done; what was broken is kept aside.

    Raises:
        ValueError: DVC is at work here, or dvc.lock waits for a person to merge it.
    """
    private = Artifacts(root).private
    broken = broken_files(root)
    if not broken:
        yield "nothing to repair: DVC can read all of its own files"
        return
    if conflicts := [str(it) for it in broken if it.is_conflict]:
        raise ValueError("; ".join(conflicts))
    _require_idle(root)
    for it in broken:
        aside = _put_aside(it.path, private / "broken")
        place = aside.relative_to(root)
        yield f"{it.path.name} was not whole ({it.reason}): it lies in {place} now"
        if it.path.name == "dvc.lock":
            yield _restore_lock(Artifacts(root))
    yield "now run `dvc repro` again"


def _require_idle(root: Path) -> None:
    for name in ("lock", "rwlock.lock"):
        if is_held(root / ".dvc/tmp" / name):
            raise ValueError(
                f"DVC is at work here (it holds .dvc/tmp/{name}): let it end, then repair"
            )


def _put_aside(path: Path, folder: Path) -> Path:
    """Move a file away, under a name that is not taken."""
    aside = new_folder(folder, path.name) / path.name
    shutil.move(path, aside)
    return aside


def _restore_lock(artifacts: Artifacts) -> str:
    """The newest good dvc.lock: as the last stage found it, else as git has it."""
    lock, kept = artifacts.root / "dvc.lock", kept_lock(artifacts)
    if kept.is_file() and not lock_fault(kept):
        with whole_file(lock) as beside:
            # With the time of its change: by that, train knows that DVC has not written it since.
            shutil.copy2(kept, beside)
        return "dvc.lock is as it was before the last stage began"
    committed = git(artifacts.root, "show", "HEAD:./dvc.lock")
    if committed:
        with whole_file(lock) as beside:
            beside.write_text(f"{committed}\n", encoding="utf-8")
        if not lock_fault(lock):
            return "dvc.lock is as git's last commit has it"
        lock.unlink()
    return (
        "no good dvc.lock was found, so there is none: `dvc repro` writes it anew, and takes "
        "from its cache what it made before"
    )
