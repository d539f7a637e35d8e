import math
from dataclasses import replace

import numpy as np
import planted
import pyarrow.parquet as pq
import pytest
from heads_measured import between, grids, material_of

from pipeline.resampling import Resampling
from pipeline.study.interventions.effects import effect_rows, study_effects
from pipeline.study.registry import abouts
from pipeline.study.relations.arcs import Trees
from pipeline.study.relations.nearest_tag import Tags
from pipeline.study.study import study_weights
from pipeline.study.table import HeadRow, read_headlines, read_rows, rows_of, write_rows

ALIKE = np.zeros(planted.VOCAB, np.int64)
RESAMPLING = Resampling(200, 0.95, seed=1)


def test_a_number_for_each_head_or_layer_and_none_where_it_is_not_defined():
    rows = list(rows_of({"a": np.array([[1.0, math.nan]]), "b": np.array([2.0])}))
    assert rows == [
        HeadRow(measure="a", layer=1, head=1, value=1.0),
        HeadRow(measure="a", layer=1, head=2, value=None),
        HeadRow(measure="b", layer=1, value=2.0),
    ]


EVERY = [
    *rows_of({"a": np.array([[1.0, math.nan]]), "b": np.array([2.0])}),
    HeadRow(measure="a", layer=1, head=1, relation="det", direction="up", tag="DET", value=0.5),
    HeadRow(measure="a", layer=1, head=1, other_layer=2, other_head=1, value=0.25),
    HeadRow(measure="c", layer=2, head=1, step=3, value=1.0, low=0.5, high=1.5),
    HeadRow(measure="a", layer=1, head=2, null="nearness", value=0.1),
    HeadRow(measure="a", layer=1, head=2, beyond="nearness", value=0.2),
]
"""Of each kind one."""


def test_both_files_hold_the_same_rows_and_the_same_bytes_each_time(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_rows(EVERY, ["a"], tmp_path / name)
    for file in ("heads.parquet", "heads.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert read_rows(tmp_path / "one/heads.json") == EVERY
    parquet = pq.read_table(tmp_path / "one/heads.parquet").to_pylist()
    assert [HeadRow(**row) for row in parquet] == EVERY


def test_headlines_are_what_is_known_of_a_head_and_nothing_besides(tmp_path):
    write_rows(EVERY, ["a", "b", "c"], tmp_path)
    assert read_headlines(tmp_path / "heads.json") == {("a", 1, 1): 1.0}


def test_a_row_with_another_column_is_refused(tmp_path):
    write_rows(EVERY, [], tmp_path)
    file = tmp_path / "heads.json"
    file.write_text(file.read_text().replace("relation", "detail"))
    with pytest.raises(ValueError, match="cannot be used"):
        read_rows(file)


def planted_rows(batch_tokens):
    """Every measure of the planted heads, and what a study of effects found."""
    sentences = ([3, 4, 3, 5], [4, 5], *[[3, 3, 4, 4, 5, 5, 4]] * 4)
    network, words = planted.planted_network(), sum(map(len, sentences))
    store = planted.planted_store(*sentences)
    head = np.concatenate([np.arange(len(one)) for one in sentences])
    trees = Trees(store.offsets, head, np.zeros(words, np.int32), ("next",))
    tags = Tags(np.asarray(store.input_ids, np.int64), tuple("012345"))
    material = material_of(network, *sentences, trees=trees, tags=tags)
    effects = study_effects(network, store, planted.ask_before, batch_tokens, 3, 1, ALIKE)
    rows = [*study_weights(material, batch_tokens), *effect_rows(effects, RESAMPLING)]
    return rows, effects


def test_one_study_describes_the_planted_heads_and_each_measure_is_explained():
    rows, effects = planted_rows(batch_tokens=8)
    assert {row.measure for row in rows} == set(abouts())
    found = grids(rows)
    assert found["previous"][0, planted.PREVIOUS] == 1
    assert found["first"][0, planted.FIRST] == 1
    assert found["written_norm"][0, planted.DEAD] == 0
    assert between(rows, "divergence")[0, planted.TWIN, 0, planted.PREVIOUS] == 0
    assert found["zero_loss"][0, planted.DEAD] == 0
    assert (effects.faithfulness.heads["permuted_change"].total[:, 0, planted.UNIFORM] == 0).all()
    at_once, _ = planted_rows(batch_tokens=1000)
    for row, other in zip(rows, at_once, strict=True):
        nothing = dict.fromkeys(("value", "low", "high"))
        assert replace(row, **nothing) == replace(other, **nothing)
        for name in nothing:
            assert getattr(row, name) == pytest.approx(getattr(other, name), abs=5e-6), row


def test_a_network_without_attention_has_no_rows():
    network, store = planted.planted_network(n_layers=0), planted.planted_store([3, 4])
    effects = study_effects(network, store, planted.ask_before, 8, 3, 1, ALIKE)
    assert list(effect_rows(effects, RESAMPLING)) == []
    assert study_weights(material_of(network, [3, 4]), batch_tokens=8) == []
