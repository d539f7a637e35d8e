import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier
from stored_sentences import SENTENCES, stored
from traced_models import predictor

from pipeline.study.neighbours import embedded_words
from pipeline.study.word_map import (
    MOST,
    agreement,
    map_words,
    read_token_tags,
    two_dimensions,
)

RANDOM = np.random.default_rng(4)


def test_two_dimensions_are_scikit_learns_up_to_sign():
    table = RANDOM.standard_normal((40, 6))
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    expected = PCA(2).fit_transform(unit)
    np.testing.assert_allclose(np.abs(two_dimensions(table)), np.abs(expected), atol=1e-9)


def test_how_often_neighbours_agree_is_scikit_learns_leaving_one_out():
    vectors, tags = RANDOM.standard_normal((30, 5)), tuple(RANDOM.choice(list("abc"), 30))
    rest = [[i for i in range(30) if i != left] for left in range(30)]
    right = []
    for left, others in enumerate(rest):
        nearest = KNeighborsClassifier(1, metric="cosine")
        nearest.fit(vectors[others], np.array(tags)[others])
        right.append(nearest.predict(vectors[[left]])[0] == tags[left])
    chance = [np.mean([tags[i] == tags[left] for i in others]) for left, others in enumerate(rest)]
    assert agreement(vectors, tags) == pytest.approx((np.mean(right), np.mean(chance)))


def test_planted_islands_agree_wholly_and_one_token_has_no_neighbour():
    islands = np.repeat(np.eye(3), 4, axis=0) + 0.01 * RANDOM.standard_normal((12, 3))
    near, chance = agreement(islands, tuple("aaaabbbbcccc"))
    assert (near, chance) == (1.0, pytest.approx(3 / 11))
    assert np.isnan(agreement(islands[:1], ("a",))).all()


def test_the_map_has_the_trained_vectors_of_the_most_frequent_tokens():
    model = predictor()
    network, encoding = model.network, model.encoding
    occurrences = np.zeros(encoding.vocab_size, dtype=np.int64)
    ids = [encoding.tokenizer.token_to_id(word) for word in ("mat", "the", "cat")]
    occurrences[ids] = 2, 9, 5
    tags = tuple(f"tag {i}" for i in range(encoding.vocab_size))
    found = map_words(network, encoding, occurrences, tags)
    assert found.tokens == ("the", "cat", "mat")
    order = [ids[1], ids[2], ids[0]]
    assert found.tags == tuple(tags[i] for i in order)
    words = embedded_words(network, encoding).detach().numpy()
    np.testing.assert_allclose(found.xy, two_dimensions(words[order]), atol=1e-6)
    assert map_words(network, encoding, occurrences, None).tags is None


def test_no_more_than_so_many_are_on_it():
    words = {f"w{i}": MOST + 50 - i for i in range(MOST + 50)}
    model = predictor(counts=words)
    occurrences = np.ones(model.encoding.vocab_size, dtype=np.int64)
    assert len(map_words(model.network, model.encoding, occurrences, None).tokens) == MOST


@pytest.mark.parametrize("unit", ["word", "bpe"])
def test_a_token_has_the_tag_that_its_words_have_most_often(tmp_path, unit):
    encoding, split = stored(tmp_path, unit, is_lowercase=True)
    vocab_size = encoding.vocab_size
    tags = read_token_tags(tmp_path / "train.parquet", "upos", split, vocab_size)
    counted: dict[int, list[str]] = {}
    for token, word, start in zip(
        split.input_ids, split.word_ids, np.repeat(split.offsets[:-1], split.lengths), strict=True
    ):
        counted.setdefault(int(token), []).append(SENTENCES[int(start > 0)][word])
    for token, seen in counted.items():  # a word's tag is the word itself
        assert tags[token] == max(sorted(set(seen)), key=seen.count)
    assert read_token_tags(tmp_path / "train.parquet", "no such", split, vocab_size) is None
