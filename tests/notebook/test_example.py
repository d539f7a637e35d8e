"""The example, executed as Jupyter does it."""

import nbformat
import pytest
from nbclient import NotebookClient
from workspace import ROOT

NOTEBOOK = ROOT / "examples/notebook/one-run.ipynb"


@pytest.fixture(scope="module")
def executed(finished, tmp_path_factory):
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in book.cells)  # git keeps no output
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp("jupyter")))  # not the person's own
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        given = {"metadata": {"path": str(finished.root)}}
        NotebookClient(book, timeout=300, kernel_name="python3", resources=given).execute()
    return book


def shown(book, source, kind):
    """What the cell with this in it shows."""
    (cell,) = [cell for cell in book.cells if source in cell.source]
    return cell.outputs[-1]["data"][kind]


def test_the_example_runs_from_top_to_bottom(executed):
    assert all(cell.outputs for cell in executed.cells if cell.cell_type == "code")
    assert "accuracy" in shown(executed, "run.figures", "text/html")
    assert "[DET, NOUN]" in shown(executed, "run.predict", "text/html")  # of "the cat"
    assert "<iframe" in shown(executed, "run.attend", "text/html")
    assert shown(executed, "seen.weights.shape", "text/plain") == (
        "(('layer', 'head', 'query', 'key'), (1, 2, 6, 6))"
    )
