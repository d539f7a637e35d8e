"""What is said of a word that training did not know, held against how its tokenizer was made."""

from dataclasses import replace

import pytest
from traced_models import encoding_of, predictor, traced

from pipeline.study.unknown_words import unknown_words
from pipeline.tokens.features import NO_FEATURES, SubwordFeatures
from pipeline.tokens.tokenizer import LEARNED

COUNTS = {"the": 9, "cat": 5, "sat": 4}


def told(word="zebra", min_count=2, features=NO_FEATURES):
    encoding = replace(encoding_of(COUNTS, 12, features=features), min_count=min_count)
    return unknown_words(encoding, ["the", word])


@pytest.mark.parametrize(
    ("least", "seldom"),
    [(1, "was never seen in training"), (2, "was seen fewer than twice in training"),
     (5, "was seen fewer than 5 times in training"), (None, "is not in the vocabulary")],
)  # fmt: skip
def test_how_often_it_was_seen_is_the_tokenizer_s_own_least_count(least, seldom):
    found = told(min_count=least)
    assert found == {1: f"{seldom}, so the model reads it like every other unknown word"}


@pytest.mark.parametrize(
    ("prefixes", "suffixes", "has_shape", "known"),
    [((1, 2), (3,), True, "its first and last letters and its shape (capitals, digits)"),
     ((), (3,), False, "its last letters"), ((1,), (), False, "its first letters"),
     ((), (), True, "its shape (capitals, digits)")],
)  # fmt: skip
def test_what_is_known_of_it_is_what_the_tokenizer_reads(prefixes, suffixes, has_shape, known):
    features = SubwordFeatures(prefixes, suffixes, has_shape, 20)
    assert told(features=features)[1].endswith(f", so only {known} are known")


def test_a_known_word_is_never_said_to_be_unknown_whatever_its_case():
    assert told("CAT") == {}


def test_a_word_that_reads_like_a_sign_of_the_model_is_told_as_such():
    assert told("<mask>")[1].startswith("reads like one of the model's own signs")


def test_pieces_of_words_leave_no_word_unknown():
    encoding = encoding_of(COUNTS, 40, unit="bpe")
    assert encoding.min_count is None
    assert unknown_words(encoding, ["the", "zebra", "שלום", "🙂"]) == {}


def test_of_a_hidden_word_nothing_is_said_and_a_known_one_is_followed_by_itself():
    model = predictor("masked_lm")
    hidden = traced(model, "the zebra sat", word=2)
    assert int(hidden.input_ids[1]) == LEARNED.mask
    assert hidden.unknown == {}
    assert set(traced(model, "the zebra sat", word=1).unknown) == {1}
    for text in ("zebra cat", "cat zebra", "zebra zebra zebra the"):
        for kind in ({}, {"objective": "causal_lm"}, {"n_layers": 0}):
            trace = traced(predictor(**kind), text)
            assert trace.words[trace.asked.word] in ("cat", "the")
    assert traced(predictor(), "zebra yak").asked.word in (0, 1)
