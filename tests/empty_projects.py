"""Projects with no runs yet, for tests of what is told about runs."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main

FROM_OUTSIDE = (
    "MLFLOW_TRACKING_URI",
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_NAME",
    "MLFLOW_EXPERIMENT_ID",
    "DVC_ROOT",
    "DVC_STAGE",
    "DVC_EXP_NAME",
    "DVC_EXP_BASELINE_REV",
)


def make_project(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dvc.yaml").write_text("stages: {}\n")
    (folder / "params.yaml").write_text("seed: 20\n")
    return folder


@pytest.fixture(autouse=True)
def _no_store_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FROM_OUTSIDE:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for the tests that only add runs: making one takes a second."""
    return make_project(tmp_path_factory.mktemp("shared") / "a project")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of the test's own, without a store."""
    return make_project(tmp_path / "project")


def in_folder(folder: Path, *arguments: str) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)
    finally:
        os.chdir(before)
