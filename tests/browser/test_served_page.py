"""`headway serve` as people and programs use it: a real server, real clients, a browser."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
import traced_models
from empty_projects import in_folder
from playwright.sync_api import expect
from served_models import project_with_model
from starlette.testclient import TestClient
from workspace import ROOT

from pipeline.serving.app import make_app
from pipeline.serving.rows import RowAnswerer, given_row, with_second

CLIENTS, QUESTIONS = 6, 5


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where the server listens; Ctrl-C ends it without a word."""
    project = project_with_model(tmp_path_factory.mktemp("served") / "project")
    process = subprocess.Popen(
        [sys.executable, "-c", "from pipeline.cli import main; main()", "serve", "--port", "0"],
        cwd=project, env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = [process.stdout.readline() for _ in range(3)]
    yield re.fullmatch(r"a page to try it: (http://127\.0\.0\.1:\d+)/\n", said[0])[1]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


def ask(address, rows):
    body = json.dumps({"rows": rows}).encode()
    asked = urllib.request.Request(f"{address}/predict", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)["rows"]


def test_each_of_several_clients_at_once_gets_its_own_answers(address):
    words = ["the", "cat", "sat", "on", "mat"]
    texts = [
        [" ".join(words[i % 5 :] + words[: q % 4]) for q in range(QUESTIONS)]
        for i in range(CLIENTS)
    ]
    with ThreadPoolExecutor(CLIENTS) as clients:
        found = list(clients.map(lambda own: [ask(address, [{"text": t}]) for t in own], texts))
    answerer = RowAnswerer(traced_models.predictor())
    for own, answers in zip(texts, found, strict=True):
        for text, (row,) in zip(own, answers, strict=True):
            (expected,) = answerer.answer([given_row({"text": text})])
            assert row.pop("probability") == pytest.approx(expected.pop("probability"), abs=2e-6)
            assert row == expected


@pytest.mark.browser
@pytest.mark.parametrize("width", [580, 1400])
def test_what_is_typed_is_answered_and_its_heads_are_shown(address, chromium, width):
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page, wrong, elsewhere = context.new_page(), [], []
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: elsewhere.append(asked.url))
    page.goto(address)
    page.get_by_label("A sentence").fill("the cat sat")
    items = page.locator("#said li")
    expect(items).to_have_count(3)
    answer = RowAnswerer(traced_models.predictor()).answer([given_row({"text": "the cat sat"})])[0]
    for i, (word, tag) in enumerate(zip(answer["words"], answer["prediction"], strict=True)):
        assert items.nth(i).inner_text().split()[:2] == [word, tag]
    page.get_by_role("button", name="head 2.1").click()
    assert page.get_by_role("heading", name="Head 1 of layer 2").is_visible()
    weights = traced_models.predictor().look("the cat sat").weights[1, 0]
    cells = page.locator("#map tbody tr").nth(1).locator("td").all_inner_texts()
    assert cells == [f"{weight:.2f}" for weight in weights[1]]
    page.get_by_label("A sentence").fill("")
    page.get_by_role("alert").wait_for()
    assert "at least one word" in page.get_by_role("alert").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert not wrong
    assert all(url.startswith(address) or url.startswith("data:") for url in elsewhere)


PAIRS = {
    "objective": "classification", "max_length": 400, "counts": traced_models.COUNTS | {"[sep]": 9},
}  # fmt: skip


@pytest.mark.browser
def test_a_model_of_pairs_is_asked_about_two_texts(chromium):
    predictor, wrong = traced_models.predictor(**PAIRS), []
    context = chromium.new_context(viewport={"width": 580, "height": 900})
    page = context.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    with TestClient(make_app(predictor, "small"), base_url="http://127.0.0.1") as client:
        page.route("**", lambda route: answer(client, route))
        page.goto("http://127.0.0.1/")
        page.get_by_label("First text").fill("the cat")
        page.get_by_label("Second text").fill("on the mat")
        expect(page.locator("#map thead th")).to_have_text(
            ["the", "cat", "[SEP]", *["on", "the", "mat"]]
        )
        row = with_second(given_row({"text": "the cat", "second": "on the mat"}), "second")
        (said,) = RowAnswerer(predictor).answer([row])
        shown = f"{said['prediction']} {100 * said['probability']:.1f} %"
        assert page.locator("#said li").inner_text().split() == shown.split()
        page.get_by_label("Second text").fill("mat " * 150)
        page.locator("#no-heads").wait_for()
        assert "at most 128 tokens, found 153" in page.locator("#no-heads").inner_text()
        assert page.locator("#map").is_hidden()
        assert page.get_by_role("alert").is_hidden()
        page.get_by_label("Second text").fill("")
        page.get_by_role("alert").wait_for()
        assert "`second`: expected at least one word" in page.get_by_role("alert").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth") <= 580
    context.close()
    assert all("422" in said for said in wrong)


def answer(client, route):
    """What the application says to a request of the browser."""
    asked = route.request
    found = client.request(asked.method, asked.url, content=asked.post_data, headers=asked.headers)
    route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)


def test_a_port_in_use_and_a_model_that_is_not_there_are_told(tmp_path):
    project = project_with_model(tmp_path / "project")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = in_folder(project, "serve", "--port", port)
    assert done.exit_code == 1
    assert re.match(rf"error: port {port} of 127\.0\.0\.1 cannot be used .*--port", done.stderr)
    (project / "data/model").rename(project / "data/gone")
    done = in_folder(project, "serve", "--port", "0")
    assert done.stderr == "error: data/model is missing: run `dvc repro train`\n"
