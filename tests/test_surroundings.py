"""What a stage finds around it is checked before it works."""

import pytest

from pipeline.artifacts import Artifacts
from stages import running


def test_a_private_folder_that_cannot_be_written_is_told_before_the_work(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_STAGE", raising=False)
    (tmp_path / ".headway").write_text("no folder\n")

    def corpus(params: object, artifacts: Artifacts) -> None:
        raise AssertionError("it worked in vain")

    monkeypatch.setattr(running, "read_params", lambda path: None)
    with pytest.raises(SystemExit) as end:
        running.run_stage(corpus)
    assert end.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: corpus: {tmp_path}/.headway cannot be written")
    assert "check its permissions" in said
    assert (tmp_path / ".headway").read_text() == "no folder\n"
