import base64
import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.runs.addresses import address_lines
from pipeline.runs.charts_view import COMPRESSED, TAG, share_view, view_key, view_state
from pipeline.study.registry import most_needed
from pipeline.tracking.run import track
from pipeline.tracking.store import Store, open_store

METRICS = ["epoch/validation_loss", "epoch/train_loss", "test/accuracy", "time/seconds", "best"]
BASE = "http://127.0.0.1:5001"
PLAIN = (
    f"all runs: {BASE}/#/experiments/1/runs"
    "?workflowType=machine_learning&compareRunsMode=CHART"
)  # fmt: skip


@pytest.fixture
def store(project: Path) -> Store:
    """A store with one run, whose epochs are 1 and 2."""
    with track(project, "shown", {}, {}) as run:
        for epoch in (1, 2):
            run.log_metrics({"epoch/validation_loss": 1 / epoch}, step=epoch)
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
    return [f"validation_heads/{measure}_layer_1_head_{n}" for n in range(1, n_heads + 1)]


def cards(state: dict, section: str) -> list[dict]:
    return [card for card in state["compareRunCharts"] if card["metricSectionId"] == section]


def test_the_same_runs_have_the_same_key_and_others_another() -> None:
    key = view_key(view_state(METRICS, 5))
    assert view_key(view_state(METRICS[::-1], 5)) == key
    assert view_key(view_state(METRICS, 4)) != key
    assert view_key(view_state([*METRICS, "test/loss"], 5)) != key


def test_there_is_a_card_only_for_what_the_runs_have() -> None:
    state = view_state(METRICS, None)
    (lines,) = cards(state, "Learning")
    assert lines["selectedMetricKeys"] == ["epoch/validation_loss", "epoch/train_loss"]
    assert [card["metricKey"] for card in cards(state, "Scores")] == ["test/accuracy"]
    kinds = [card["type"] for card in state["compareRunCharts"]]
    assert kinds == ["LINE", "BAR", "DIFFERENCE"]


def test_what_is_not_shown_has_a_closed_section_of_mlflow_s_own_name() -> None:
    sections = view_state(METRICS, 5)["compareRunSections"]
    opened = [section["name"] for section in sections if section["display"]]
    closed = [section["name"] for section in sections if not section["display"]]
    assert opened == [
        "Learning",
        "What the heads do, epoch by epoch",
        "Scores",
        "Parameters in which the runs differ",
    ]
    assert closed == ["Model metrics", "epoch", "test", "time"]
    known = {section["uuid"] for section in sections}
    assert {card["metricSectionId"] for card in view_state(METRICS, 5)["compareRunCharts"]} < known
    assert len(known) == len(sections)


def test_the_heads_stand_in_one_card_a_measure_unless_their_colours_run_out() -> None:
    few = cards(view_state(heads("entropy", 10)[::-1], None), "Heads on validation")
    assert [card["selectedMetricKeys"] for card in few] == [heads("entropy", 10)]
    assert not cards(view_state(heads("entropy", 11), None), "Heads on validation")


def test_the_most_needed_headlines_are_open_and_the_others_folded_up() -> None:
    names = [about.name for about in most_needed()]
    state = view_state([one for name in names[::-1] for one in heads(name, 2)], None)
    shown = {
        section: [card["metricKey"] for card in cards(state, section)]
        for section in ("Heads on validation", "More of the heads on validation")
    }
    expected = [heads(name, 2)[0] for name in names]
    assert [*shown.values()] == [expected[:2], expected[2:]]
    displayed = {one["name"]: one["display"] for one in state["compareRunSections"]}
    assert [displayed[section] for section in shown] == [True, False]


def test_the_view_is_kept_once(store: Store, project: Path) -> None:
    key = share_view(store)
    ((kept, value),) = views(store).items()
    assert kept == key
    refuse_tags(project)
    assert share_view(store) == key
    text = zlib.decompress(base64.b64decode(value.removeprefix(COMPRESSED)))
    assert json.loads(text) == view_state(["epoch/validation_loss"], None)


def test_the_pictures_open_at_the_last_epoch_of_the_newest_run_that_has_some(
    store: Store, project: Path
) -> None:
    (run,) = store.client.search_runs([store.experiment_id])
    store.client.set_tag(run.info.run_id, "mlflow.loggedImages", "True")
    with track(project, "newer", {}, {}) as newer:
        newer.log_metrics({"epoch/validation_loss": 1.0}, step=7)
    assert share_view(store) == view_key(view_state(["epoch/validation_loss"], 2))


def test_the_address_of_the_charts_names_the_view(store: Store) -> None:
    assert address_lines(store, BASE, None) == [f"{PLAIN}&viewStateShareKey={share_view(store)}"]


def test_a_store_that_refuses_the_view_leaves_the_plain_address(
    store: Store, project: Path
) -> None:
    refuse_tags(project)
    note, address = address_lines(store, BASE, None)
    assert address == PLAIN
    assert note.startswith("the charts open with MLflow's own cards: ")
    assert "no tags here" in note
    assert not views(store)


def test_without_any_metric_there_is_no_view(project: Path) -> None:
    store = open_store(project)
    assert address_lines(store, BASE, None) == [PLAIN]
    assert not views(store)
