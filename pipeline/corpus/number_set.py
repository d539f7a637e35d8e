"""Numbers, one after the other -> which were there before, in some eight bytes for each."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

RECENT = 1 << 17
"""Numbers that wait in a set of Python's, which takes ten times the memory."""


class NumberSet:
    """A set of numbers in [-2^63, 2^63): most of it is one sorted array."""

    def __init__(self) -> None:
        self._recent: set[int] = set()
        self._settle(np.empty(0, np.int64))

    def add(self, number: int) -> bool:
        """Add a number; whether it is new."""
        if number in self:
            return False
        self._recent.add(number)
        if len(self._recent) >= RECENT:
            self._merge()
        return True

    def update(self, numbers: Iterable[int]) -> None:
        """Add several."""
        self._recent.update(numbers)
        if len(self._recent) >= RECENT:
            self._merge()

    def __contains__(self, number: int) -> bool:
        if number in self._recent:
            return True
        at = bisect_left(self._view, number)
        return at < len(self._view) and self._view[at] == number

    def __len__(self) -> int:
        self._merge()
        return len(self._settled)

    def _merge(self) -> None:
        if not self._recent:
            return
        recent = np.fromiter(self._recent, np.int64, len(self._recent))
        self._recent.clear()
        recent.sort()
        both = np.concatenate([self._settled, recent])
        both.sort(kind="stable")  # of two sorted runs this is a merge
        is_new = np.ones(len(both), bool)
        np.not_equal(both[1:], both[:-1], out=is_new[1:])
        self._settle(both[is_new])

    def _settle(self, numbers: np.ndarray) -> None:
        self._settled = numbers
        self._view = numbers.data
