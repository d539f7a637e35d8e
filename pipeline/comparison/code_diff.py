"""Two runs' commits and uncommitted changes -> what git would show between their code."""

import tempfile
from pathlib import Path

from pipeline.comparison.subjects import Member
from pipeline.recording.changes import NONE, git, git_bytes

SHOWN = ("pipeline", "stages", "dvc.yaml", "requirements.lock")
"""What a run is made with, but for its parameters and its data."""


def code_diff(root: Path, ours: Member, theirs: Member) -> str | None:
    """The patch from the first's code to the other's; None where this repository has not both.

    Nothing is written to the repository: the trees are made beside it.
    """
    objects = git(root, "rev-parse", "--git-path", "objects")
    if objects is None or not (ours.record.parts and theirs.record.parts):
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "objects").mkdir()
        aside = {
            "GIT_OBJECT_DIRECTORY": str(place / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{(root / objects).resolve()}"',
        }
        trees = [_tree(root, member, place, aside) for member in (ours, theirs)]
        if None in trees:
            return None
        shown = ["diff-tree", "-p", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames"]
        found = git_bytes(root, [*shown, *map(str, trees), "--", *SHOWN], aside)
        return None if found is None else found.decode(errors="replace")


def _tree(root: Path, member: Member, place: Path, aside: dict[str, str]) -> str | None:
    """The name of the tree that the run was made from, with its uncommitted changes."""
    stage = member.record.source
    commit, patch = member.record.commit, place / "patch"
    if commit == NONE:
        return None
    index = aside | {"GIT_INDEX_FILE": str(place / f"index-{member.run_id}")}
    patch.write_bytes(member.patch_at(stage))
    steps = [["read-tree", commit]]
    if patch.stat().st_size:
        steps.append(["apply", "--cached", "--binary", "--whitespace=nowarn", str(patch)])
    if any(git_bytes(root, step, index) is None for step in steps):
        return None
    made = git_bytes(root, ["write-tree"], index)
    return None if made is None else made.decode().strip()
