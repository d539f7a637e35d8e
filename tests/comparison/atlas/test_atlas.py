"""The atlas of runs whose heads are planted: what is read of them, said and shown."""

import numpy as np
import planted
import pytest
from compared import Told, group
from runs_of_heads import DIFFERENT, SENTENCES, planted_run, random_run

from pipeline.comparison.atlas.atlas import Atlas, make_atlas
from pipeline.comparison.atlas.heads import heads_of_run
from pipeline.comparison.atlas.page import atlas_page
from pipeline.comparison.atlas.report import atlas_lines, head_table, role_table
from pipeline.comparison.atlas.stability import measure_stability
from pipeline.comparison.matching import Watched
from pipeline.resampling import Estimate
from pipeline.study.table import HeadRow

WORTH = dict(zip(DIFFERENT, (0.4, 0.1, 0.2, 0.0), strict=True))
ROLE = {planted.PREVIOUS: "previous", planted.FIRST: "first", planted.DEAD: "next"}


def planted_atlas(tmp_path, label="n_heads 4", rho=None):
    """Four runs with the same four heads in other places."""
    orders = [np.random.default_rng(seed).permutation(DIFFERENT) for seed in range(4)]
    runs = [tuple(planted_run(order)) for order in orders]
    tokens = tuple(tuple(map(str, sentence)) for sentence in SENTENCES)
    watched = tuple(Watched(tokens, (run, run), 2) for run in runs)
    stability = measure_stability(runs, 0.95)
    heads = [
        head
        for run, order in enumerate(orders)
        for head in heads_of_run(run, rows_of(order), watched[run], stability.by_head[run])
    ]
    subject = group(tmp_path, label, *(Told(f"r{seed}", seed) for seed in range(4)))
    return Atlas(subject, watched, tuple(heads), stability, rho), orders


def rows_of(order):
    found = []
    for place, head in enumerate(order, start=1):
        if head in ROLE:
            found.append(HeadRow(measure=ROLE[head], layer=1, head=place, value=0.9))
        found.append(HeadRow(measure="zero_loss", layer=1, head=place, value=WORTH[head]))
    return found


def test_every_role_is_found_in_every_run_wherever_it_is(tmp_path):
    atlas, orders = planted_atlas(tmp_path)
    roles = {it.role: it for it in atlas.roles}
    assert set(roles) == {"previous", "first", "next", "none"}
    assert all((it.runs, it.heads) == (4, 4) for it in roles.values())
    assert roles["previous"].worth == pytest.approx(0.4)
    assert roles["none"].worth == pytest.approx(0.1)  # the even head
    assert (roles["previous"].born, roles["none"].born) == (1, None)
    assert all(it.stability == pytest.approx(1, abs=1e-6) for it in roles.values())
    for head in atlas.heads:
        assert head.worth == WORTH[orders[head.run][head.place[1] - 1]]


def test_what_is_said_of_heads_that_come_back_and_of_random_ones(tmp_path):
    atlas, _ = planted_atlas(tmp_path, rho=Estimate(0.5, 0.2, 0.8))
    _, found, worth = atlas_lines(atlas)
    assert found.startswith("a head is found again in the other runs with a stability of 1.000")
    assert worth == "the heads worth most are the stable ones: Spearman's rho 0.500 [0.2, 0.8]"
    unsure = Atlas(atlas.subject, atlas.watched, atlas.heads,
                   measure_stability([random_run(seed) for seed in range(4)], 0.95),
                   Estimate(0.1, -0.3, 0.4))  # fmt: skip
    _, found, worth = atlas_lines(unsure)
    assert found.startswith("the heads are not found again from run to run: stability ")
    assert worth.startswith("whether stable heads are worth more cannot be told: ")


def test_the_tables_have_a_row_for_each_role_and_each_head(tmp_path):
    atlas, _ = planted_atlas(tmp_path)
    assert [row[1] for row in role_table(atlas).rows] == ["4 of 4"] * 4
    assert len(head_table(atlas).rows) == 16
    assert {row[0] for row in head_table(atlas).rows} == {f"seed {seed}" for seed in range(4)}


def test_the_page_is_the_same_bytes_and_escapes_a_label(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    pages = [
        atlas_page(planted_atlas(tmp_path / it, "<script>x</script>")[0], ["a note <b>"])
        for it in "ab"
    ]
    assert pages[0] == pages[1]
    assert "<script>x" not in pages[0]
    assert ">a note &lt;b&gt;.<" in pages[0]
    assert pages[0].count("<circle") == 16


def test_of_one_head_a_run_no_stability_is_told(tmp_path):
    whole, _ = planted_atlas(tmp_path)
    runs = [tuple(planted_run([planted.PREVIOUS]))] * 4
    watched = tuple(Watched(whole.watched[0].tokens, (run,), 1) for run in runs)
    stability = measure_stability(runs, 0.95)
    rows = rows_of([planted.PREVIOUS])
    heads = [head for run in range(4) for head in heads_of_run(run, rows, watched[run],
                                                               stability.by_head[run])]  # fmt: skip
    one = Atlas(whole.subject, watched, tuple(heads), stability, None)
    first, found = atlas_lines(one)
    assert first == "4 runs of n_heads 4, 1 head each"
    assert found.startswith("how well a head is found again is not defined where each run has one")
    assert [row[-1] for row in (*role_table(one).rows, *head_table(one).rows)] == ["-"] * 5
    page = atlas_page(one, [])
    assert "nan" not in page.partition("<main")[2].partition("</main>")[0]
    assert "<circle" not in page


def test_one_run_is_no_atlas(tmp_path):
    with pytest.raises(ValueError, match="n_heads 4 has one run: an atlas needs two seeds"):
        make_atlas(group(tmp_path, "n_heads 4", Told("only")))
