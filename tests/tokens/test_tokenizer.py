import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.params.tokenize import KINDS
from pipeline.tokens.batches import batch_of_sentences, gather, tokens_of_sentences
from pipeline.tokens.encoding import (
    Encoding,
    encode_words,
    load_encoding,
    ragged_ranges,
    save_encoding,
)
from pipeline.tokens.features import NO_FEATURES, SubwordFeatures, shape
from pipeline.tokens.tokenizer import LEARNED, learn_tokenizer

COUNTS = {"The": 2, "the": 3, "cat": 4, "sat": 1, "mat": 4}
WORD = {
    "is_lowercase": True, "min_count": 2, "prefix_lengths": (1,), "suffix_lengths": (2,),
    "has_shape": True, "feature_buckets": 50,
}  # fmt: skip


def settings(unit="word", **changes):
    told = {"unit": unit, "max_length": 8, "overlong": "error", "bpe": {"vocab_size": 300}}
    return KINDS.read(told | {"word": WORD | changes})


def encoding(unit="word", features=NO_FEATURES):
    return Encoding(learn_tokenizer(COUNTS, settings(unit)), LEARNED, features, 8, 2)


def test_the_most_frequent_word_has_the_lowest_id_and_ties_go_by_name():
    # "The" and "the" are 5 together; "cat" and "mat" 4 each; "sat" is too rare.
    assert encoding().vocabulary == ("<pad>", "<unk>", "<mask>", "the", "cat", "mat")


def test_case_is_kept_when_asked():
    tokenizer = learn_tokenizer(COUNTS, settings(is_lowercase=False))
    assert set(tokenizer.get_vocab()) >= {"The", "the"}


def test_one_token_a_word_and_six_for_the_cat_sat_on_the_mat():
    encoded = encode_words(encoding(), ["The", "cat", "sat", "on", "the", "mat"], np.array([6]))
    assert encoded.input_ids.tolist() == [3, 4, LEARNED.unknown, LEARNED.unknown, 3, 5]
    assert encoded.length.tolist() == [1] * 6


def test_a_word_that_reads_like_a_sign_to_the_model_is_unknown():
    encoded = encode_words(encoding(), ["<pad>", "<mask>", "", "cat"], np.array([4]))
    assert encoded.input_ids.tolist() == [LEARNED.unknown, LEARNED.unknown, LEARNED.unknown, 4]
    pieces = encode_words(encoding("bpe"), ["<mask>", "<pad>"], np.array([2])).input_ids
    assert not set(pieces.tolist()) & {LEARNED.padding, LEARNED.mask}


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda w: "<" not in w), min_size=1))
def test_byte_pairs_spell_every_word_again(words):
    made = encoding("bpe")
    encoded = encode_words(made, words, np.array([len(words)]))
    ends = np.cumsum(encoded.length)
    for word, end, length in zip(words, ends, encoded.length, strict=True):
        pieces = encoded.input_ids[end - length : end]
        spelt = made.tokenizer.decode(pieces.tolist())
        assert spelt in (word, f" {word}")


@given(st.lists(st.sampled_from(["The", "cat", "cat", "xyz", "Ünï", "42"]), min_size=1))
def test_encoding_many_words_is_encoding_each(words):
    features = SubwordFeatures((1, 2), (3,), has_shape=True, buckets=97)
    for unit in ("word", "bpe"):
        made = encoding(unit, features)
        together = encode_words(made, words, np.array([len(words)]))
        starts = np.arange(len(words)) == 0
        alone = [
            encode_words(made, [word], np.array([int(is_first)]))
            for word, is_first in zip(words, starts, strict=True)
        ]
        expected = np.concatenate([one.input_ids for one in alone])
        assert together.input_ids.tolist() == expected.tolist()
        slots = np.concatenate([one.feature_ids for one in alone])
        assert together.feature_ids.tolist() == slots.tolist()


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_few_words_are_encoded_as_many_are(unit, monkeypatch):
    words, made = ["The", "cat", "xyz", "Ünï", "the cat", "<mask>"], encoding(unit)
    few = encode_words(made, words, np.array([len(words)]))
    monkeypatch.setattr("pipeline.tokens.encoding.FEW", 0)
    many = encode_words(made, words, np.array([len(words)]))
    assert few.input_ids.tolist() == many.input_ids.tolist()
    assert few.length.tolist() == many.length.tolist()


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_the_trained_bytes_are_the_same_in_another_process(unit, tmp_path):
    script = (
        "import sys; sys.path.insert(0, 'tests/tokens')\n"
        "from test_tokenizer import encoding\n"
        f"encoding({unit!r}).tokenizer.save(sys.argv[1])"
    )
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file in files:
        subprocess.run([sys.executable, "-c", script, str(file)], check=True)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_an_encoding_is_read_back_as_it_was_saved(tmp_path):
    saved = encoding(features=SubwordFeatures((1,), (2, 3), has_shape=False, buckets=11))
    save_encoding(saved, tmp_path)
    read = load_encoding(tmp_path)
    assert (read.features, read.special) == (saved.features, saved.special)
    assert (read.max_length, read.min_count) == (saved.max_length, 2)
    assert read.vocabulary == saved.vocabulary


def test_an_encoding_that_does_not_say_its_least_count_can_be_read(tmp_path):
    save_encoding(encoding(), tmp_path)
    rest = json.loads((tmp_path / "encoding.json").read_text())
    del rest["min_count"]  # as those of before it was written down
    (tmp_path / "encoding.json").write_text(json.dumps(rest))
    assert load_encoding(tmp_path).min_count is None


def test_a_damaged_tokenizer_is_named(tmp_path):
    save_encoding(encoding(), tmp_path)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ValueError, match=r"tokenizer.json cannot be used.*dvc checkout"):
        load_encoding(tmp_path)


def test_a_sentence_that_is_too_long_says_how_long_it_may_be():
    with pytest.raises(ValueError, match=r"at most 8 tokens.*found 9"):
        batch_of_sentences(encoding(), [["cat"], ["cat"] * 9, ["mat"]])


PARTS = SubwordFeatures(prefix_lengths=(1,), suffix_lengths=(2,), has_shape=True, buckets=50)


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_sentences_that_are_encoded_together_are_as_they_are_alone(unit):
    encoding_, sentences = encoding(unit, PARTS), [["The", "cat"], ["cat", "zebra", "é"], ["The"]]
    together = tokens_of_sentences(encoding_, sentences)
    for number, words in enumerate(sentences):
        alone = encode_words(encoding_, words, np.array([len(words)]))
        found = gather(together, np.array([number]))
        assert found.input_ids[0].tolist() == alone.input_ids.tolist()
        assert found.feature_ids[0].tolist() == alone.feature_ids.tolist()
        of_words = [found.input_ids[0, found.word_ids[0] == i].tolist() for i in range(len(words))]
        assert of_words == [encoding_.tokenizer.encode(it).ids or [1] for it in words]
        assert found.ends_word[0].sum() == len(words)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("McDonald's", "XxXxxxx'x"),
        ("20045", "dddd"),
        ("e-mail", "x-xxxx"),
        ("U.S.", "X.X."),
        ("", ""),
    ],
)
def test_shapes_by_hand(word, expected):
    assert shape(word) == expected


def test_words_share_features_exactly_where_they_share_parts():
    features = SubwordFeatures((1,), (3,), has_shape=True, buckets=10_000)
    running, jumping, ruined, capital = features.ids(
        ["running", "jumping", "ruined", "Running"], starts_sentence=False
    )
    assert (running == jumping).tolist() == [False, True, True]
    assert (running == ruined).tolist() == [True, False, True]
    assert (running == capital).tolist() == [True, True, False]


@given(st.lists(st.text(max_size=10), min_size=1, max_size=20))
def test_each_slot_has_rows_of_its_own_and_none_is_the_empty_row(words):
    features = SubwordFeatures((1, 2), (1,), has_shape=True, buckets=13)
    ids = features.ids(words, starts_sentence=False)
    assert ids.min() >= 1
    assert ids.max() < features.n_rows == 1 + 4 * 13
    assert ((ids - 1) // 13 == np.arange(4)).all()


def test_ragged_ranges_by_hand():
    found = ragged_ranges(np.array([2, 7, 0]), np.array([3, 1, 0]))
    assert found.tolist() == [2, 3, 4, 7]


def test_the_first_word_of_a_sentence_differs_from_the_same_word_further_on_in_its_shape_alone():
    features = SubwordFeatures((1, 2), (3,), has_shape=True, buckets=10_000)
    encoded = encode_words(encoding(features=features), ["Will", "Will", "Will"], np.array([2, 1]))
    first, second, third = encoded.feature_ids
    assert (first == second).tolist() == [True, True, True, False]
    assert third.tolist() == first.tolist()
