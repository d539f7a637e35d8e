"""Fewer training examples: which, and that fewer are always among more."""

from pipeline.corpus.choice import fewer_in_train
from pipeline.corpus.example import Example, words_hash

EVERY = [Example(f"{i}", ("word", str(i))) for i in range(200)]
SORTED = [("test" if i % 20 == 0 else "train", one) for i, one in enumerate(EVERY)]
TRAIN = [one for split, one in SORTED if split == "train"]


def chosen(count):
    found = list(fewer_in_train(iter(SORTED), count))
    assert [one for split, one in found if split == "test"] == EVERY[::20]
    return [one for split, one in found if split == "train"]


def test_fewer_examples_are_among_more_and_keep_their_order():
    few, more = chosen(10), chosen(50)
    names = [one.sentence_id for one in more]
    assert names == sorted(names, key=int)
    assert {one.sentence_id for one in few} < {*names}
    lowest = sorted(TRAIN, key=lambda one: words_hash(one.form))
    assert sorted(names) == sorted(one.sentence_id for one in lowest[:50])
    assert len(few) == 10


def test_where_there_are_no_more_all_are_taken():
    assert chosen(1000) == TRAIN
