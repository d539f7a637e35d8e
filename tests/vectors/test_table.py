import math

import numpy as np
import pytest
from scipy.linalg import svdvals
from scipy.stats import entropy
from sklearn.metrics.pairwise import cosine_similarity

from pipeline.vectors import describe, table
from pipeline.vectors.describe import effective_rank, nearest_neighbours
from pipeline.vectors.table import co_occurrence, factorised_table, positive_pmi, random_table

# "a b c" and "a b", as ids 0, 1, 2.
IDS, OFFSETS = np.array([0, 1, 2, 0, 1]), np.array([0, 3, 5])


@pytest.mark.parametrize("at_a_time", [1, 4, 10**6])
def test_co_occurrence_of_three_words_by_hand(at_a_time, monkeypatch):
    monkeypatch.setattr(table, "TOKENS", at_a_time)
    near = co_occurrence(IDS, OFFSETS, 3, window=1).toarray()
    assert near.tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    wider = co_occurrence(IDS, OFFSETS, 3, window=2).toarray()
    assert wider.tolist() == [[0, 2, 1], [2, 0, 1], [1, 1, 0]]


def test_positive_pmi_of_three_words_by_hand():
    # Six pairs in all; P(a, b) = 2/6, P(a) = 2/6, P(b) = 3/6: log((1/3) / (1/6)) = log 2.
    found = positive_pmi(co_occurrence(IDS, OFFSETS, 3, window=1), 1.0).toarray()
    log_2 = math.log(2)
    np.testing.assert_allclose(found, [[0, log_2, 0], [log_2, 0, log_2], [0, log_2, 0]])


def test_smoothing_lowers_the_figure_of_rare_contexts():
    counts = co_occurrence(IDS, OFFSETS, 3, window=1)
    plain, smooth = (positive_pmi(counts, power).toarray() for power in (1.0, 0.75))
    assert smooth[1, 2] < plain[1, 2]  # c is the rarest context


def test_words_in_the_same_company_get_close_vectors():
    # cat and dog stand in the same sentences, never together; so do one and two.
    rng = np.random.default_rng(0)
    cat, dog, one, two = range(4)
    sentences = []
    for _ in range(400):
        pet = rng.random() < 0.5
        word = rng.choice([cat, dog] if pet else [one, two])
        company = rng.integers(4, 12, 2) if pet else rng.integers(12, 20, 2)
        sentences.append([company[0], word, company[1]])
    ids, offsets = np.concatenate(sentences), np.arange(0, 1201, 3)
    vectors = factorised_table(positive_pmi(co_occurrence(ids, offsets, 20, 2), 0.75), 8, seed=1)
    cosine = cosine_similarity(vectors)
    assert cosine[cat, dog] > 0.8 > 0.3 > cosine[cat, one]
    assert cosine[one, two] > 0.8


def test_a_vocabulary_no_larger_than_the_model_is_refused():
    counts = co_occurrence(IDS, OFFSETS, 3, window=1)
    with pytest.raises(ValueError, match=r"more tokens than encoder\.d_model.*3 and 3"):
        factorised_table(positive_pmi(counts, 1.0), 3, seed=0)


def test_rows_have_length_about_one_by_either_method():
    random = random_table(500, 64, seed=0)
    assert np.linalg.norm(random, axis=1).mean() == pytest.approx(1, abs=0.02)
    ids = np.random.default_rng(0).integers(0, 50, 2000)
    matrix = positive_pmi(co_occurrence(ids, np.arange(0, 2001, 10), 50, 2), 0.75)
    vectors = factorised_table(matrix, 16, seed=0)
    assert np.sqrt((vectors**2).sum(axis=1).mean()) == pytest.approx(1)


def test_the_same_seed_gives_the_same_bytes():
    assert random_table(9, 4, 5).tobytes() == random_table(9, 4, 5).tobytes()
    assert random_table(9, 4, 5).tobytes() != random_table(9, 4, 6).tobytes()


@pytest.mark.parametrize("at_once", [1, 40, 10**6])
def test_neighbours_are_scikit_learns_however_many_are_looked_for_at_a_time(at_once, monkeypatch):
    monkeypatch.setattr(describe, "COSINES", at_once)
    table = np.random.default_rng(3).standard_normal((40, 6)).astype(np.float32)
    nearest, cosine = nearest_neighbours(table, np.array([4, 7]), 3)
    expected = cosine_similarity(table)
    np.fill_diagonal(expected, -1)
    for row, found, near in zip((4, 7), nearest, cosine, strict=True):
        assert found.tolist() == np.argsort(-expected[row])[:3].tolist()
        np.testing.assert_allclose(near, np.sort(expected[row])[::-1][:3], rtol=1e-5)


def test_effective_rank_of_known_tables():
    assert effective_rank(np.eye(5)) == pytest.approx(5)
    assert effective_rank(np.ones((5, 3))) == pytest.approx(1)


def test_effective_rank_is_that_of_scipys_singular_values(monkeypatch):
    monkeypatch.setattr(describe, "ROWS", 7)
    table = np.random.default_rng(3).standard_normal((40, 6)) * [9, 5, 3, 1, 0.1, 0]
    share = svdvals(table) / svdvals(table).sum()
    assert effective_rank(table) == pytest.approx(np.exp(entropy(share)))
