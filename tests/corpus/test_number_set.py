import random

import pytest

from pipeline.corpus import number_set
from pipeline.corpus.number_set import NumberSet

EXTREMES = [-(2**63), -1, 0, 1, 2**63 - 1]


@pytest.fixture(params=[1, 7, 10**6])
def recent(request, monkeypatch):
    monkeypatch.setattr(number_set, "RECENT", request.param)


def test_numbers_are_told_apart_as_a_set_of_pythons_does(recent):
    draw = random.Random(3)
    ours, theirs = NumberSet(), set()
    for number in [*EXTREMES, *(draw.randrange(-90, 90) for _ in range(400)), *EXTREMES]:
        assert ours.add(number) == (number not in theirs)
        theirs.add(number)
        assert len(ours) == len(theirs)
    assert [n in ours for n in range(-100, 100)] == [n in theirs for n in range(-100, 100)]


def test_numbers_that_come_together_count_once(recent):
    ours = NumberSet()
    for _ in range(3):
        ours.update([5, 5, -4, *EXTREMES])
    assert len(ours) == 2 + len(EXTREMES)
    assert not ours.add(-4)
