import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.evaluation.predictions import Predictions, write_predictions

IDS, FORMS = ["s-b", "s-none", "s-a"], ["Go", "!", "naïve"]


def _predictions():
    return Predictions(
        sentence=np.array([0, 0, 2]),
        word=np.array([0, 1, 0]),
        place=np.array([0, 1, 0]),
        gold=np.array([1, 0, 2]),
        predicted=np.array([1, 2, 2]),
        confidence=np.array([0.5, 0.25, 1.0]),
        loss=np.array([0.75, 1.5, 0.0]),
        classes=("PUNCT", "VERB", "ADJ"),
    )


def test_each_position_is_a_row(tmp_path):
    write_predictions(tmp_path / "test.parquet", _predictions(), IDS, FORMS)
    table = pq.read_table(tmp_path / "test.parquet")
    assert table.to_pylist()[1] == {
        "sentence_id": "s-b",
        "word": 1,
        "form": "!",
        "gold": "PUNCT",
        "predicted": "ADJ",
        "confidence": 0.25,
        "loss": 1.5,
    }
    assert table.schema.field("confidence").type == pa.float32()
    assert json.loads(table.schema.metadata[b"classes"]) == ["PUNCT", "VERB", "ADJ"]


def test_the_same_predictions_are_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_predictions(tmp_path / name, _predictions(), IDS, FORMS)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_two_sentences_with_one_id_are_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ValueError, match="same id"):
        write_predictions(tmp_path / "test.parquet", _predictions(), ["a", "b", "a"], FORMS)
    assert list(tmp_path.iterdir()) == []


def test_a_form_too_few_is_refused(tmp_path):
    with pytest.raises(ValueError, match="one form a position, 3, got 2"):
        write_predictions(tmp_path / "test.parquet", _predictions(), IDS, FORMS[:2])
