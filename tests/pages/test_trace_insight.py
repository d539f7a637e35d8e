from dataclasses import replace

import numpy as np
import planted
import torch
from traced_models import planted_predictor, predictor, traced
from traced_pages import HISTORY, of_heads, page_of, read, with_ends

from pipeline.pages.said import number
from pipeline.pages.trace_insight import effective_tokens, insight
from pipeline.pages.trace_page import render_trace
from pipeline.study.verdicts import head_verdicts, overall_line


def insights(trace, rows=None):
    found = insight(trace, rows)
    texts = [
        "".join(part if isinstance(part, str) else part.text for part in one)
        for one in (*found["weighing"], *found["perspectives"])
    ]
    return " ".join(texts), found


def test_the_effective_number_of_tokens_is_1_for_one_and_all_for_an_even_look():
    weights = np.stack([np.eye(4), np.full((4, 4), 0.25)]).astype(np.float32)
    np.testing.assert_allclose(effective_tokens(weights), [[1] * 4, [4] * 4], rtol=1e-6)


def test_the_insight_counts_the_words_that_weigh():
    trace = traced(planted_predictor(), "a c b b c")
    (layer,) = trace.layers
    widths = [np.exp(-(w * np.log(np.where(w > 0, w, 1))).sum(-1)).mean() for w in layer.weights]
    text, _ = insights(trace)
    assert f"spread as if over {number(np.mean(widths))} of the 5 tokens" in text
    assert "the words are weighed, and not alike" in text
    assert f"head {planted.UNIFORM + 1} most widely, over 5.00" in text
    even = replace(layer, weights=np.full_like(layer.weights, 0.2))
    text, _ = insights(replace(trace, layers=(even,)))
    assert "the heads hardly choose" in text
    assert "most widely" not in text
    text, _ = insights(traced(planted_predictor(), "a"))
    assert "nothing to weigh" in text


def test_an_even_look_is_one_over_the_tokens_that_are_seen():
    model = predictor("causal_lm", n_layers=1)
    with torch.no_grad():  # no head asks for anything
        model.network.encoder.blocks[0].attention.query_key_value.weight[:8] = 0
        model.network.encoder.blocks[0].attention.query_key_value.bias[:8] = 0
    text, _ = insights(traced(model, "the cat sat"))
    # The second token sees two, the third three; the first sees itself alone and says nothing.
    assert "spread as if over 2.50 of the 2.50 tokens that it sees" in text
    assert "The largest is 0.42; an even look would give each token 0.42" in text
    assert "the heads hardly choose" in text


def test_the_insight_has_the_lines_that_the_heads_page_opens_with():
    trace = traced(planted_predictor(), "a c b b c")
    rows = [
        *with_ends("zero_loss", 0.3, 0.0, 0.02, 0.0, 0.0, 0.1),
        *with_ends("zero_accuracy", -0.025, 0.0, -0.001, 0.0, 0.0, -0.01),
        *of_heads(importance=[0.5, 0.1, 0.1, 0.1, 0.0, 0.2]),
        *of_heads(disagreement=[0.5, 0.4, 0.3, 0.3, 0.2, 0.1]),
    ]  # fmt: skip
    page = read(render_trace(trace, HISTORY, None, rows, 2, draws=1000))
    lines = [one.text for one in page.the("ul", kind="verdicts").all("li")]
    assert lines == [one.line for one in head_verdicts(rows, 1000)]
    assert lines[0].startswith("Head 1: ")
    assert lines[0].endswith("without it accuracy falls by 2.5 points [2.0, 3.0]")
    assert overall_line(rows, 1000) in page.text
    text, found = insights(trace, rows)
    assert "lie 0.30 nats apart on average" in text
    assert "they do look at different words" in text
    assert found["missing"] == []
    name, values = found["rows"][0]
    assert (name, values) == ("head 1", ["0.300", "\N{MINUS SIGN}0.025", "0.500", "0.500"])


def test_of_many_heads_those_that_matter_are_told_and_the_others_behind_a_click():
    trace = traced(predictor(n_layers=1, n_heads=12), "The cat sat on the mat")
    rows = with_ends("zero_loss", 0.0, 0.3, *[0.0] * 9, 0.1)
    page = read(page_of(trace, rows=rows))
    shown, hidden = page.all("ul", kind="verdicts")
    assert [one.text.split(":")[0] for one in shown.all("li")] == ["Head 2", "Head 12"]
    assert len(list(hidden.all("li"))) == 10
    assert "The other 10 heads" in page.the("section", name="insight").text


def test_the_insight_does_not_flatter():
    trace = traced(planted_predictor(), "a c b b c")
    rows = [*with_ends("zero_loss", *[0.0] * 6), *of_heads(disagreement=[0.01] * 6)]
    text, _ = insights(trace, rows)
    assert "several heads give hardly more than one" in text
    assert "No head matters on its own" in read(page_of(trace, rows=rows)).text
    _, found = insights(trace, of_heads(zero_loss=[None] * 6))
    assert found["rows"][0][1] == ["not defined"]
