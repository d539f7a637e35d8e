"""`headway trace`: a sentence followed through the model, in lines of a terminal."""

import pytest
from rich.cells import cell_len
from traced_models import AWKWARD_TEXTS, KINDS, predictor, traced

from pipeline.terminal.trace import trace_lines


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", AWKWARD_TEXTS)
def test_every_text_is_told_in_80_columns_without_a_control_character(kind, text):
    if kind.get("objective") == "masked_lm" and len(text) > 100:
        text = text[:200]
    trace = traced(predictor(**kind, max_length=1000), text)
    lines = list(trace_lines(trace))
    assert max(map(cell_len, lines)) <= 80
    assert all(line.isprintable() for line in lines)
    assert len(lines) < 180
    hidden = len(trace.tokens) - 6
    told = any(f"... and {hidden} more token" in line for line in lines)
    assert told == (hidden > 0)


def test_the_five_steps_are_told_in_their_order_each_with_its_shape():
    trace = traced(predictor(), "The cat sat on the mat")
    lines = list(trace_lines(trace))
    steps = [line for line in lines if line[:2] in {f"{i}." for i in range(1, 6)}]
    assert steps[:5] == [
        "1. Input tokens: 6 tokens",
        "2. Embedding lookup: 6 x 8",
        "3. Multi-head self-attention: 6 x 6 in each of 2 heads of 4, joined to 8",
        "4. Output vectors: 6 x 8",
        "5. Predictions: 6 words x 4 classes, the most likely first",
    ]
    assert [step.split(":")[0] for step in steps[5:]] == [
        "1. Embedding lookup", "2. Self-attention scores", "3. Multi-head attention",
        "4. Weighted sum of values", "5. Final output",
    ]  # fmt: skip


def test_a_network_without_attention_says_so():
    lines = list(trace_lines(traced(predictor(n_layers=0), "the cat")))
    assert "3. Multi-head self-attention: none (encoder.n_layers is 0)" in lines
