"""Stores whose folders were moved, copied, or are called what nobody expects."""

import os
import shutil
from pathlib import Path

import pytest
import sqlalchemy
from hypothesis import example, given
from hypothesis import strategies as st
from workspace import ODD

from pipeline.project_folder import find_root
from pipeline.runs.fetching import fetch_run
from pipeline.tracking.database import address_of, database_of, is_sqlite
from pipeline.tracking.run import track
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store, open_store, store_uri

PATHS = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


def kept(folder: Path, text: str) -> str:
    """A run with a file and a model that hold the text; gives its id."""
    (folder / "said").mkdir(exist_ok=True)
    (folder / "said/words.txt").write_text(text)
    package = folder / "package"
    (package / "artifacts/model").mkdir(parents=True, exist_ok=True)
    (package / "artifacts/model/weights.safetensors").write_text(text)
    (package / "MLmodel").write_text("flavors: {}\n")
    with track(folder, "a run", {}, {}) as run:
        run.log_file(folder / "said", "evidence")
        run.log_model(package, "model")
    return run.run_id


def found(store: Store, place: Path) -> str:
    """What the newest run of a store kept, which must be the same in its file and its model."""
    shutil.rmtree(place, ignore_errors=True)
    run = newest_runs(store, 1)[0]
    folder = fetch_run(store, run, place).folder / "data"
    text = (folder / "model/weights.safetensors").read_text()
    assert (folder / "evidence/said/words.txt").read_text() == text
    return text


@given(names=st.lists(PATHS, min_size=1, max_size=3))
@example(names=["a%20b", "100%", "what?", "#1", "mlflow.db"])
@example(names=[ODD])
def test_an_address_is_read_by_sqlalchemy_as_the_file_it_was_made_of(names):
    database = Path("/", *names)
    address = address_of(database)
    assert sqlalchemy.engine.make_url(address).database == str(database)
    assert database_of(address) == database
    assert is_sqlite(address)
    assert not set("\r\n") & set(address)
    settled = sqlalchemy.engine.make_url(address_of(database, "timeout=60"))
    assert (settled.database, dict(settled.query)) == (str(database), {"timeout": "60"})


def test_settings_in_an_address_are_no_part_of_the_file(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///other%20runs.db?timeout=60")
    address = sqlalchemy.engine.make_url(store_uri(project))
    assert address.database == str(project / "other runs.db")
    assert dict(address.query) == {"timeout": "60"}
    open_store(project)
    assert (project / "other runs.db").is_file()
    assert not [path for path in project.iterdir() if "timeout" in path.name]


def test_a_folder_of_any_name_keeps_runs_and_leaves_no_other_folder_behind(tmp_path, monkeypatch):
    root = tmp_path / ODD
    root.mkdir()
    monkeypatch.chdir(root)
    kept(root, "kept")
    assert found(open_store(root), tmp_path / "fetched") == "kept"
    assert {path.name for path in tmp_path.iterdir()} == {ODD, "fetched"}
    assert {path.name for path in root.iterdir()} == {
        ".headway", "mlartifacts", "mlflow.db", "mlflow.db.lock", "package", "said",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a{b}", "a}b", "a\nb", os.fsdecode(b"caf\xe9")])
def test_a_name_that_dvc_or_git_cannot_use_is_refused_before_anything_is_done(tmp_path, name):
    root = tmp_path / name / "project"
    root.mkdir(parents=True)
    (root / "dvc.yaml").touch()
    (root / "params.yaml").touch()
    with pytest.raises(ValueError, match=r"DVC and git cannot work in .*rename it") as refusal:
        find_root(root)
    str(refusal.value).encode()


def test_a_moved_project_finds_its_history_and_goes_on_in_its_new_place(project, tmp_path, capfd):
    run_id = kept(project, "before")
    old = open_store(project)
    old.client.create_registered_model("named")
    source = next((project / "mlartifacts").rglob("MLmodel")).parent.as_uri()
    old.client.create_model_version("named", source, run_id)
    assert capfd.readouterr().err == ""
    moved = project.rename(tmp_path / "moved 100%")

    store = open_store(moved)

    said = capfd.readouterr().err
    assert said.count("\n") == 1
    assert "mlflow.db was moved or copied here: 6 of its addresses" in said
    assert found(store, tmp_path / "fetched") == "before"
    version = store.client.get_model_version_download_uri("named", "1")
    assert version.startswith((moved / "mlartifacts").as_uri())
    kept(moved, "after")
    assert found(open_store(moved), tmp_path / "fetched") == "after"
    assert capfd.readouterr().err == "", "it is put right once"
    assert not project.exists()


def test_a_copy_has_its_own_history_and_the_original_keeps_its(project, tmp_path):
    kept(project, "of both")
    database = (project / "mlflow.db").read_bytes()
    copy = shutil.copytree(project, tmp_path / "copy")
    for path in (copy / "mlartifacts").rglob("w*s.*"):  # the words and the weights
        path.write_text("of the copy")
    assert found(open_store(copy), tmp_path / "fetched") == "of the copy"
    kept(copy, "of the copy alone")
    assert (project / "mlflow.db").read_bytes() == database
    assert found(open_store(project), tmp_path / "fetched") == "of both"


def test_a_store_of_somebody_else_stays_as_it_is(project, tmp_path, monkeypatch):
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{shared}/mlflow.db")
    kept(project, "shared")
    before = (shared / "mlflow.db").read_bytes()
    moved = project.rename(tmp_path / "moved")
    assert found(open_store(moved), tmp_path / "fetched") == "shared"
    # Reached by another way, which is no move either.
    (tmp_path / "link").symlink_to(shared)
    (moved / "mlflow.db").symlink_to(shared / "mlflow.db")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert found(open_store(moved), tmp_path / "fetched") == "shared"
    assert (shared / "mlflow.db").read_bytes() == before


def test_a_store_whose_files_are_gone_names_the_folder_that_is_missing(project, tmp_path):
    run_id = kept(project, "here")
    store = open_store(project)
    files = project / "mlartifacts"
    files.rename(tmp_path / "elsewhere")
    folder = next((tmp_path / "elsewhere").rglob(run_id)) / "artifacts"
    missing = files / folder.relative_to(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match=r"expected .*: put mlartifacts back") as told:
        found(store, tmp_path / "fetched")
    assert f"the files of a run are missing: expected {missing}:" in str(told.value)
    (tmp_path / "elsewhere").rename(files)
    assert found(store, tmp_path / "fetched") == "here"
    shutil.rmtree(next(files.rglob("MLmodel")).parents[1])  # of the model alone
    with pytest.raises(FileNotFoundError, match=r"expected .*/models/"):
        found(store, tmp_path / "fetched")


def test_a_database_that_was_copied_without_its_files_is_told(project, tmp_path):
    kept(project, "here")
    (tmp_path / "copy").mkdir()
    shutil.copy(project / "mlflow.db", tmp_path / "copy")
    with pytest.raises(ValueError, match=r"copied without them.*Copy mlartifacts too"):
        open_store(tmp_path / "copy")
