from dataclasses import asdict

import numpy as np
import pytest
import torch
import traced_models
from small_objectives import OBJECTIVES

from pipeline.corpus.formats.span_tags import read_tags
from pipeline.corpus.formats.text_spans import spans_of, tags_of
from pipeline.corpus.formats.words import places_of_words
from pipeline.model.batch import Batch
from pipeline.model.network import Network
from pipeline.model.shape import shape_for
from pipeline.objectives.objective import Classes
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.tokenize import KINDS
from pipeline.serving.predictor import Predictor, Refused
from pipeline.tokens.batches import batch_of_sentences
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.features import NO_FEATURES
from pipeline.tokens.tokenizer import LEARNED, learn_tokenizer

COUNTS = {"the": 9, "cat": 5, "sat": 4, "mat": 3, "on": 2}


def predictor(unit="word", objective="tagging"):
    settings = KINDS.read({
        "unit": unit, "max_length": 12, "overlong": "error", "bpe": {"vocab_size": 270},
        "word": {
            "is_lowercase": True, "min_count": 1, "prefix_lengths": (), "suffix_lengths": (),
            "has_shape": False, "feature_buckets": 1,
        },
    })  # fmt: skip
    encoding = Encoding(learn_tokenizer(COUNTS, settings), LEARNED, NO_FEATURES, 12, 1)
    encoder = EncoderParams(
        d_model=8,
        n_heads=2,
        n_layers=1,
        d_ff=8,
        dropout=0.0,
        part_dropout=0.0,
        positions="rotary",
        attention="learned",
    )
    asked = objective_of(OBJECTIVES[objective])
    names = None if objective.endswith("_lm") else ("DET", "NOUN", "VERB")
    network = Network(shape_for(encoding, encoder, asked, Classes(names)))
    table = torch.randn(encoding.vocab_size, 8, generator=torch.Generator().manual_seed(0))
    network.initialise(table, 1)
    return Predictor(network.eval(), encoding)


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_there_is_one_label_and_one_probability_for_each_word(unit):
    found = predictor(unit).predict("The cat sat!")
    assert found.words == ("The", "cat", "sat", "!")
    assert len(found.answer.prediction) == len(found.answer.probability) == 4
    assert set(found.answer.prediction) <= {"DET", "NOUN", "VERB"}
    assert all(1 / 3 <= p <= 1 for p in found.answer.probability)


def test_a_masked_word_model_says_what_it_expects_at_each_place_without_seeing_the_word():
    model = predictor(objective="masked_lm")
    found = model.predict("the cat sat").answer
    assert set(found.prediction) <= set(model.encoding.vocabulary)
    other = model.predict("the mat sat").answer
    assert other.prediction[1] == found.prediction[1]  # the hidden word itself plays no part
    assert other.probability[1] == pytest.approx(found.probability[1])


def test_a_text_that_is_too_long_or_empty_is_refused():
    with pytest.raises(ValueError, match="at most 12 tokens"):
        predictor().predict("cat " * 13)
    with pytest.raises(ValueError, match="at least one word"):
        predictor().predict(" ")


def test_a_list_of_words_is_answered_word_by_word_as_it_is():
    found = predictor().predict(["can not", "sat."])
    assert found.words == ("can not", "sat.")
    assert predictor().predict("the cat") == predictor().predict(["the", "cat"])


ASKED = [
    ("tagging", "word"), ("masked_lm", "bpe"), ("causal_lm", "word"), ("classification", "bpe"),
    ("weighted", "word"), ("several", "word"), ("spans", "word"),
]  # fmt: skip
LABELS = {"spans": {"labels": ("O", "B-X", "I-X")}}
SENTENCES = ["the cat", "", "sat on the mat", "cat " * 13, ["on", "on"], "the cat sat on the mat"]


@pytest.mark.parametrize(("objective", "unit"), ASKED)
def test_in_company_each_sentence_has_the_answer_that_it_has_alone(objective, unit, monkeypatch):
    model = traced_models.predictor(objective, unit=unit, **LABELS.get(objective, {}))
    alone = [model.predict_all([sentence])[0] for sentence in SENTENCES]
    for budget in (1, 40):  # a part a row, some parts
        monkeypatch.setattr("pipeline.serving.predictor.BATCH_TOKENS", budget)
        for one, other in zip(alone, model.predict_all(SENTENCES), strict=True):
            if isinstance(one, Refused):
                assert other == one
            else:
                assert other.words == one.words
                assert other.answer.prediction == one.answer.prediction
                assert other.answer.probability == pytest.approx(one.answer.probability, abs=1e-6)
    assert [isinstance(one, Refused) for one in alone] == [0, 1, 0, 1, 0, 0]


def test_of_several_labels_those_are_said_that_hold_with_their_probabilities():
    model = traced_models.predictor("several")
    with torch.no_grad():
        model.network.head.label.bias.copy_(torch.tensor([2.0, -2.0, 2.0, -2.0]))
    found = model.predict("the cat").answer
    batch = Batch.of_tokens(batch_of_sentences(model.encoding, [["the", "cat"]]))
    scores = model.network.head.label(model.network(batch).mean(dim=1))[0]
    expected = dict(zip(traced_models.LABELS, torch.sigmoid(scores).tolist(), strict=True))
    holds = {label: p for label, p in expected.items() if p > 0.5}
    assert dict(zip(found.prediction, found.probability, strict=True)) == pytest.approx(holds)
    assert 0 < len(holds) < len(expected)


def test_a_span_says_where_it_stands_in_the_text_and_how_probable_its_tags_are_together():
    model = traced_models.predictor("spans", **LABELS["spans"])
    text = "  the cat\tsat on  the mat."
    found = model.predict(text).answer
    batch = Batch.of_tokens(batch_of_sentences(model.encoding, [model.predict(text).words]))
    with torch.inference_mode():
        p = model.network.head.label(model.network(batch))[0].softmax(dim=-1).numpy()
    tags = [part.text.split() for part in found.prediction]
    assert max(map(len, tags)) > 1  # one of several words
    assert all(part.text == text[part.start : part.end] for part in found.prediction)
    words = ["the", "cat", "sat", "on", "the", "mat", "."]
    given = spans_of([asdict(part) for part in found.prediction])  # a corpus could be made of them
    learned = read_tags(tags_of(given, text, places_of_words(text)), "bio")
    assert [(words[one.start : one.end], one.kind) for one in learned] == [
        (part.text.split(), part.label) for part in found.prediction
    ]
    at = 0
    for part, probability in zip(found.prediction, found.probability, strict=True):
        inside = part.text.split()
        at = next(i for i in range(at, 7) if words[i : i + len(inside)] == inside)
        expected = p[at, 1] * p[at + 1 : at + len(inside), 2].prod()
        assert probability == pytest.approx(expected, rel=1e-5)
        at += len(inside)
    listed = model.predict(["the", "cat", "sat", "on", "the", "mat"]).answer
    assert [part.start for part in listed.prediction][:2] == [0, 4]
    assert all(part.text == "the cat sat on the mat"[part.start : part.end]
               for part in listed.prediction)  # fmt: skip


def test_one_class_of_a_sentence_is_a_text_with_its_probability():
    model = traced_models.predictor("classification")
    found = model.predict("the cat").answer
    batch = Batch.of_tokens(batch_of_sentences(model.encoding, [["the", "cat"]]))
    scores = model.network.head.label(model.network(batch).mean(dim=1))[0]
    best = int(scores.argmax())
    assert found.prediction == traced_models.LABELS[best]
    assert found.probability == pytest.approx(scores.softmax(dim=0)[best].item())


def test_what_is_looked_at_are_the_weights_of_every_layer_and_head_of_the_sentence_as_written():
    model = traced_models.predictor("masked_lm")
    looked = model.look("the cat sat")
    trace = traced_models.traced(traced_models.predictor("causal_lm"), "the cat")
    assert looked.weights.shape == (2, 2, 3, 3)
    assert looked.weights.sum(axis=-1) == pytest.approx(1, abs=1e-6)
    assert looked.tokens == ("the", "cat", "sat")  # nothing is hidden
    causal = traced_models.predictor("causal_lm").look("the cat")
    assert causal.weights == pytest.approx(np.stack([one.weights for one in trace.layers]))
    assert causal.vectors == pytest.approx(trace.output, abs=1e-6)
    assert traced_models.predictor(n_layers=0).look("the cat").weights.shape == (0, 2, 2, 2)
