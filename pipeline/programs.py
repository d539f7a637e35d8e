"""Git, DVC and every other program, started so that it acts on the folder it is started in."""

import os

REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR",
    "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
    "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE",
)  # fmt: skip
"""What tells git of one repository (`git rev-parse --local-env-vars`), and what hooks get beside.

Git sets them for its hooks. In another repository they make git read and write the wrong one.
Settings given with `git -c` stay, as they do when git itself goes into a submodule: one of them
may be what allows it to read this folder at all.
"""


def environment(**more: str) -> dict[str, str]:
    """This process's environment for a program that it starts, without a git repository in it."""
    return {name: text for name, text in os.environ.items() if name not in REPOSITORY} | more
