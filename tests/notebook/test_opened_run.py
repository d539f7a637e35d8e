import html
import subprocess
import sys

import numpy as np
import pytest
import traced_models
from compared import Told
from empty_projects import make_project
from served_models import stored_run

import pipeline
from pipeline import open_run
from pipeline.serving.rows import RowAnswerer, asked_row, given_row

TEXT = "The cat sat on the mat"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Two runs, the newer one the better one."""
    found = make_project(tmp_path_factory.mktemp("notebook") / "project")
    stored_run(found, Told("half", errors=0.5))
    stored_run(found, Told("tenth <b>", errors=0.1))
    return found


@pytest.fixture(scope="module")
def run(root):
    (root / "below").mkdir()
    return open_run(project=root / "below")


def test_the_newest_run_is_opened_or_the_one_that_is_named(root, run):
    assert run.name == "tenth <b>"
    assert open_run("half", root).name == "half"
    assert open_run(run.run_id[:8], root).run_id == run.run_id
    with pytest.raises(ValueError, match="no run is called 'other'"):
        open_run("other", root)


def test_figures_are_those_of_the_run_by_split_and_name(run):
    assert run.figures.loc[("test", "accuracy"), "value"] == 0.5
    assert set(run.figures.index.get_level_values("split")) == {"test", "validation"}
    assert list(run.figures.columns) == ["value", "low", "high"]
    assert "tenth &lt;b&gt;" in run._repr_html_()


def test_predictions_are_those_of_the_command(run):
    found = run.predict([TEXT, "", ["the", "cat"]])
    answerer = RowAnswerer(traced_models.predictor())
    rows = answerer.answer([given_row({"text": TEXT}), given_row({"words": ["the", "cat"]})])
    assert found["prediction"][0] == rows[0]["prediction"]
    assert found["probability"][2] == pytest.approx(rows[1]["probability"], abs=2e-6)
    assert "at least one word" in found["error"][1]
    pair = {"text": TEXT, "second": "the mat"}
    told, (expected,) = run.predict([pair]), answerer.answer([asked_row(pair)])
    assert told["words"][0] == expected["words"]
    assert told["prediction"][0] == expected["prediction"]


def test_attention_is_an_array_with_names_and_draws_itself(run):
    assert run.attend("the cat", "sleeps").words == ("the", "cat", "[SEP]", "sleeps")
    seen = run.attend(TEXT)
    looked = traced_models.predictor().look(TEXT)
    assert dict(zip(seen.dims, seen.weights.shape, strict=True)) == {
        "layer": 2, "head": 2, "query": 6, "key": 6,
    }  # fmt: skip
    np.testing.assert_array_equal(seen.weights, looked.weights)
    one = seen.head(2, 1)
    assert one.loc["cat", "sat"] == looked.weights[1, 0, 1, 2]
    assert (one.index.name, one.columns.name) == ("query", "key")
    with pytest.raises(ValueError, match=r"a head from 1 to 2, got 1\.0"):
        seen.head(1, 0)
    assert repr(seen) == "Attention('The cat sat on the mat': layer 2, head 2, query 6, key 6)"
    drawn = seen._repr_html_()
    assert drawn.startswith('<iframe sandbox="allow-scripts"')
    page = html.unescape(drawn.partition('srcdoc="')[2])
    assert '"tokens":["The","cat","sat","on","the","mat"]' in page
    assert "<form" not in page


def test_two_runs_are_compared_as_the_command_does_it(run):
    found = run.compare("half")
    assert found.verdicts[0].startswith("tenth <b> beats half by")
    assert repr(found) == "\n".join(found.verdicts)
    assert any("half" in table.columns for table in found.tables.values())
    assert "<iframe" in found._repr_html_()


def test_the_package_itself_loads_nothing_and_knows_one_name():
    script = "import sys, pipeline; print([m for m in ('torch', 'pandas') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="no attribute 'open_rum'"):
        pipeline.open_rum  # noqa: B018
