import html
import json
import re

import numpy as np
import pytest
import traced_models
from starlette.testclient import TestClient

from pipeline.serving import app, body_limit
from pipeline.serving.app import make_app
from pipeline.serving.rows import RowAnswerer, given_row, with_second

PAIRS = traced_models.COUNTS | {"[SEP]": 99}
ROWS = [{"text": "the cat"}, {"text": ""}, {"words": ["on the", "mat"]}, {"text": "cat " * 13}]


def client_of(objective="tagging", **kind):
    made = make_app(traced_models.predictor(objective, **kind), "small")
    return TestClient(made, base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def client():
    with client_of() as found:
        yield found


@pytest.mark.parametrize("objective", ["tagging", "several", "classification", "masked_lm"])
def test_rows_are_answered_as_the_command_answers_them_and_a_bad_one_has_its_reason(objective):
    with client_of(objective) as client:
        found = client.post("/predict", json={"rows": ROWS})
    answerer = RowAnswerer(traced_models.predictor(objective))
    assert found.status_code == 200
    assert found.json() == {"rows": answerer.answer([given_row(row) for row in ROWS])}


def test_a_pair_over_http_is_answered_as_the_command_answers_it():
    rows = [
        {"text": "the cat", "second": "on the mat"}, {"text": "the cat", "second": ""},
        {"words": ["the cat"], "second": "sat"}, {"text": "the cat", "second": None},
    ]  # fmt: skip
    answerer = RowAnswerer(traced_models.predictor("classification"))
    pairs = [with_second(given_row(row), "second") for row in rows[:3]]
    with client_of("classification") as client:
        found = client.post("/predict", json={"rows": rows}).json()["rows"]
        looked = client.post("/attention", json=rows[0]).json()
        refused = client.post("/attention", json=rows[1])
    assert found == answerer.answer([*pairs, given_row({"text": "the cat"})])
    assert found[0]["probability"] != found[3]["probability"]
    assert looked["words"] == ["the", "cat", "[SEP]", "on", "the", "mat"]
    assert (refused.status_code, refused.json()["detail"][:18]) == (422, "`second`: expected")


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_the_page_asks_for_two_texts_where_the_model_learned_from_pairs(unit):
    for counts, n_fields in ((traced_models.COUNTS, 1), (PAIRS, 2)):
        with client_of("classification", unit=unit, counts=counts) as client:
            page = client.get("/").text
        assert page.count('<input type="text"') == n_fields
        assert ("Second text" in page) == (n_fields == 2)


def test_attention_is_that_of_every_head(client):
    found = client.post("/attention", json={"text": "the cat sat"}).json()
    looked = traced_models.predictor().look("the cat sat")
    assert found["tokens"] == found["words"] == ["the", "cat", "sat"]
    assert np.array(found["weights"]) == pytest.approx(looked.weights, abs=1e-4)


def test_health_says_which_model_answers(client):
    assert client.get("/health").json() == {
        "status": "ok", "model": "small", "objective": "tagging", "n_layers": 2, "n_heads": 2,
        "max_tokens": 12,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("predict", "{", "expected JSON, found none"),
        ("predict", "[]", "valid dictionary"),
        ("predict", "{}", "rows: Field required"),
        ("predict", '{"rows": []}', "rows: List should have at least 1 item"),
        ("predict", '{"rows": [{"text": 1}]}', "rows.0.text: Input should be a valid string"),
        ("predict", '{"rows": [{}]}', "rows.0: expected `text` or `words`, found neither"),
        ("predict", '{"rows": [{"text": "a", "words": ["a"]}]}', "found both"),
        ("predict", '{"rows": [{"text": "a", "id": 1}]}', "rows.0.id: Extra inputs"),
        ("predict", json.dumps({"rows": [{"text": "a"}] * 257}), "rows: List should have at most"),
        ("predict", json.dumps({"rows": [{"text": "a" * 20_001}]}), "at most 20000 characters"),
        ("attention", '{"text": ""}', "expected at least one word"),
        ("attention", '{"text": "\\ud800"}', "text: Input should be a valid string, unable"),
    ],
)
def test_a_malformed_request_gets_422_and_one_sentence(client, path, body, told):
    found = client.post(f"/{path}", content=body, headers={"Content-Type": "application/json"})
    assert found.status_code == 422
    assert told in found.json()["detail"]


def test_json_that_is_nested_too_deeply_is_no_fault_of_the_server(client):
    body = '{"rows": ' + "[" * 100_000
    found = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= found.status_code < 500


def test_a_body_that_is_too_large_or_too_slow_is_told(client, monkeypatch):
    monkeypatch.setattr(body_limit, "BYTES", 20)
    found = client.post("/predict", json={"rows": [{"text": "the cat"}]})
    assert (found.status_code, found.json()["detail"][:28]) == (413, "expected at most 20 bytes, f")
    monkeypatch.setattr(body_limit, "SECONDS", 0)
    found = client.post("/predict", content=b"{}")
    assert found.status_code == 408
    assert client.get("/health").status_code == 408


def test_what_takes_too_long_is_told(client, monkeypatch):
    monkeypatch.setattr(app, "SECONDS", 0)
    found = client.post("/predict", json={"rows": [{"text": "the cat"}]})
    assert (found.status_code, found.json()["detail"]) == (
        503, "no answer within 0 s: ask again later",
    )  # fmt: skip


def test_weights_of_a_long_sentence_are_not_sent(client, monkeypatch):
    monkeypatch.setattr(app, "LOOKED_AT", 2)
    found = client.post("/attention", json={"text": "the cat sat"})
    assert found.status_code == 422
    assert "at most 2 tokens, found 3: `headway predict" in found.json()["detail"]


def test_a_page_of_another_name_cannot_ask(client):
    found = client.get("/health", headers={"Host": "evil.example"})
    assert found.status_code == 400


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_the_pages_load_nothing_from_elsewhere(client, path):
    page = html.unescape(client.get(path).text)
    assert "default-src 'none'" in page
    assert "connect-src 'self'" in page or path == "/docs"
    assert not re.search(r"<script[^>]+src=|<link(?![^>]+href=\"data:)|@import|url\(", page)
    assert set(re.findall(r"https?://[\w.-]+", page)) <= {"http://127.0.0.1", "http://www.w3.org"}


def test_the_page_for_programs_names_all_that_openapi_describes(client):
    described, page = client.get("/openapi.json").json(), html.unescape(client.get("/docs").text)
    assert set(described["paths"]) == {"/predict", "/attention", "/health"}
    assert "HTTPValidationError" not in page  # FastAPI's own, whose `detail` is no sentence
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            assert f"{method.upper()} {path}" in page
            assert call["description"] in page
    for form in ("Question", "Sentence", "AnsweredRow", "Attention", "Health", "Refusal"):
        for field in described["components"]["schemas"][form]["properties"]:
            assert f"<code>{field}</code>" in page
