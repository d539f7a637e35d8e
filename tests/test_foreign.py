"""Names that others gave, in a store that many share, in a record, in a bundle."""

import os
import unicodedata
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipeline.cli import main
from pipeline.foreign import file_name, path_below, visible, visible_name
from pipeline.recording.hashes import FileHashes
from pipeline.tracking.run import track
from pipeline.tracking.store import open_store

EVIL = "../../../x\x1b[2J\x1b]0;owned\x07\r\n[red]:boom:\u202e\x9b"
HASH = {"sha256": "0" * 64, "md5": "0" * 32, "bytes": 0}
NAMES = st.text() | st.text(st.sampled_from("./\\-~ \0\n\x1b[]:é日"), max_size=300)


@given(NAMES)
@example(EVIL)
@example("..")
@example("~root/x")
@example("日" * 200)
def test_a_file_named_after_anything_lies_in_the_folder_at_hand(name):
    found = file_name(name)
    assert Path(found).parts == (found,)
    assert os.path.normpath(f"/here/{found}.zip") == f"/here/{found}.zip"
    assert 0 < len(os.fsencode(found)) <= 200
    assert found[0] not in ".-~"
    assert file_name(found) == found


@pytest.mark.parametrize(("name", "file"), [
    ("tagging-1x4x64-rotary-7f3a", "tagging-1x4x64-rotary-7f3a"),
    ("tagging-1x4x64-rotary-7f3a#2", "tagging-1x4x64-rotary-7f3a-2"),
    ("../../../x", "x"), ("", "unnamed"), ("...", "unnamed"), ("Übung 3", "Übung-3"),
])  # fmt: skip
def test_a_plain_name_is_its_own_file_name(name, file):
    assert file_name(name) == file


@given(NAMES)
@example(EVIL)
def test_what_is_shown_steers_no_terminal(name):
    shown = visible(name)
    kinds = {unicodedata.category(sign) for sign in shown if sign != "\n"}
    assert not kinds & {"Cc", "Zl", "Zp", "Cs"}
    assert not {unicodedata.bidirectional(sign) for sign in shown} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
    assert "\n" not in visible_name(name)
    shown.encode()


@pytest.mark.parametrize("text", ["naïve café", "क्ष हिन्दी", "می‌خواهم", "👩‍👩‍👧", "[red]", "a\nb"])
def test_words_of_any_script_are_shown_as_they_are(text):
    assert visible(text) == text


def test_a_run_that_somebody_named_is_listed_and_proposed_without_steering(tmp_path, monkeypatch):
    project = tmp_path / "a/project"
    project.mkdir(parents=True)
    (project / "dvc.yaml").touch()
    (project / "params.yaml").touch()
    monkeypatch.chdir(project)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with track(project, "plain", {}, {}) as run:
        pass
    open_store(project).client.set_tag(run.run_id, "mlflow.runName", EVIL)
    for command in ("runs", "verify latest", "verify no\x1bsuch", "bundle latest"):
        done = CliRunner().invoke(main, command.split(" "))
        assert "\x1b" not in done.output
        assert r"../../../x\x1b[2J" in done.output, command
        assert len(done.output.splitlines()) <= 2
    assert [path.name for path in tmp_path.rglob("x*")] == []


@pytest.mark.parametrize(
    "path",
    ["", "../x", "data/source/../../x", "/etc/passwd", "data//x", "./x", "a\0b", "data/source/.."],
)
def test_a_record_names_no_file_outside_the_project(path):
    with pytest.raises(ValueError, match="no path of a file below"):
        path_below(path)
    with pytest.raises(ValidationError, match="no path of a file below"):
        TypeAdapter(FileHashes).validate_python({path: HASH})


def test_a_record_names_no_file_outside_the_cache():
    with pytest.raises(ValidationError, match="md5"):
        TypeAdapter(FileHashes).validate_python({"x": HASH | {"md5": "../../../../etc/passwd"}})
    TypeAdapter(FileHashes).validate_python({"data/source/ü b.txt": HASH})
