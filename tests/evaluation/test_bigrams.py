"""Counts of neighbours, worked by hand and by a slow loop."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import planted_store

from pipeline.evaluation.bigrams import Bigrams

VOCAB = 6
SENTENCES = st.lists(
    st.lists(st.integers(1, VOCAB - 1), min_size=1, max_size=6), min_size=1, max_size=6
)


def test_the_counts_of_three_sentences_are_those_worked_by_hand():
    found = Bigrams.of(planted_store([3, 4, 3, 4], [4, 5], [3]), VOCAB)
    assert found.tokens.tolist() == [0, 0, 0, 3, 3, 1]
    assert found.first.tolist() == [0, 0, 0, 2, 2, 0]  # a sentence's last is first of no pair
    pairs = {(3, 4): 2, (4, 3): 1, (4, 5): 1}  # not 4 4 and 5 3, which two sentences make
    assert {pair: n for pair, n in np.ndenumerate(found.pairs.toarray()) if n} == pairs
    # Of the four pairs: 3 4 (twice): (2 - 1) / (2 - 1) = 1 against (3 - 1) / 6: the bigram's.
    # 4 3: (1 - 1) / (2 - 1) = 0 against 2 / 6, the unigram's; 4 5: 0 against 0, nobody's gain.
    # And one vote more for the unigram.
    assert found.share == pytest.approx(2 / 5)
    assert found.unigram(np.array([3, 5, 0])) == pytest.approx([4 / 13, 2 / 13, 1 / 13])
    chances = found.interpolated(np.array([3, 4, 5]), np.array([4, 5, 3]))
    expected = [0.4 * 1 + 0.6 * 4 / 13, 0.4 * 0.5 + 0.6 * 2 / 13, 4 / 13]
    assert chances == pytest.approx(expected)


@given(SENTENCES)
def test_the_share_is_deleted_interpolation_s_pair_by_pair(sentences):
    tokens = Counter(token for one in sentences for token in one)
    pairs = Counter(pair for one in sentences for pair in pairwise(one))
    count = sum(tokens.values())
    votes = {"pair": 0, "token": 0}
    for (before, after), n in pairs.items():
        followed = sum(k for (first, _), k in pairs.items() if first == before)
        by_pair = (n - 1) / (followed - 1) if followed > 1 else 0
        by_token = (tokens[after] - 1) / (count - 1)
        votes["pair" if by_pair > by_token else "token"] += n
    found = Bigrams.of(planted_store(*sentences), VOCAB)
    assert found.share == pytest.approx(votes["pair"] / (sum(votes.values()) + 1))


@given(SENTENCES)
def test_the_probabilities_of_all_next_tokens_sum_to_1(sentences):
    found = Bigrams.of(planted_store(*sentences), VOCAB)
    every = np.arange(VOCAB)
    assert found.unigram(every).sum() == pytest.approx(1)
    for before in every:
        chances = found.interpolated(np.full(VOCAB, before), every)
        assert (chances > 0).all()
        assert chances.sum() == pytest.approx(1)
