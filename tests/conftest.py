"""Shapes are checked while the tests run, examples never vary; a small project for all tests."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook
from workspace import STAGES, Workspace, make_workspace

from pipeline import programs

CHECKED = ["tokens", "vectors", "attention", "model", "training", "serving", "evidence", "study"]
hook = install_import_hook([f"pipeline.{part}" for part in CHECKED], "beartype.beartype")

# `copied` puts another database in the same place: a connection kept open would read the old one.
os.environ["MLFLOW_SQLALCHEMYSTORE_POOLCLASS"] = "NullPool"

# Run from a git hook, the tests make their own repositories, not the one that is committed to.
for name in programs.REPOSITORY:
    os.environ.pop(name, None)

settings.register_profile(
    "headway", derandomize=True, deadline=None, database=None, max_examples=50
)
settings.load_profile("headway")


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Workspace:
    """A project after its first `dvc repro`, committed. Tests that change it take `copied`."""
    workspace = make_workspace(tmp_path_factory.mktemp("project") / "small")
    printed = workspace.repro(PYTHONWARNINGS="")  # as a person runs it
    assert workspace.ran(printed) == STAGES
    assert "arning" not in printed, printed
    workspace.run("git", "add", "-A")
    workspace.run("git", "commit", "-qm", "first results")
    return workspace


@pytest.fixture
def copied(finished) -> Iterator[Workspace]:
    """The finished project, to be changed at will.

    The copy takes the original's place until the test ends: MLflow keeps absolute paths, so a
    store that was moved is refused.
    """
    kept = finished.root.with_name("kept")
    finished.root.rename(kept)
    try:
        shutil.copytree(kept, finished.root, symlinks=True)
        yield finished
    finally:
        shutil.rmtree(finished.root)
        kept.rename(finished.root)
