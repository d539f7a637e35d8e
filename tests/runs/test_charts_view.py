import base64
import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.recording.trial import PARENT_OF_SWEEP_TAG, SWEEP_TAG, SweepTrial
from pipeline.runs.addresses import address_lines
from pipeline.runs.charts_view import (
    COMPRESSED,
    TAG,
    differing_params,
    share_view,
    varied_in,
    view_key,
    view_state,
)
from pipeline.runs.keeping import keep_file
from pipeline.study.registry import most_needed
from pipeline.tracking.run import track
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store, open_store

METRICS = ["loss/validation", "loss/train", "test/accuracy", "time/seconds", "best"]
BASE = "http://127.0.0.1:5001"
RUNS = f"{BASE}/#/experiments/1/runs?workflowType=machine_learning&compareRunsMode="
PLAIN = [f"all runs: {RUNS}TABLE", f"their charts: {RUNS}CHART"]


@pytest.fixture
def store(project: Path) -> Store:
    """A store with one run, whose epochs are 1 and 2."""
    with track(project, "shown", {}, {}) as run:
        for epoch in (1, 2):
            run.log_metrics({"loss/validation": 1 / epoch}, step=epoch)
    return open_store(project)


def views(store: Store) -> dict[str, str]:
    kept = store.client.get_experiment(store.experiment_id).tags
    return {k.removeprefix(TAG): value for k, value in kept.items() if k.startswith(TAG)}


def refuse_tags(project: Path) -> None:
    """From now on the database refuses every tag of an experiment."""
    with closing(sqlite3.connect(project / "mlflow.db")) as database:
        for change in ("INSERT", "UPDATE"):
            database.execute(
                f"CREATE TRIGGER no_{change} BEFORE {change} ON experiment_tags "
                "BEGIN SELECT RAISE(ABORT, 'no tags here'); END"
            )


def heads(measure: str, n_heads: int) -> list[str]:
    return [f"heads/{measure}_1.{n}" for n in range(1, n_heads + 1)]


def cards(state: dict, section: str) -> list[dict]:
    return [card for card in state["compareRunCharts"] if card["metricSectionId"] == section]


def test_the_same_runs_have_the_same_key_and_others_another() -> None:
    key = view_key(view_state(METRICS, [], 5))
    assert view_key(view_state(METRICS[::-1], [], 5)) == key
    assert view_key(view_state(METRICS, [], 4)) != key
    assert view_key(view_state(METRICS, ["seed"], 5)) != key
    assert view_key(view_state([*METRICS, "test/loss"], [], 5)) != key


def test_there_is_a_card_only_for_what_the_runs_have() -> None:
    state = view_state(METRICS, [], None)
    (lines,) = cards(state, "Learning")
    assert lines["selectedMetricKeys"] == ["loss/validation", "loss/train"]
    assert [card["metricKey"] for card in cards(state, "Scores")] == ["test/accuracy"]
    kinds = [card["type"] for card in state["compareRunCharts"]]
    assert kinds == ["LINE", "BAR", "DIFFERENCE"]


def test_what_is_not_shown_has_a_closed_section_of_mlflow_s_own_name() -> None:
    sections = view_state(METRICS, [], 5)["compareRunSections"]
    opened = [section["name"] for section in sections if section["display"]]
    closed = [section["name"] for section in sections if not section["display"]]
    assert opened == [
        "Learning",
        "What the heads do, epoch by epoch",
        "Scores",
        "Parameters in which the runs differ",
    ]
    assert closed == ["Model metrics", "loss", "test", "time"]
    known = {section["uuid"] for section in sections}
    assert {
        card["metricSectionId"] for card in view_state(METRICS, [], 5)["compareRunCharts"]
    } < known
    assert len(known) == len(sections)


def test_the_heads_stand_in_one_card_a_measure_the_most_needed_first() -> None:
    first, second = (about.name for about in most_needed()[:2])
    names = [*heads(second, 2), *heads(first, 2)[::-1]]
    found = cards(view_state(names, [], None), "Heads on validation")
    assert [card["selectedMetricKeys"] for card in found] == [heads(first, 2), heads(second, 2)]


def test_of_more_heads_than_there_are_colours_those_of_the_newest_run_are_shown() -> None:
    of_newest = [f"heads/entropy_2.{n}" for n in range(1, 11)]
    state = view_state([*of_newest, *heads("entropy", 10)], [], None)
    assert [card["selectedMetricKeys"] for card in cards(state, "Heads on validation")] == [
        of_newest
    ]


def test_a_score_and_what_it_is_held_against_stand_in_one_card() -> None:
    metrics = [
        *("test/most_frequent_tag", "validation/accuracy", "test/accuracy", "test/majority"),
        *("test/bigram_perplexity", "test/perplexity", "test/loss"),
    ]
    shown = cards(view_state(metrics, [], None), "Scores")
    assert [card.get("selectedMetricKeys", [card["metricKey"]]) for card in shown] == [
        ["test/accuracy", "test/most_frequent_tag", "test/majority"],
        ["validation/accuracy"],
        ["test/perplexity", "test/bigram_perplexity"],
        ["test/loss"],
    ]


def test_the_table_has_the_scores_what_is_told_of_a_run_and_the_parameters_that_differ() -> None:
    state = view_state(METRICS, ["encoder.n_heads"], None)
    columns = ["metrics.`test/accuracy`", "attributes.`Description`", "params.`encoder.n_heads`"]
    assert state["selectedColumns"] == columns
    assert state["columnOrder"] == ["attributes.`Run Name`", *columns]


def test_parameters_differ_where_runs_that_have_them_have_not_the_same(project: Path) -> None:
    for params in ({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1}, {}):
        with track(project, "run", params, {}):
            pass
    store = open_store(project)
    assert differing_params(newest_runs(store, 9)) == ["b"]


def test_the_view_is_kept_once(store: Store, project: Path) -> None:
    key = share_view(store)
    ((kept, value),) = views(store).items()
    assert kept == key
    refuse_tags(project)
    assert share_view(store) == key
    text = zlib.decompress(base64.b64decode(value.removeprefix(COMPRESSED)))
    assert json.loads(text) == view_state(["loss/validation"], [], None)


def test_the_pictures_open_at_the_last_epoch_of_the_newest_run_that_has_some(
    store: Store, project: Path
) -> None:
    (run,) = store.client.search_runs([store.experiment_id])
    store.client.set_tag(run.info.run_id, "mlflow.loggedImages", "True")
    with track(project, "newer", {}, {}) as newer:
        newer.log_metrics({"loss/validation": 1.0}, step=7)
    assert share_view(store) == view_key(view_state(["loss/validation"], [], 2))


def test_the_addresses_of_all_runs_name_the_view(store: Store) -> None:
    key = share_view(store)
    expected = [f"{line}&viewStateShareKey={key}" for line in PLAIN]
    assert address_lines(store, BASE, None) == expected


def test_a_store_that_refuses_the_view_leaves_the_plain_address(
    store: Store, project: Path
) -> None:
    refuse_tags(project)
    note, *addresses = address_lines(store, BASE, None)
    assert addresses == PLAIN
    assert note.startswith("the runs open as MLflow itself shows them: ")
    assert "no tags here" in note
    assert not views(store)


def test_without_any_metric_there_is_no_view(project: Path) -> None:
    store = open_store(project)
    assert address_lines(store, BASE, None) == PLAIN
    assert not views(store)


def test_the_pages_of_a_run_are_told_where_it_was_evaluated(store: Store, project: Path) -> None:
    (trained,) = newest_runs(store, 1)
    place = f"{BASE}/#/experiments/1/runs/{trained.info.run_id}"
    mode = "?workflowType=machine_learning"
    assert address_lines(store, BASE, trained)[2:] == [f"shown (not evaluated): {place}{mode}"]
    store.client.log_metric(trained.info.run_id, "validation/loss", 1.0)
    (evaluated,) = newest_runs(store, 1)
    assert address_lines(store, BASE, evaluated)[2:] == [
        f"shown: {place}{mode}",
        f"its heads: {place}/artifacts/evidence/heads.html{mode}",
        f"its trace: {place}/artifacts/evidence/trace.html{mode}",
    ]


def test_the_pages_of_several_runs_that_a_run_keeps_are_among_its_addresses(
    store: Store, tmp_path: Path
) -> None:
    (run,) = newest_runs(store, 1)
    for folder, name in (
        ("comparisons", "b.html"),
        ("comparisons", "a.html"),
        ("atlases", "c.html"),
    ):
        (tmp_path / name).write_text("<!doctype html>")
        keep_file(store, run.info.run_id, tmp_path / name, folder)
    told = address_lines(store, BASE, run)[3:]
    place = f"{BASE}/#/experiments/1/runs/{run.info.run_id}/artifacts"
    assert [line.partition("?")[0] for line in told] == [
        f"its comparison a: {place}/comparisons/a.html",
        f"its comparison b: {place}/comparisons/b.html",
        f"its atlas c: {place}/atlases/c.html",
    ]


def trial(project: Path, parent: str, **varied: int) -> None:
    name = ", ".join(f"{key} {value}" for key, value in varied.items())
    told = SweepTrial("heads", 1, {f"encoder.{k}" if k != "seed" else k: v for k, v in
                                   varied.items()}, name, parent)  # fmt: skip
    with track(project, name, {}, told.tags | {"mlflow.loggedImages": "True"}) as run:
        run.log_metrics({"test/accuracy": 0.9, "loss/validation": 0.1}, step=1)


def test_a_sweep_opens_on_its_trials_grouped_by_what_varied(store: Store, project: Path) -> None:
    tags = {SWEEP_TAG: "heads", PARENT_OF_SWEEP_TAG: "true"}
    with track(project, "heads", {}, tags) as run:
        parent = run.run_id
    for heads_, seed in ((1, 1), (4, 1), (4, 2)):
        trial(project, parent, n_heads=heads_, seed=seed)
    swept = store.client.get_run(parent)
    table, charts, own = address_lines(store, BASE, swept)
    assert own == f"heads (a sweep): {BASE}/#/experiments/1/runs/{parent}?workflowType=" + (
        "machine_learning"
    )
    assert table.startswith(f"its runs: {RUNS}TABLE&viewStateShareKey=")
    assert charts.startswith(f"their charts: {RUNS}CHART&viewStateShareKey=")
    (value,) = views(store).values()
    state = json.loads(zlib.decompress(base64.b64decode(value.removeprefix(COMPRESSED))))
    assert state["searchFilter"] == "tags.`headway.sweep` = 'heads'"
    assert len(newest_runs(store, 9, state["searchFilter"])) == 4  # the sweep's own and its trials
    assert state["groupBy"] == {
        "aggregateFunction": "average",
        "groupByKeys": [{"mode": "param", "groupByData": "encoder.n_heads"}],
    }
    assert {"params.`encoder.n_heads`", "params.`seed`"} <= set(state["selectedColumns"])
    assert "IMAGE" not in {card["type"] for card in state["compareRunCharts"]}  # of groups: none


def test_a_sweep_of_seeds_alone_has_no_groups(store: Store, project: Path) -> None:
    for seed in (1, 2):
        trial(project, "0" * 32, seed=seed)
    share_view(store, "heads")
    (value,) = views(store).values()
    state = json.loads(zlib.decompress(base64.b64decode(value.removeprefix(COMPRESSED))))
    assert state["groupBy"] is None
    assert "IMAGE" in {card["type"] for card in state["compareRunCharts"]}
    assert varied_in(newest_runs(store, 9)) == ["seed"]
