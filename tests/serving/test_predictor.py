import numpy as np
import pytest
import torch
from small_objectives import OBJECTIVES

from pipeline.model.network import Network
from pipeline.model.shape import shape_for
from pipeline.objectives.objective import Classes
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.tokenize import KINDS
from pipeline.serving.predictor import Predictor, sentences_of
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
    assert len(found.labels) == len(found.confidence) == 4
    assert set(found.labels) <= {"DET", "NOUN", "VERB"}
    assert all(1 / 3 <= p <= 1 for p in found.confidence)


def test_a_masked_word_model_says_what_it_expects_at_each_place_without_seeing_the_word():
    model = predictor(objective="masked_lm")
    found = model.predict("the cat sat")
    assert set(found.labels) <= set(model.encoding.vocabulary)
    other = model.predict("the mat sat")
    assert other.labels[1] == found.labels[1]  # the hidden word itself plays no part
    assert other.confidence[1] == pytest.approx(found.confidence[1])


def test_a_text_that_is_too_long_or_empty_is_refused():
    with pytest.raises(ValueError, match="at most 12 tokens"):
        predictor().predict("cat " * 13)
    with pytest.raises(ValueError, match="at least one word"):
        predictor().predict(" ")


def test_a_list_of_words_is_answered_word_by_word_as_it_is():
    found = predictor().predict(["can not", "sat."])
    assert found.words == ("can not", "sat.")
    assert predictor().predict("the cat") == predictor().predict(["the", "cat"])


def test_a_row_of_the_served_model_is_a_list_of_words_or_else_a_text():
    rows = [
        {"text": "the cat", "words": None},
        {"text": "the cat", "words": np.array(["a b"], dtype=object)},
        {"words": ["c"]},
    ]
    assert list(sentences_of(rows)) == ["the cat", ["a b"], ["c"]]
    with pytest.raises(ValueError, match="a list in the column `words`, found neither in row 1"):
        list(sentences_of([{"text": None}]))
