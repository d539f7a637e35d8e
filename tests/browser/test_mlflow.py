"""Both pages as a person meets them: among the artifacts of a run, in MLflow's own UI."""

import re
import socket
from contextlib import closing

import pytest

from pipeline.tracking import newest_runs, open_store
from pipeline.tracking.addresses import base_address, charts_address, run_address
from pipeline.tracking.server import ui_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def ui(finished):
    """MLflow's UI on the finished project: its address, the store and the run."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = open_store(finished.root)
    (run,) = newest_runs(store, 1)
    with ui_server(finished.root, port):
        yield base_address("", port), store, run.info.run_id


@pytest.fixture
def window(chromium, ui):
    """A window of MLflow's UI; it may not ask for anything that is not on this machine."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900})
    page, elsewhere = context.new_page(), []
    page.on(
        "request",
        lambda asked: None if asked.url.startswith((ui[0], "data:", "blob:"))
        else elsewhere.append(asked.url),
    )  # fmt: skip
    page.set_default_timeout(60_000)
    yield page
    context.close()
    assert not elsewhere


def artifact(window, ui, name):
    """The frame in which MLflow shows a page of the run."""
    base, store, run_id = ui
    address = run_address(base, store.experiment_id, run_id).split("?")[0]
    window.goto(f"{address}/artifacts/evidence/{name}")
    frame = window.frame_locator("iframe")
    frame.locator("main").wait_for()
    return frame


def is_narrow_enough(frame):
    return frame.locator("html").evaluate("all => all.scrollWidth <= innerWidth && innerWidth < 700")


def test_the_heads_page_works_in_mlflow_s_frame(window, ui):
    frame = artifact(window, ui, "heads.html")
    assert is_narrow_enough(frame)
    frame.locator('#heads input[value="0.1"]').check(force=True)
    assert frame.locator("#one-title").inner_text() == "Layer 1, head 2"
    frame.locator("#epoch").fill("0")
    assert frame.locator("#epoch-told").inner_text().startswith("1 of 2")
    frame.locator('#looking input[value="1"]').check(force=True)
    assert re.match("“cat” looks most at “", frame.locator("#told").inner_text())
    frame.get_by_label("effective").check()
    assert frame.locator("#epoch").is_disabled()
    assert is_narrow_enough(frame)


def test_the_trace_page_works_in_mlflow_s_frame(window, ui):
    frame = artifact(window, ui, "trace.html")
    assert is_narrow_enough(frame)
    assert frame.locator(".sentence li > bdi").all_inner_texts() == ["the", "cat", "sleeps"]
    frame.get_by_label("weights, after it").check()
    assert frame.locator(".map-scale:visible").inner_text() == "Colours run from 0 to 1."
    frame.locator(".question button").first.click()
    assert frame.locator(".verdict").first.inner_text()
    assert is_narrow_enough(frame)


def test_the_charts_have_the_curves_and_the_heads_of_each_epoch_under_one_slider(window, ui):
    base, store, _ = ui
    window.goto(charts_address(base, store.experiment_id))
    first = window.get_by_text("heads_in_sentence_1").first
    first.scroll_into_view_if_needed()
    slider = window.get_by_role("slider").first
    slider.wait_for()
    assert slider.get_attribute("aria-valuemax") == "2"
    for name in ("epoch/validation_loss", "epoch/validation_accuracy"):
        assert window.get_by_text(name).count()
