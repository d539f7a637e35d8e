import math
from dataclasses import replace

import numpy as np
import planted
import pyarrow.parquet as pq
import pytest

from pipeline.resampling import Resampling
from pipeline.study.catalogue import ABOUT
from pipeline.study.head_rows import study_rows
from pipeline.study.interventions.effects import study_effects
from pipeline.study.relations.arcs import Trees
from pipeline.study.relations.nearest_tag import Tags
from pipeline.study.study import study_weights
from pipeline.study.table import HeadRow, read_rows, rows_of, write_rows

ALIKE = np.zeros(planted.VOCAB, np.int64)
RESAMPLING = Resampling(200, 0.95, seed=1)


def test_a_number_for_each_head_or_layer_and_none_where_it_is_not_defined():
    rows = list(rows_of({"a": np.array([[1.0, math.nan]]), "b": np.array([2.0])}))
    assert rows == [
        HeadRow("a", 1, 1, "", 1.0),
        HeadRow("a", 1, 2, "", None),
        HeadRow("b", 1, None, "", 2.0),
    ]


def test_both_files_hold_the_same_rows_and_the_same_bytes_each_time(tmp_path):
    rows = list(rows_of({"a": np.array([[1.0, math.nan]]), "b": np.array([2.0])}))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_rows(rows, tmp_path / name)
    for file in ("heads.parquet", "heads.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert read_rows(tmp_path / "one/heads.json") == rows
    parquet = pq.read_table(tmp_path / "one/heads.parquet").to_pylist()
    assert [HeadRow(**row) for row in parquet] == rows


def test_one_pass_describes_the_planted_heads_and_the_catalogue_explains_each_measure():
    sentences = ([3, 4, 3, 5], [4, 5], *[[3, 3, 4, 4, 5, 5, 4]] * 4)
    store, words = planted.planted_store(*sentences), sum(map(len, sentences))
    head = np.concatenate([np.arange(len(one)) for one in sentences])
    trees = Trees(store.offsets, head, np.zeros(words, np.int32), ("next",))
    tags = Tags(np.asarray(store.input_ids, np.int64), tuple("012345"))
    studied = study_weights(
        planted.planted_network(), store, store.input_ids, trees, batch_tokens=8, tags=tags
    )
    effects = study_effects(planted.planted_network(), store, planted.ask_before, 8, 3, 1, ALIKE)
    rows = list(study_rows(studied, effects, RESAMPLING))
    assert {row.measure for row in rows} == set(ABOUT)
    found = studied.measured
    assert found["previous"][0, planted.PREVIOUS] == 1
    assert found["first"][0, planted.FIRST] == 1
    assert found["written_norm"][0, planted.DEAD] == 0
    assert studied.disagreements.divergence[0, planted.TWIN, 0, planted.PREVIOUS] == 0
    assert effects.ablated.zero[0][planted.DEAD].loss == 0
    assert (effects.faithfulness.heads["permuted_change"].total[:, 0, planted.UNIFORM] == 0).all()
    whole = study_weights(
        planted.planted_network(), store, store.input_ids, trees, batch_tokens=1000, tags=tags
    )
    at_once = study_effects(planted.planted_network(), store, planted.ask_before, 1000, 3, 1, ALIKE)
    for row, other in zip(rows, study_rows(whole, at_once, RESAMPLING), strict=True):
        nothing = dict.fromkeys(("value", "low", "high"))
        assert replace(row, **nothing) == replace(other, **nothing)
        for name in nothing:
            assert getattr(row, name) == pytest.approx(getattr(other, name), abs=5e-6), row


def test_a_network_without_attention_has_no_rows():
    network = planted.planted_network(n_layers=0)
    trees = Trees(np.array([0, 2]), np.array([0, 1]), np.array([0, 1]), ("root", "next"))
    store = planted.planted_store([3, 4])
    studied = study_weights(network, store, store.input_ids, trees, batch_tokens=8)
    effects = study_effects(
        network, planted.planted_store([3, 4]), planted.ask_before, 8, 3, 1, ALIKE
    )
    assert list(study_rows(studied, effects, RESAMPLING)) == []
