"""What a sweep keeps on the disk, and what is left of it."""

import os

import pytest

from pipeline.sweeps.place import Place, sweeps_of


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path, "heads")


def test_what_is_held_is_held_by_one_and_free_again_afterwards(place):
    with place.held("trial-001") as first, place.held("trial-001") as second:
        assert (first, second) == (True, False)
        with place.held("trial-002") as other:
            assert other
    assert list(place.locks.iterdir()) == []
    with place.held("trial-001") as again:
        assert again


def test_nothing_is_left_at_the_end_of_what_a_killed_process_held(place):
    for folder in (place.locks, place.marks, place.tree(3)):
        folder.mkdir(parents=True)
    (place.locks / "stage-1").touch()
    (place.marks / "1").touch()
    place.journal_lock.touch()
    place.journal.touch()
    place.clear()
    assert list(place.folder.iterdir()) == [place.journal]


def test_a_sweep_is_found_by_its_name_and_its_storage_is_for_its_owner_alone(place, tmp_path):
    assert not place.is_known
    with pytest.raises(ValueError, match="there is no sweep 'heads' here: there are none"):
        place.storage()
    place.keep_storage("postgresql://me:secret@host/db")
    assert place.is_known
    assert place.storage() == "postgresql://me:secret@host/db"
    assert (place.folder / "sweep.json").stat().st_mode & 0o077 == 0
    assert sweeps_of(tmp_path) == ["heads"]
    with pytest.raises(ValueError, match="there is no sweep 'hades' here: heads"):
        Place(tmp_path, "hades").storage()


def test_a_sweep_that_is_kept_in_the_project_is_for_whoever_may_read_a_new_file_there(place):
    place.keep_storage(None)
    (place.folder / "new").touch()
    modes = [(place.folder / name).stat().st_mode for name in ("sweep.json", "new")]
    assert modes[0] == modes[1]
    assert place.storage() is None


def test_a_sweep_that_cannot_be_read_is_not_said_to_be_missing(place):
    place.keep_storage("postgresql://me:secret@host/db")
    (place.folder / "sweep.json").chmod(0)
    me = os.geteuid()
    try:
        if me == 0:  # to whom nothing is forbidden
            os.seteuid(65534)
        with pytest.raises(
            ValueError, match=r"its owner alone to read \(Permission denied: .*json"
        ):
            place.storage()
    finally:
        os.seteuid(me)
    (place.folder / "sweep.json").unlink()
    (place.folder / "sweep.json").mkdir()
    with pytest.raises(IsADirectoryError):
        place.storage()
