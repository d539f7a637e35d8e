import pytest
from compared import Told, member

from pipeline.comparison.subjects import without_doubles


def test_a_training_made_again_is_no_second_sample(tmp_path):
    told = [Told("first", weights="w"), Told("other"), Told("again", weights="w")]
    runs = [member(tmp_path, one) for one in told]
    kept, said = without_doubles(runs)
    assert kept == runs[:2]
    (line,) = said
    assert line.startswith("again (")
    assert "has the weights of first (" in line


def test_an_evaluation_of_another_runs_model_is_no_second_sample(tmp_path):
    trained = member(tmp_path, Told("trained", weights="w"))
    evaluated = member(tmp_path, Told("evaluated", weights="w", is_trained=False))
    assert without_doubles([trained, evaluated])[0] == [trained]


def test_a_record_that_is_none_is_named(tmp_path):
    run = member(tmp_path, Told("one"))
    (tmp_path / "one/record/evaluate.json").write_text("{}")
    with pytest.raises(ValueError, match=r"evaluate\.json is no record of a run"):
        _ = run.record
