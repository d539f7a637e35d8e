"""A prediction asked again after a change, against planted truth and passes made by other means."""

import math
from dataclasses import replace

import planted
import pytest
from traced_models import KINDS, planted_predictor, predictor, traced
from traced_pages import asked_again

TEXT = "The cat sat on the mat"


def assert_found(again, expected, label):
    assert again.log_p == pytest.approx(expected[label], abs=1e-4)
    assert again.label == max(expected, key=lambda one: expected[one])


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_is_that_of_a_pass_with_weights_made_anew(kind):
    model = predictor(**kind, max_length=40)
    trace = traced(model, TEXT)
    again, label, own = trace.again, trace.asked.label, trace.asked.word
    seen = range(own + 1) if trace.shape.is_causal else range(len(trace.words))
    assert set(again.covered) == set(seen) - {own}
    for word, found in again.covered.items():
        assert_found(found, asked_again(model, trace, covered=[word]), label)
    if again.covered:
        assert_found(again.alone, asked_again(model, trace, covered=again.covered), label)
    if not trace.layers:
        assert (again.silent, again.even, again.pair) == (None, None, None)
        return
    every = [(layer, head) for layer in range(len(trace.layers)) for head in range(2)]
    assert_found(again.silent, asked_again(model, trace, silent=every), label)
    assert_found(again.pair.again, asked_again(model, trace, silent=again.pair.heads), label)
    if again.even:
        assert_found(again.even, asked_again(model, trace, even=True), label)


def test_the_planted_tagger_needs_the_word_before_and_no_other():
    trace = traced(planted_predictor(), "a b c", word=3)  # it names the word before
    assert trace.asked.label == "after 4"
    assert trace.again.covered[1].label != "after 4"
    assert trace.again.covered[0].label == "after 4"
    assert trace.again.silent.label == "after 0"  # all alike: the first
    assert set(trace.again.pair.heads) == {(0, planted.PREVIOUS), (0, planted.TWIN)}


def test_of_one_word_nothing_can_be_covered_or_evened_out():
    again = traced(predictor(), "cat").again
    assert (again.covered, again.alone, again.even) == ({}, None, None)
    assert again.silent is not None


def test_of_many_words_the_nearest_twelve_are_covered_one_by_one():
    trace = traced(predictor(max_length=400), "the cat sat on the mat " * 20, word=60)
    assert sorted(trace.again.covered) == [*range(53, 59), *range(60, 66)]


def test_what_goes_with_a_head_is_the_lead_s_fall_by_a_network_without_it():
    model = predictor(n_layers=1)
    trace = traced(model, TEXT, word=2)
    for head in range(2):
        network = planted.without_head(model.network, 0, head)
        other = traced(replace(model, network=network), TEXT, word=2)
        probabilities = dict(zip(other.followed.labels, other.followed.probabilities, strict=True))
        names = trace.asked.label, trace.asked.rival
        if not all(name in probabilities for name in names):
            continue
        lead = math.log(probabilities[names[0]] / probabilities[names[1]])
        assert trace.asked.owed[0, head] == pytest.approx(trace.asked.lead - lead, abs=1e-3)
