from dataclasses import replace
from functools import partial
from itertools import combinations

import numpy as np
import planted
import pytest
import scipy.stats
import torch

from pipeline.model.batch import Batch
from pipeline.study.relations.arcs import DIRECTIONS, Trees, best_offset, pairs_of, words_of
from pipeline.study.relations.nearest_tag import Tags, nearest_tag
from pipeline.study.relations.scores import (
    Syntax,
    holm,
    mcnemar,
    tokens_of_words,
    top_other,
    word_weights,
)
from pipeline.tokens.store import TokenStore

UP, DOWN = DIRECTIONS


def trees_of(*sentences):
    """Each sentence a list of (head from 1, relation)."""
    names = tuple(sorted({relation for sentence in sentences for _, relation in sentence}))
    words = [word for sentence in sentences for word in sentence]
    return Trees(
        offsets=np.cumsum([0, *map(len, sentences)]),
        head=np.array([head for head, _ in words]),
        relation=np.array([names.index(relation) for _, relation in words]),
        names=names,
    )


def scores(trees, tokens, cut=None, network=None, layer=0, tags=None):
    """By (head, relation, direction), of a planted layer; `cut` sentences a batch."""
    lengths = np.array(
        [int(tokens.word_ids[i][row].max()) + 1 for i, row in enumerate(tokens.is_token)]
    )
    pairs = pairs_of(trees, lengths, is_causal=False)
    known = Tags(np.array(tags), ("X", "Y", "Z")) if tags is not None else None
    syntax = Syntax(pairs, nearest_tag(pairs, trees.offsets, known) if known else None)
    network = network or planted.planted_network()
    cut = cut or len(lengths)
    for first in range(0, len(lengths), cut):
        rows = slice(first, first + cut)
        width = int(tokens.is_token[rows].sum(axis=1).max())
        part = replace(
            tokens,
            sentence=tokens.sentence[rows],
            **{
                name: getattr(tokens, name)[rows, :width]
                for name in (
                    "input_ids", "feature_ids", "word_ids", "ends_word", "is_token", "token_number"
                )
            },
        )  # fmt: skip
        act = partial(syntax.add, tokens=part)
        with torch.inference_mode():
            network(Batch.of_tokens(part), act=act)
    return {
        (one.head, one.relation, one.direction): one
        for one in syntax.result()
        if one.layer == layer
    }


CHAINS = [[3, 4, 5, 1, 2, 4], [5, 4, 1, 3], [4, 5], [1, 2, 3, 4, 5, 4, 3, 2], [2, 4, 3, 5, 1, 4, 2]]
LONG = [sentence for sentence in CHAINS if len(sentence) > 2]


@pytest.fixture(scope="module")
def chain():
    """Every word's head is the word before it."""
    trees = [[(place, "next" if place else "root") for place in range(len(s))] for s in CHAINS]
    return trees_of(*trees), planted.planted_tokens(*CHAINS)


def test_the_previous_word_head_is_always_right_where_heads_are_the_previous_word(chain):
    found = scores(*chain)
    up = found[planted.PREVIOUS, "next", UP]
    pairs = sum(len(sentence) - 1 for sentence in LONG)
    assert (up.accuracy, up.pairs, up.baseline, up.offset, up.p) == (1, pairs, 1, -1, 1)
    # Looking down, each word's dependent is the next word, which DEAD looks at.
    down = found[planted.DEAD, "next", DOWN]
    assert (down.accuracy, down.baseline, down.offset) == (1, 1, 1)
    assert {relation for _, relation, _ in found} == {"next"}  # never the root


def test_ties_share_the_answer_among_the_other_words_and_lose_the_test(chain):
    found = scores(*chain)
    # UNIFORM: all n - 1 other words tie for each of the n - 1 pairs of a sentence.
    uniform = found[planted.UNIFORM, "next", UP]
    assert uniform.accuracy * uniform.pairs == pytest.approx(len(LONG))
    # PREVIOUS, looking down: the first word looks at itself alone, so its others tie; the rest
    # look back.
    previous = found[planted.PREVIOUS, "next", DOWN]
    expected = sum(1 / (len(sentence) - 1) for sentence in LONG)
    assert previous.accuracy * previous.pairs == pytest.approx(expected)


def test_what_both_miss_says_nothing_and_only_losses_make_no_lead():
    # 26 words depend on the word two before, 25 on the one before, 10 on the one after: in three
    # words, FIRST finds the first two kinds, the best distance the first alone.
    back, on = [(0, "root"), (1, "dep"), (0, "_")], [(0, "_"), (3, "dep"), (0, "root")]
    far = [(0, "root"), (0, "_"), (1, "dep")]
    trees = trees_of(*[far] * 26, *[back] * 25, *[on] * 10)
    found = scores(trees, planted.planted_tokens(*[[3, 4, 5]] * 61))
    assert found[planted.FIRST, "dep", UP].accuracy == 51 / 61
    assert found[planted.FIRST, "dep", UP].p == pytest.approx(0.5**25 * 12)
    assert found[planted.PREVIOUS, "dep", UP].accuracy == 25 / 61
    assert found[planted.PREVIOUS, "dep", UP].p == 1  # 25 gained, 26 lost


def test_a_clear_lead_with_some_losses_is_less_sure_than_one_without():
    # EQUAL finds 24 words that stand alike and apart, and misses 6 at the best distance, -1.
    alike, other = [3, 4, 5, 3, 2], [3, 4, 5, 2, 1]
    apart = [(0, "root"), (0, "_"), (0, "_"), (1, "dep"), (0, "_")]
    beside = [(0, "root"), (1, "dep"), (0, "_"), (0, "_"), (0, "_")]
    twice = [4, 3, 3, 5, 2]
    near = [(0, "_"), (0, "root"), (2, "dep"), (0, "_"), (0, "_")]
    far = [5, 3, 4, 2, 3], [(0, "_"), (0, "root"), (0, "_"), (0, "_"), (2, "dep")]
    sentences = [alike] * 12 + [far[0]] * 4 + [other] * 6 + [twice] * 11
    trees = trees_of(*[apart] * 12, *[far[1]] * 4, *[beside] * 6, *[near] * 11)
    equal = scores(trees, planted.planted_tokens(*sentences))[planted.EQUAL, "dep", UP]
    assert equal.offset == -1  # 17 of 33
    assert equal.accuracy * 33 == pytest.approx(12 + 4 + 11 + 6 / 4)  # alone, others tie
    p = scipy.stats.binomtest(16, 16 + 6, 0.5, alternative="greater").pvalue
    # The two smallest of 12 are its own, looking up and looking down, and tie.
    assert equal.p == pytest.approx(p * 12)


def test_in_a_sentence_of_two_words_whoever_is_asked_is_right_so_nobody_is():
    sentences = [[3, 4]] * 60
    trees = trees_of(*[[(0, "root"), (1, "dep")]] * 40, *[[(2, "dep"), (0, "root")]] * 20)
    assert scores(trees, planted.planted_tokens(*sentences)) == {}


def test_each_layer_has_the_scores_of_its_own_heads(chain):
    network = planted.planted_network(2)
    planted.swap_heads(network, 1, planted.PREVIOUS, planted.FIRST)
    first = scores(*chain, network=network)
    second = scores(*chain, network=network, layer=1)
    assert first[planted.PREVIOUS, "next", UP].accuracy == 1
    assert second[planted.FIRST, "next", UP].accuracy == 1
    assert second[planted.PREVIOUS, "next", UP] == replace(
        first[planted.FIRST, "next", UP], layer=1, head=planted.PREVIOUS
    )


def test_a_head_that_finds_what_no_distance_does_is_significant():
    # One token stands twice, at every two of six places; the second depends on the first.
    sentences, trees = [], []
    for first, second in combinations(range(6), 2):
        for _ in range(2):
            others = iter([1, 2, 4, 5])
            sentences.append([3 if p in (first, second) else next(others) for p in range(6)])
            trees.append([(first + 1, "same") if p == second else (0, "root") for p in range(6)])
    found = scores(trees_of(*trees), planted.planted_tokens(*sentences))
    equal = found[planted.EQUAL, "same", UP]
    assert (equal.accuracy, equal.pairs, equal.offset) == (1, 30, -1)
    assert equal.baseline == pytest.approx(10 / 30)
    # 20 pairs that it alone gets right; 6 heads in 2 directions are 12 tests. The smallest
    # two p tie, since EQUAL is as right looking down.
    assert equal.p == pytest.approx(0.5**20 * 12)
    assert found[planted.EQUAL, "same", DOWN].p == pytest.approx(0.5**20 * 12)
    assert found[planted.PREVIOUS, "same", UP].p == 1
    assert found[planted.UNIFORM, "same", UP].p == 1


def test_how_batches_are_cut_changes_nothing(chain):
    together = scores(*chain)
    for cut in (1, 2, 3):
        assert scores(*chain, cut=cut) == pytest.approx(together)


def test_weights_to_a_split_word_are_summed_and_those_from_it_averaged():
    # Two words: the first of two tokens, the second of one; then a padding token.
    weights = torch.tensor(
        [[0.1, 0.2, 0.7, 0], [0.3, 0.4, 0.3, 0], [0.5, 0.1, 0.4, 0], [0.2, 0.3, 0.5, 0]]
    )
    word_ids, is_token = np.array([[0, 0, 1, 0]]), np.array([[True, True, True, False]])
    belongs = tokens_of_words(word_ids, is_token)
    found = word_weights(weights[None, None], belongs)[0, 0]
    expected = torch.tensor([[(0.3 + 0.7) / 2, (0.7 + 0.3) / 2], [0.6, 0.4]])
    torch.testing.assert_close(found, expected)


def test_a_head_is_asked_about_words_where_words_have_several_tokens():
    # FIRST looks at the first token: the first word, whichever of its tokens. Of words of two
    # tokens each, PREVIOUS half looks at the word before; with the word itself left out, at it.
    sentence = [1, 2, 3, 4, 5, 3, 4, 2]
    tokens = planted.planted_tokens(*[sentence] * 7)
    tokens = replace(tokens, word_ids=np.tile(np.arange(8) // 2, (7, 1)))
    trees = trees_of(*[[(0, "root"), (1, "next"), (2, "next"), (3, "next")]] * 7)
    found = scores(trees, tokens)
    assert found[planted.PREVIOUS, "next", UP].accuracy == 1
    assert found[planted.FIRST, "next", UP].accuracy == pytest.approx(1 / 3)
    assert found[planted.FIRST, "next", UP].pairs == 21


def test_a_words_attention_to_itself_and_to_padding_is_left_out():
    weights = torch.tensor([[0.9, 0.0, 0.1, 0.0], [0.0, 1.0, 0.0, 0.0]])
    weights = torch.cat([weights, torch.full((2, 4), 0.25)])[None, None]
    top = top_other(weights, torch.tensor([[True, True, True, False]]), is_causal=False)[0, 0]
    assert top[0].tolist() == [0, 0, 1, 0]
    assert top[1].tolist() == [0.5, 0, 0.5, 0]  # all of the others alike
    assert top[2].tolist() == [0.5, 0.5, 0, 0]


def test_rare_relations_the_root_punctuation_and_words_cut_off_are_not_asked_about():
    sentence = [(0, "root"), (1, "det"), (1, "punct"), (6, "case"), (1, "rare"), (1, "case")]
    trees = trees_of(*[sentence] * 20, [(0, "root"), (1, "rare"), (0, "_")])
    words = np.array([6] * 19 + [5, 3])
    pairs = pairs_of(trees, words, is_causal=False)
    assert [one.relation for one in pairs.questions] == ["case"] * 2 + ["det"] * 2 + ["rare"] * 2
    # In the sentence cut to 5 words, neither the sixth word nor the fourth, below it, is asked.
    assert [one.pairs for one in pairs.questions] == [38, 38, 20, 20, 21, 21]
    fewer = pairs_of(trees, np.array([6] * 18 + [1, 5, 3]), is_causal=False)
    assert [one.relation for one in fewer.questions] == ["case"] * 2 + ["rare"] * 2


def test_without_trees_nothing_is_asked():
    sentences = [[3, 4, 5, 1]] * 30
    trees = trees_of(*[[(0, "_")] * 4] * 30)
    assert scores(trees, planted.planted_tokens(*sentences)) == {}


def test_pairs_of_a_batch_stand_in_the_rows_of_their_sentences():
    third = (0, "_")
    trees = trees_of(
        [(0, "root"), (1, "a"), third], [(0, "root")], *[[(2, "a"), (0, "root"), third]] * 20
    )
    pairs = pairs_of(trees, np.diff(trees.offsets), is_causal=False)
    row, asked = pairs.of_sentences(np.array([2, 1, 0]))
    assert row.tolist() == [0, 0, 2, 2]
    assert pairs.looker[asked].tolist() == [0, 1, 1, 0]
    assert pairs.target[asked].tolist() == [1, 0, 0, 1]
    assert pairs.is_at_offset[asked].tolist() == [True, True, False, False]


def test_the_best_distance_is_the_most_frequent_the_nearest_and_backward():
    assert best_offset(np.array([3, 3, -1, 2])) == 3
    assert best_offset(np.array([3, 3, -2, -2, 2, 2])) == -2
    assert best_offset(np.array([-5, -5, 2, 2])) == 2


def test_a_sentence_has_the_words_that_its_tokens_tell():
    store = TokenStore(
        offsets=np.array([0, 3, 4]),
        input_ids=np.array([3, 4, 5, 3], np.int32),
        feature_ids=np.zeros((4, 0), np.int32),
        word_ids=np.array([0, 1, 1, 0], np.int32),
        ends_word=np.ones(4, dtype=bool),
    )
    assert words_of(store).tolist() == [2, 1]


def test_mcnemar_is_the_binomial_test_and_a_value_by_hand():
    # 5 or more heads of 6 coins: (6 + 1) / 64.
    assert mcnemar(np.array([5]), np.array([1]))[0] == pytest.approx(7 / 64)
    better, worse = np.array([[0, 9, 30], [4, 12, 0]]), np.array([[0, 3, 10], [4, 20, 7]])
    found = mcnemar(better, worse)
    for place in np.ndindex(2, 3):
        lots = int(better[place] + worse[place])
        if lots:
            test = scipy.stats.binomtest(int(better[place]), lots, 0.5, alternative="greater")
            assert found[place] == pytest.approx(test.pvalue)
        else:
            assert found[place] == 1


def test_holm_is_as_worked_out_by_hand():
    # In order .005 .01 .03 .04, times 4 3 2 1: .02 .03 .06 .04, which may not fall: .06.
    p = np.array([[0.01, 0.04], [0.03, 0.005]])
    np.testing.assert_allclose(holm(p), [[0.03, 0.06], [0.06, 0.02]])
    np.testing.assert_allclose(holm(np.array([0.9, 0.6])), [1, 1])


def test_a_head_that_does_as_the_nearest_tag_does_beats_the_distance_and_does_not_follow():
    # One token stands twice, at every two of six places, and alone has the tag Z: EQUAL finds what
    # no distance does, and the tags find the same.
    sentences, trees, tags = [], [], []
    for first, second in combinations(range(6), 2):
        for _ in range(2):
            others = iter([1, 2, 4, 5])
            sentences.append([3 if p in (first, second) else next(others) for p in range(6)])
            trees.append([(first + 1, "same") if p == second else (0, "root") for p in range(6)])
            tags += [2 * (p in (first, second)) for p in range(6)]
    batch = planted.planted_tokens(*sentences)
    found = scores(trees_of(*trees), batch, tags=tags)
    equal = found[planted.EQUAL, "same", UP]
    assert equal.p < 1e-4
    assert (equal.by_tag.tag, equal.by_tag.accuracy, equal.by_tag.share) == ("Z", 1, 1)
    assert (equal.accuracy, equal.by_tag.p, equal.follows) == (1, 1, False)
    # Where every word has that tag, the nearest one is the word before, as the distance has it.
    alike = scores(trees_of(*trees), batch, tags=[2] * len(tags))[planted.EQUAL, "same", UP]
    assert alike.by_tag.accuracy == alike.baseline == pytest.approx(1 / 3)
    assert alike.by_tag.p == alike.p == pytest.approx(0.5**20 * 12)
    assert alike.follows is True
    without = scores(trees_of(*trees), batch)[planted.EQUAL, "same", UP]
    assert (without.by_tag, without.follows) == (None, None)
    assert replace(equal, by_tag=None) == without


def test_the_nearest_tag_is_as_worked_out_by_hand():
    # X=0, Y=1, Z=2. Words: X Y Z Y | Z X Y X Y; the heads: 1->2, 3->4, and 1->3, 4->5, 5->3.
    trees = trees_of(
        *[
            [(2, "a"), (0, "root"), (4, "a"), (0, "_")],
            [(3, "a"), (0, "_"), (0, "root"), (5, "a"), (3, "a")],
        ] * 10
    )  # fmt: skip
    tags = Tags(np.array([0, 1, 2, 1, 2, 0, 1, 0, 1] * 10), ("X", "Y", "Z"))
    pairs = pairs_of(trees, np.diff(trees.offsets), is_causal=False)
    found = nearest_tag(pairs, trees.offsets, tags)
    # Up, the targets are Y in all of the 5 pairs, after the word in 4: the nearest Y after it is
    # right for 1, 3 and 1, 4; after the last word there is none in its sentence.
    assert (found.tag[0], found.share[0], found.accuracy[0]) == ("Y", 1, 4 / 5)
    # Down, the targets are X Z Z X Y: X, the first of the most frequent, before the word in 4 of
    # 5. Right for word 2 (X at 1) and the second sentence's word 5 (X at 4), not for Z.
    assert (found.tag[1], found.share[1], found.accuracy[1]) == ("X", 2 / 5, 2 / 5)
    none = Tags(np.full(90, -1), ("X", "Y", "Z"))
    assert nearest_tag(pairs, trees.offsets, none).tag == (None, None)


def test_tags_stand_at_their_words():
    offsets = np.array([0, 2, 3, 6])
    tags = Tags.of(offsets, np.array([2, 0, 2]), np.array([2, 1, 0]), np.array([7, 8, 9]), ("X",))
    assert tags.of_word.tolist() == [-1, 8, -1, 9, -1, 7]
