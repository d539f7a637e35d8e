"""Both pages as a person meets them: among the artifacts of a run, in MLflow's own UI."""

import re
import signal
import socket
import subprocess
import sys
from contextlib import closing

import pytest
from playwright.sync_api import expect

from pipeline.runs.addresses import base_address, run_address
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import open_store

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def headway_ui(finished):
    """`headway ui` on the finished project: its port, and the addresses it prints, by name."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = "from pipeline.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "ui", "--port", str(port)],
        cwd=finished.root,
        env=finished.environment(PYTHONUNBUFFERED="1"),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        printed = [process.stdout.readline() for _ in range(7)]
        try:
            yield port, dict(re.findall(r"(.+): (http\S+)", "".join(printed)))
        finally:
            process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def ui(headway_ui, finished):
    """MLflow's UI on the finished project: its address, the store and the run."""
    store = open_store(finished.root)
    (run,) = newest_runs(store, 1)
    return base_address("", headway_ui[0]), store, run.info.run_id


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
    return frame.locator("html").evaluate(
        "all => all.scrollWidth <= innerWidth && innerWidth < 700"
    )


def test_the_heads_page_works_in_mlflow_s_frame(window, ui):
    frame = artifact(window, ui, "heads.html")
    assert is_narrow_enough(frame)
    frame.locator('#heads input[value="0.1"]').check(force=True)
    assert frame.locator("#one-title").inner_text() == "Head 2"
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
    frame.locator('.parts a[href="#quiz-title"]').click()
    assert frame.locator("#quiz-title").evaluate("title => document.activeElement === title")
    assert frame.locator("html").evaluate("() => scrollY") > 500
    frame.locator(".question button").first.click()
    assert frame.locator(".verdict").first.inner_text()
    assert is_narrow_enough(frame)


def test_the_table_of_runs_opens_with_their_scores(window, headway_ui, ui):
    window.goto(headway_ui[1]["all runs"])
    _, store, run_id = ui
    run = store.client.get_run(run_id)
    expect(window.get_by_role("link", name=run.info.run_name)).to_be_visible(timeout=60_000)
    for name in ("test/accuracy", "validation/accuracy"):  # beside them lies MLflow's assistant
        expect(window.get_by_test_id(f"sort-header-{name}")).to_be_in_viewport(ratio=1)
    assert window.get_by_text(str(run.data.metrics["test/accuracy"])).first.is_visible()


def test_the_description_of_a_run_begins_with_its_heads_and_leads_to_their_page(
    window, headway_ui, ui
):
    _, store, run_id = ui
    name = store.client.get_run(run_id).info.run_name
    window.goto(headway_ui[1][name])
    link = window.get_by_role("link", name="the heads")
    expect(link).to_be_in_viewport(ratio=1, timeout=60_000)
    assert re.search(r"\bheads? matters?\b", window.locator("body").inner_text())
    with window.context.expect_page() as opened:
        link.click()
    frame = opened.value.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_be_visible(timeout=60_000)
    assert opened.value.url == headway_ui[1]["its heads"]


SECTIONS = [
    "Learning", "What the heads do, epoch by epoch", "Scores", "Heads on validation",
    "Parameters in which the runs differ",
]  # fmt: skip


def test_the_charts_open_with_the_curves_and_the_heads_of_each_epoch_under_one_slider(
    window, headway_ui
):
    window.goto(headway_ui[1]["their charts"])
    area = window.get_by_test_id("experiment-view-compare-runs-chart-area")
    expect(area).to_contain_text(re.compile(r"time\s*\(2\)"))  # MLflow's own, for the other metrics
    opened = area.locator("[aria-expanded=true]").all_inner_texts()
    assert [text.split("\n")[0] for text in opened] == SECTIONS
    for name in ("loss/validation", "accuracy/validation"):
        assert area.get_by_text(f"{name} vs ").is_visible()
    card = area.get_by_test_id("experiment-view-compare-runs-card").filter(
        has_text="heads/sentence_1"
    )
    slider = card.get_by_role("slider")
    slider.scroll_into_view_if_needed()
    picture = card.locator("img")
    expect(picture).to_be_in_viewport(ratio=1)
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert "corpus.kind=" not in card.inner_text()
    assert slider.get_attribute("aria-valuemax") == slider.get_attribute("aria-valuenow") == "2"
    last = picture.get_attribute("src")
    slider.press("ArrowLeft")
    expect(picture).not_to_have_attribute("src", last)
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
