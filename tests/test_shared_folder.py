"""A folder that several people work in: the umask and the folder say who may do what, not we."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pipeline.files import whole_file, whole_folder
from pipeline.reproduction.repair import repair
from pipeline.tracking.journal import Journal
from pipeline.tracking.messages import Upload
from pipeline.tracking.store import open_store


@pytest.fixture(params=[0o002, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The umask of a group's folder, the usual one, and a private person's."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture
def group_folder(tmp_path: Path) -> Path:
    """New folders below it belong to its group, and hand that on (setgid)."""
    tmp_path.chmod(0o2775)
    return tmp_path


def allowed(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def write(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below/plain.txt").write_text("words")
    save_file({"weights": torch.zeros(3)}, folder / "below/table.safetensors")


def test_the_umask_and_a_group_folder_decide_who_may_read_and_write(
    group_folder: Path, umask: int
) -> None:
    with whole_folder(group_folder / "data/model") as beside:
        write(beside)
    with whole_file(group_folder / "data/metrics.json") as beside:
        beside.write_text("{}")
    with whole_file(group_folder / "data/table.safetensors") as beside:
        save_file({"weights": torch.zeros(3)}, beside)
    made = list(group_folder.rglob("*"))
    assert len(made) == 7
    for path in made:
        expected = 0o2777 if path.is_dir() else 0o666
        assert allowed(path) == expected & ~umask, path


def test_what_a_run_leaves_to_be_sent_and_what_repair_puts_aside_is_no_exception(
    group_folder: Path, umask: int
) -> None:
    picture = group_folder / "heads.png"
    picture.touch()
    journal = Journal(group_folder / "unsent", "0" * 32, "sqlite:////nowhere.db")
    journal.append(Upload(str(picture), ""))
    (group_folder / "dvc.lock").touch()
    list(repair(group_folder))
    made = list(group_folder.rglob("*"))
    assert len([path for path in made if path.is_dir()]) == 6
    for path in made:
        expected = 0o2777 if path.is_dir() else 0o666
        assert allowed(path) == expected & ~umask, path


def test_a_store_can_be_written_by_whoever_may_write_a_new_file_there(
    group_folder: Path, umask: int
) -> None:
    open_store(group_folder)
    assert allowed(group_folder / "mlflow.db") == 0o666 & ~umask
    assert allowed(group_folder / "mlflow.db.lock") == 0o666 & ~umask
