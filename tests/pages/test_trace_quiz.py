import json
import math
import re
from dataclasses import replace

import numpy as np
import planted
import pytest
from traced_models import KINDS, planted_predictor, predictor, traced
from traced_pages import asked_again, page_of, read

from pipeline.model.shape import classes_of
from pipeline.pages.said import token


def expected_answer(prompt, model, trace):
    """Worked out anew from the network and its trace."""
    shape, label, before = trace.shape, trace.asked.label, math.exp(trace.asked.log_p)
    places = list(np.ndindex(shape.encoder.n_layers, shape.encoder.n_heads))
    own, n = trace.asked.word, len(trace.words)

    def survives(**change):
        found = asked_again(model, trace, **change)
        stays = max(found, key=lambda one: found[one]) == label
        return f"Yes, it stays {label}" if stays else "No, another answer wins"

    if prompt.startswith("Does a bright cell"):
        asked = re.search(r"In (head \S+), .* \(word (\d+)\) the weight ([\d.]+), and", prompt)
        name, word, weight = asked.groups()
        layer, head = (
            int(one) - 1 for one in (name[5:] if "." in name else f"1.{name[5:]}").split(".")
        )
        row = trace.layers[layer].weights[head, trace.asked.token]
        on = [key for key in range(len(row)) if trace.word_ids[key] == int(word) - 1]
        others = [key for key in range(len(row)) if trace.word_ids[key] != own]
        assert max(row[on]) == max(
            one.weights[:, trace.asked.token, others].max() for one in trace.layers
        )
        assert f"{max(row[on]):.2f}" == weight
        fall = before - math.exp(asked_again(model, trace, covered=[int(word) - 1])[label])
        edges = {
            0.01: "by less than 0.01, or not at all",
            0.1: "by 0.01 to 0.1",
            0.5: "by 0.1 to 0.5",
        }
        return next((told for edge, told in edges.items() if fall < edge), "by 0.5 or more")
    if prompt.startswith("Cover every word but"):
        return survives(covered=[word for word in range(n) if word != own])
    if prompt.startswith("Cover "):
        return survives(covered=[int(re.search(r"\(word (\d+)\)", prompt)[1]) - 1])
    if prompt.startswith("Silence every head"):
        return survives(silent=places)
    if prompt.startswith("Let every head look evenly"):
        return survives(even=True)
    if prompt.startswith("Silence head"):
        costs = {
            place: trace.asked.log_p - asked_again(model, trace, silent=[place])[label]
            for place in places
        }
        first, second = sorted(places, key=lambda place: -abs(costs[place]))[:2]
        both = trace.asked.log_p - asked_again(model, trace, silent=[first, second])[label]
        share = both / (costs[first] + costs[second])
        if abs(share - 1) <= 0.1:
            return "About as large"
        return "Larger" if share > 1 else "Smaller"
    if prompt.startswith("Write the sentence twice"):
        once, twice = (
            sum(one.weights.size for one in traced(model, " ".join(trace.words * times)).layers)
            for times in (1, 2)
        )
        return f"{twice // once} times"
    if prompt.startswith("Suppose that"):
        return f"{abs(math.log(before)):.3f}"
    if prompt.startswith("A model that knows nothing"):
        return f"{1 / len(classes_of(shape, model.encoding)):.3g}"
    if prompt.startswith("How many numbers does the table hold"):
        return f"{model.network.embedding.token.weight.numel():,}"
    raise AssertionError(prompt)


def shown_quiz(page):
    """Prompt, options, the place of the right one and the explanation, as on the page."""
    tree = read(page)
    right = json.loads(tree.the("script", name="data").text)["answers"]
    for group, place in zip(tree.all("div", kind="question"), right, strict=True):
        options = [one.text for one in group.all("button")]
        yield next(group.all("h3")).text, options, place, group.the("p", kind="why").text
        assert group.the("strong").text == options[place]  # what "Show the answer" says


@pytest.mark.parametrize("text", ["the", "The cat sat on the mat", "🙂 the שלום"])
@pytest.mark.parametrize("kind", [*KINDS, {"n_layers": 1}])
def test_there_are_three_questions_or_more_and_every_answer_is_this_run_s(kind, text):
    model = predictor(**kind, max_length=40)
    trace = traced(model, text)
    found = list(shown_quiz(page_of(trace)))
    assert 3 <= len(found) <= 6
    for prompt, options, right, why in found:
        assert len(set(options)) == len(options) >= 2
        expected = expected_answer(prompt, model, trace)
        assert options[right] == expected.replace(trace.asked.label, token(trace.asked.label).text)
        assert len(why) > 10
    assert len({prompt for prompt, *_ in found}) == len(found)


def test_every_kind_of_question_is_asked_of_some_model():
    prompts = ""
    for kind in [*KINDS, {"n_layers": 1}]:
        for text in ("the", "The cat sat on the mat"):
            prompts += " ".join(
                one[0] for one in shown_quiz(page_of(traced(predictor(**kind), text)))
            )
    for phrase in (
        "Cover the (word", "Does a bright cell prove importance?", "Silence every head at once",
        "Silence head 1", "Let every head look evenly", "Cover every word but", "survive?",
        "Write the sentence twice", "Suppose that", "guesses blindly", "does the table hold",
    ):  # fmt: skip
        assert phrase in prompts, phrase


def test_the_word_that_the_planted_tagger_names_is_covered_and_its_answer_falls():
    trace = traced(planted_predictor(), "a b c b", word=3)  # it names the word before
    covered, bright, *_ = shown_quiz(page_of(trace))
    assert re.match(r"Cover [ab] \(word [14]\)\. Does after 4 survive\?", covered[0])
    assert covered[1][covered[2]] == "Yes, it stays after 4"
    # The brightest cell is right here: PREVIOUS looks at that word with all its weight.
    assert "c gives b (word 2) the weight 1.00, and no head gives more" in bright[0]
    assert bright[1][bright[2]] == "by 0.5 or more"
    assert bright[3].endswith("No word costs it more.")


def test_a_bright_cell_that_proves_nothing_is_told_as_such():
    model = planted_predictor()
    model = replace(model, network=planted.without_head(model.network, 0, planted.PREVIOUS))
    model = replace(model, network=planted.without_head(model.network, 0, planted.TWIN))
    trace = traced(model, "a b c b", word=3)
    (bright,) = (one for one in shown_quiz(page_of(trace)) if "bright" in one[0])
    assert "the weight 1.00" in bright[0]
    assert bright[1][bright[2]] == "by less than 0.01, or not at all"


def test_two_heads_whose_work_is_the_same_stand_in_for_each_other():
    trace = traced(planted_predictor(), "a b c b", word=3)
    (pair,) = (one for one in shown_quiz(page_of(trace)) if one[0].startswith("Silence head"))
    assert f"Silence head {planted.PREVIOUS + 1} and head {planted.TWIN + 1} at once" in pair[0]
    assert pair[1][pair[2]] == "Larger"


def test_no_question_is_of_the_heads_where_no_token_sees_another():
    for text in ("the", "The cat sat on the mat"):
        for prompt, *_ in shown_quiz(page_of(traced(predictor(n_layers=0), text))):
            assert not prompt.startswith(
                ("Cover", "Silence", "Let every", "Does a bright", "Write")
            )


def test_of_a_model_that_looks_evenly_no_question_is_of_where_it_looks():
    page = page_of(traced(predictor(attention="even"), "The cat sat on the mat"))
    prompts = [one[0] for one in shown_quiz(page)]
    assert not any(one.startswith(("Let every", "Does a bright")) for one in prompts)
    assert "This model does not learn where to look" in read(page).the("section", name="flow").text


@pytest.mark.parametrize("kind", KINDS)
def test_no_question_asks_for_what_is_printed_above_it(kind):
    page = read(page_of(traced(predictor(**kind), "The cat sat")))
    above = " ".join(page.the("section", name=name).text for name in ("flow", "training"))
    above += page.the("section", name="prediction").text + page.the("header").text
    for prompt, options, right, _ in shown_quiz(page_of(traced(predictor(**kind), "The cat sat"))):
        if not prompt.startswith(
            "Suppose"
        ):  # a loss of three digits may read like any other number
            assert not re.search(rf"(?<![\d.]){re.escape(options[right])}(?!\d)", above), prompt
