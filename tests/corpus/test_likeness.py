import random

import numpy as np
import pyarrow as pa
import pytest

from pipeline.corpus.likeness import (
    BANDS,
    LIKE,
    MANY,
    candidates,
    likenesses,
    pairs_of,
    plain_words,
)

WORDS = [f"w{i}" for i in range(3000)]


def likeness(one, other):
    return float(likenesses([one, other], np.array([[0, 1]]))[0])


def sets_of(*texts):
    pairs = pairs_of(pa.array([text.split() for text in texts]))
    return [pairs.set_of(i) for i in range(len(texts))]


def by_hand(one, other):
    """The share of pairs of neighbouring words in common, with Python's own sets."""
    first, second = (
        {*zip(["<", *t.split()], [*t.split(), ">"], strict=True)} for t in (one, other)
    )
    return len(first & second) / len(first | second)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("the cat sat", "the cat sat", 1),
        ("the cat sat", "The CAT , sat !", 1),
        ("a b c d e f g", "a b c X e f g", 0.6),
        ("a b c d e f g", "a b c d e f g h", 7 / 10),
        ("a b", "b a", 0),
        ("a b a b", "a b", 3 / 4),
        ("Ｆｕｌｌ １", "full 1", 1),  # noqa: RUF001
        ("👍 !", "👍 !", 1),
        ("👍 !", "👎 !", 0.2),
    ],
)
def test_likeness_is_the_share_of_neighbouring_words_in_common(one, other, like):
    assert likeness(*sets_of(one, other)) == pytest.approx(like)


def test_likeness_of_many_random_texts_is_what_pythons_sets_say(monkeypatch):
    chance = random.Random(0)
    texts = [" ".join(chance.choices("abcdef", k=chance.randint(1, 8))) for _ in range(60)]
    sets = sets_of(*texts)
    every = np.array([(i, j) for i in range(60) for j in range(60)])
    monkeypatch.setattr("pipeline.corpus.likeness.AT_ONCE", 100)
    found = likenesses(sets, every).reshape(60, 60)
    wanted = [[by_hand(one, other) for other in texts] for one in texts]
    assert found == pytest.approx(np.array(wanted))


def test_signs_count_only_where_there_is_nothing_else():
    assert plain_words(["Don", "'", "t", "!"]) == ["don", "t"]
    assert plain_words(["!", "👍"]) == ["!", "👍"]
    assert plain_words(["नमस्ते"]) == ["नमस्ते"]


def test_one_word_of_seven_that_differs_leaves_two_texts_nearly_equal_and_one_of_six_does_not():
    for length, wanted in ((7, True), (6, False)):
        text = " ".join(WORDS[:length])
        for place in range(1, length - 1):
            changed = text.replace(WORDS[place], "other")
            assert (likeness(*sets_of(text, changed)) >= LIKE) is wanted


def changed(chance, words):
    """The words with one or two of them replaced, left out or added."""
    words = list(words)
    for _ in range(chance.randint(1, 2)):
        place = chance.randrange(len(words))
        words[place : place + chance.randint(0, 1)] = chance.choices(WORDS, k=chance.randint(0, 1))
    return words


def test_nearly_every_pair_that_a_search_of_all_finds_is_among_the_candidates():
    """Of 1,000 planted texts, and few that are unlike each other are."""
    chance = random.Random(1)
    texts = [chance.choices(WORDS, k=chance.randint(8, 30)) for _ in range(1000)]
    near = [changed(chance, text) for text in texts]
    pairs = pairs_of(pa.array(texts + near))
    masks = np.repeat([1, 2], 1000).astype(np.uint8)
    found = {*np.concatenate([candidates(keys, masks) for keys in pairs.band_keys()]).tolist()}
    sets = [pairs.set_of(i) for i in range(2000)]
    alike = {i * 2000 + 1000 + i for i in range(1000) if likeness(sets[i], sets[1000 + i]) >= LIKE}
    assert len(alike) > 700
    assert len(alike - found) <= 1  # 1 of 2,500 is what the bands promise at the limit
    assert len(found) < 1100
    assert BANDS == 32


def test_candidates_are_of_different_splits_and_named_once():
    keys = np.array([5, 9, 5, 5, 7, 9], np.uint64)
    masks = np.array([1, 1, 1, 2, 4, 1], np.uint8)
    assert candidates(keys, masks).tolist() == [0 * 6 + 3, 2 * 6 + 3]
    both = np.array([1, 1, 3, 1, 4, 1], np.uint8)  # what lies in two splits itself
    assert candidates(keys, both).tolist() == [2, 2 * 6 + 3]


def test_many_with_one_key_are_held_against_the_first_of_each_split_alone():
    keys = np.zeros(MANY + 1, np.uint64)
    masks = np.ones(MANY + 1, np.uint8)
    masks[[MANY - 1, MANY]] = 2
    found = [divmod(pair, MANY + 1) for pair in candidates(keys, masks).tolist()]
    assert {other for one, other in found} == {MANY - 1, MANY}
    assert len(found) == 2 * (MANY - 1)  # every one of train against both of validation
    few = candidates(keys[: MANY // 2], masks[MANY // 2 + 1 :])
    assert len(few) == 2 * (MANY // 2 - 2)
