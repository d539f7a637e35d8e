import pytest
from compared import GOLD, Told, group

from pipeline.comparison.examples import find_changes


@pytest.fixture
def two(tmp_path):
    return (
        group(tmp_path, "one", Told("one", 1, 0.2)),
        group(tmp_path, "other", Told("other", 2, 0.3)),
    )


def test_every_answer_that_one_alone_has_right_is_told(two):
    found = find_changes(*two, [2, 3], "tag")
    right = [subject.first.answers.is_correct for subject in two]
    assert found.whole.lost == (right[0] & ~right[1]).sum()
    assert found.whole.won == (right[1] & ~right[0]).sum()
    assert found.whole.answers == sum(map(len, GOLD))
    assert len(found.examples) == found.whole.lost + found.whole.won


def test_both_answers_stand_beside_the_right_one(two):
    for one in find_changes(*two, [2, 3], "tag").examples:
        right, wrong = (one.theirs, one.ours) if one.is_won else (one.ours, one.theirs)
        assert right == one.gold != wrong
        assert (one.gap < 0) == one.is_won  # a wrong answer costs 2 nats here, a right one 0.1


def test_the_largest_change_of_the_loss_comes_first(two):
    gaps = [abs(one.gap) for one in find_changes(*two, [2, 3], "tag").examples]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > gaps[-1]


def test_the_parts_of_each_kind_add_up_to_the_whole(two):
    found = find_changes(*two, [2, 3], "tag")
    assert set(found.by_axis) == {"tag", "sentence length, words", "genre"}
    for parts in found.by_axis.values():
        for what in ("answers", "lost", "won"):
            assert sum(getattr(part, what) for part in parts) == getattr(found.whole, what)
    assert [part.name for part in found.by_axis["sentence length, words"]] == ["1-2", "3", "4+"]
    assert [part.name for part in found.by_axis["genre"]] == ["mail", "news"]


def test_of_a_group_most_answers_count(tmp_path):
    """Of three runs, one is wrong everywhere: most are right everywhere."""
    three = [Told("a", 1, 0.0), Told("b", 2, 1.0), Told("c", 3, 0.0)]
    wrong = group(tmp_path, "wrong", Told("w", 4, 1.0))
    found = find_changes(group(tmp_path, "three", *three), wrong, [2, 3], "tag")
    assert found.whole.lost == found.whole.answers
