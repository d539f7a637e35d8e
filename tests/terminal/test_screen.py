"""`headway trace`: what is answered and why, on one screen."""

import pytest
from rich.cells import cell_len
from traced_models import AWKWARD_TEXTS, KINDS, PARTS, predictor, traced

from pipeline.terminal.screen import screen_lines

SCREEN = 24
"""Lines of a terminal of old."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", AWKWARD_TEXTS)
@pytest.mark.parametrize("width", [80, 132])
def test_every_text_is_told_in_the_width_there_is_without_a_control_character(kind, text, width):
    if kind.get("objective") == "masked_lm" and len(text) > 100:
        text = text[:200]
    lines = list(screen_lines(traced(predictor(**kind, max_length=1000), text), width))
    assert max(map(cell_len, lines)) <= width
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_sentence_fits_on_one_screen(kind):
    trace = traced(predictor(**kind, n_heads=4), "The cat sat on the mat")
    assert len(list(screen_lines(trace, 80))) <= SCREEN


def test_a_line_a_head_says_where_it_looks_and_what_goes_with_it():
    trace = traced(predictor(n_layers=1), "the cat sat", word=2)
    lines = list(screen_lines(trace, 80))
    for head in range(2):
        (line,) = (line for line in lines if line.split()[:2] == ["head", str(head + 1)])
        weights = trace.layers[0].weights[head, trace.asked.token]
        most = weights.argmax()
        assert line.split()[2:4] == [trace.words[most], f"{100 * weights[most]:.0f}"]
        lost = f"{trace.asked.owed[0, head]:+.2f}".replace("-0.00", "+0.00")
        assert line.split()[-1] == lost
    two = list(screen_lines(traced(predictor(n_layers=2), "the cat sat"), 80))
    assert sum(line.split()[:2] == ["head", "2.1"] for line in two) == 1


def test_the_parts_add_up_to_the_lead_that_is_told():
    trace = traced(predictor(), "the cat sat", word=2)
    lines = list(screen_lines(trace, 80))
    start = next(i for i, line in enumerate(lines) if line.startswith("What adds up"))
    numbers = [float(line.split()[-1]) for line in lines[start + 1 : start + 6]]
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.03)
    assert numbers[-1] == pytest.approx(trace.asked.lead, abs=0.01)


def test_a_wider_terminal_shows_more_of_where_each_head_looks():
    trace = traced(predictor(), "the cat sat on the mat", word=2)
    narrow, wide = (
        [line for line in screen_lines(trace, width) if line.strip().startswith("head ")]
        for width in (80, 160)
    )
    assert max(line.count(" %") for line in narrow) == 2
    assert min(line.count(" %") for line in wide) > 3


def test_an_unknown_word_is_explained_and_a_model_without_heads_or_choice_says_so():
    lines = list(screen_lines(traced(predictor(features=PARTS), "the zebra"), 80))
    assert '"zebra" ' in lines[1]
    assert "no head: encoder.n_layers is 0" in "\n".join(
        screen_lines(traced(predictor(n_layers=0), "the cat"), 80)
    )
    assert "it is the only class" in "\n".join(
        screen_lines(traced(predictor(labels=("X",)), "the cat"), 80)
    )
    (read_whole,) = (
        line
        for line in screen_lines(traced(predictor("classification"), "the cat"), 80)
        if "No parts add up" in line
    )
    assert read_whole.endswith("the answer is read from all tokens together")
