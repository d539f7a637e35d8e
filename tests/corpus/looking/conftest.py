import pytest
from workspace import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project that has its parameters, and in which a test stands."""
    (tmp_path / "data/source").mkdir(parents=True)
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path
