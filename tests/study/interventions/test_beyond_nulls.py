"""What weights reach beside rankings that know none of them: rows, intervals, words."""

import json

import numpy as np
import pytest
from scipy import stats

from pipeline.pages.head_figures import head_measures
from pipeline.recording.evidence import evaluation_figures
from pipeline.resampling import Resampling
from pipeline.study.interventions.beyond_nulls import beyond_text
from pipeline.study.interventions.faithfulness_rows import faithfulness_rows
from pipeline.study.interventions.nulls import NULLS, RANKED, BesideNulls
from pipeline.study.table import HeadRow, write_rows

SENTENCES = 40


def found_in(heads, nulls):
    """Of one measure; values by sentence, place x target."""
    measure = RANKED[0]
    empty = np.full((len(NULLS), 3), np.nan)
    return BesideNulls.of(
        range(len(heads)),
        [dict.fromkeys(RANKED, one) for one in heads],
        [{name: one if name == measure else empty for name in RANKED} for one in nulls],
        (measure,),
        heads[0].shape[:2],
    )


def planted_values():
    """A head that lies 0.1 above nearness at every target, and one that lies where nearness does.

    Of every second sentence one target's nearness is not known.
    """
    random = np.random.default_rng(2)
    near = random.normal(0.4, 0.2, (SENTENCES, 1, 3)) + random.normal(0, 0.2, (SENTENCES, 1, 1))
    heads = np.stack([near[:, 0] + 0.1 + random.normal(0, 0.02, (SENTENCES, 3)), near[:, 0]], 1)
    nulls = np.concatenate([near, near / 2, 0 * near], axis=1)
    nulls[::2, 0, 0] = np.nan
    return list(heads[:, None]), list(nulls)


def test_differences_are_paired_and_their_intervals_scipys():
    heads, nulls = planted_values()
    document = np.arange(90) // 2  # sentences 10 to 49 of 90
    resampling = Resampling(4000, 0.95, 3, document)
    rows = list(faithfulness_rows(found_in(heads, nulls), np.arange(10, 50), resampling))
    told = {(row.head, row.null, row.beyond): row for row in rows if row.measure == RANKED[0]}
    every = {(None, None), *((name, None) for name in NULLS), *((None, name) for name in NULLS)}
    assert {about for _, *about in map(list, told) for about in [tuple(about)]} == every
    less = np.array([head[0, 0] - null[0] for head, null in zip(heads, nulls, strict=True)])
    row = told[1, None, "nearness"]
    assert row.value == pytest.approx(np.nanmean(less))
    sums, known = np.nansum(less, axis=1), np.isfinite(less).sum(axis=1)
    by_document = [one.reshape(-1, 2).sum(axis=1) for one in (sums, known)]
    expected = stats.bootstrap(
        by_document, lambda total, n, axis: total.sum(axis) / n.sum(axis), paired=True,
        vectorized=True, n_resamples=4000, method="percentile", rng=np.random.default_rng(8),
    ).confidence_interval  # fmt: skip
    assert (row.low, row.high) == pytest.approx(tuple(expected), abs=5e-4)
    alone = told[1, None, None]
    assert alone.high - alone.low > 5 * (row.high - row.low)
    assert told[1, "nearness", None].value == told[2, "nearness", None].value
    nothing = told[2, None, "nearness"]
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)


def test_the_sentence_follows_from_the_intervals():
    heads, nulls = planted_values()
    resampling = Resampling(1000, 0.95, 3)
    rows = list(faithfulness_rows(found_in(heads, nulls), np.arange(SENTENCES), resampling))
    told = beyond_text(rows, RANKED[0], 1000)
    assert "without any weights: nearness 0.4" in told
    assert "Heads minus nearness, for the same words: better 1.1 (0." in told
    assert told.endswith("; no clear difference 1.2 (0.000 [0.000, 0.000]).")
    assert beyond_text(rows, "uniform_change", 1000) is None


def test_where_nothing_is_known_nothing_is_said():
    nothing = [np.full((1, 2, 3), np.nan)] * 2
    nulls = [np.full((3, 3), np.nan)] * 2
    rows = list(faithfulness_rows(found_in(nothing, nulls), np.arange(2), Resampling(9, 0.95, 1)))
    assert {(row.value, row.low, row.high) for row in rows} == {(None, None, None)}
    assert beyond_text(rows, RANKED[0], None) is None


def rows_of(measure, nearness, *differences):
    def row(head, value, low, high, **besides):
        figures = {"value": value, "low": low, "high": high}
        return HeadRow(measure=measure, layer=1, head=head, **figures, **besides)

    rows = [row(1, 0.5, 0.4, 0.6)]
    for name, value in zip(NULLS, (nearness, 0.2, 0.1), strict=True):
        rows.append(row(1, value, value - 0.1, value + 0.1, null=name))
    for head, (value, low, high) in enumerate(differences, start=1):
        rows += [row(head, value, low, high, beyond=name) for name in NULLS]
    return rows


def test_the_best_ranking_is_the_reference_and_less_is_better_where_little_suffices():
    rows = rows_of("sufficiency", 0.3, (-0.1, -0.2, -0.05), (0.1, 0.05, 0.2), (0.0, -0.1, 0.1))
    told = beyond_text(rows, "sufficiency", 1000)
    assert told.split("Heads minus ")[1] == (
        "shuffled, for the same words: better 1.1 (-0.100 [-0.20, -0.05]); no clear difference "
        "1.3 (0.000 [-0.10, 0.10]); worse 1.2 (0.100 [0.05, 0.20])."
    )
    rows = rows_of("comprehensiveness", 0.3, *[(-0.1, -0.2, -0.05)] * 7)
    told = beyond_text(rows, "comprehensiveness", 1000)
    assert "Heads minus nearness, for the same words: no head is better; worse 1.1 (" in told
    assert told.endswith(", 1.5 (-0.100 [-0.20, -0.05]) and 2 more.")


def test_the_page_says_it_beside_the_measure_and_a_null_is_no_head_s_figure(tmp_path):
    rows = rows_of("tau_leave_one_out", 0.3, (0.1, 0.05, 0.2))
    (measure,) = head_measures(rows, 1, 1, 1000)
    assert measure["texts"] == [["0.500"]]
    assert measure["intervals"] == [["[0.40, 0.60]"]]
    assert measure["nulls"] == beyond_text(rows, "tau_leave_one_out", 1000)
    write_rows(rows, ["tau_leave_one_out"], tmp_path)
    nothing = {"baselines": {}, "validation": {}, "test": {}}
    (tmp_path / "metrics.json").write_text(json.dumps(nothing))
    assert evaluation_figures(tmp_path) == {"heads/tau_leave_one_out_1.1": 0.5}
