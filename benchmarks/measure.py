"""Contenders run in turn, a fresh process each; every round gives one ratio of ours to theirs.

In a round each distinct contender of a group is measured once. The order turns from round to
round (A B, B A, A B ...): where the machine gets slower or faster meanwhile, that hurts each side
as often as it helps it, and a ratio within a round compares neighbours in time. The figure is the
median of the rounds' ratios; its spread runs from the lowest to the highest.
"""

import itertools
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from benchmarks.contender import Contender, Sample, run

Per = Literal["tokens a second", "seconds", "peak memory"]
"""Of what the ratio is; of the first one more is better, of the others less."""
Verdict = Literal["yes", "no", "does not count", "no goal"]
Announce = Callable[[str], None]
"""Told what runs next."""


@dataclass(frozen=True)
class Goal:
    """Which ratios are good enough, the bound itself included."""

    bound: float
    more_is_better: bool

    def met(self, ratio: float) -> bool:
        """Whether the ratio is at the bound or on its good side."""
        return ratio >= self.bound if self.more_is_better else ratio <= self.bound

    def __str__(self) -> str:
        bound = "1.0" if self.bound == 1 else f"{self.bound:g}"
        return f"{bound} times or {'more' if self.more_is_better else 'less'}"


@dataclass(frozen=True)
class Comparison:
    """One contender against another on the same work."""

    name: str
    goal: Goal | None
    ours: Contender
    theirs: Contender
    per: Per
    must_learn_as_well: bool
    """It counts only if ours, after the same tokens, has a validation loss no worse than theirs."""
    note: str


@dataclass(frozen=True)
class Side:
    """What a contender gave, one sample a round."""

    name: str
    samples: tuple[Sample, ...]

    def each(self, figure: str) -> list[float]:
        """A figure of every round.

        Raises:
            ValueError: a sample is without it.
        """
        for sample in self.samples:
            if figure not in sample:
                raise ValueError(
                    f"{self.name} gave no {figure}, only {', '.join(sample)}: "
                    f"write it to the outcome, or compare by something else"
                )
        return [float(sample[figure]) for sample in self.samples]

    def quantities(self, per: Per) -> list[float]:
        """What is compared, of every round."""
        if per == "tokens a second":
            pairs = zip(self.each("tokens"), self.each("seconds"), strict=True)
            return [tokens / seconds for tokens, seconds in pairs]
        return self.each("seconds" if per == "seconds" else "peak_bytes")


@dataclass(frozen=True)
class Measured:
    """A comparison after its rounds."""

    name: str
    goal: Goal | None
    per: Per
    must_learn_as_well: bool
    ours: Side
    theirs: Side
    note: str

    @property
    def ratios(self) -> tuple[float, ...]:
        """Ours to theirs, one for each round."""
        pairs = zip(self.ours.quantities(self.per), self.theirs.quantities(self.per), strict=True)
        return tuple(ours / theirs for ours, theirs in pairs)

    @property
    def median(self) -> float:
        """The figure of this comparison."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio of a round."""
        return min(self.ratios), max(self.ratios)

    @property
    def more_is_better(self) -> bool:
        """Whether ours is better the higher the ratio."""
        return self.goal.more_is_better if self.goal else self.per == "tokens a second"

    @property
    def objection(self) -> str:
        """Why the comparison does not count; nothing where it does."""
        if not self.must_learn_as_well:
            return ""
        ours, theirs = (statistics.median(it.each("tokens")) for it in (self.ours, self.theirs))
        if ours != theirs:
            return f"trained on {ours:,.0f} tokens, {self.theirs.name} on {theirs:,.0f}"
        ours, theirs = (
            statistics.median(it.each("validation_loss")) for it in (self.ours, self.theirs)
        )
        if ours <= theirs:
            return ""
        return f"validation loss {ours:.5g}, worse than {theirs:.5g} of {self.theirs.name}"

    @property
    def counts(self) -> bool:
        """Whether ours learned as well, where that is asked."""
        return not self.objection

    @property
    def verdict(self) -> Verdict:
        """What became of the goal."""
        if not self.counts:
            return "does not count"
        if self.goal is None:
            return "no goal"
        return "yes" if self.goal.met(self.median) else "no"

    @property
    def met(self) -> bool:
        """Whether it counts and its goal is reached."""
        return self.verdict == "yes"


@dataclass(frozen=True)
class MeasuredGroup:
    """Comparisons on the same work, measured in the same rounds."""

    title: str
    comparisons: tuple[Measured, ...]

    @property
    def sides(self) -> tuple[Side, ...]:
        """Every contender once, in the order of the comparisons."""
        sides = itertools.chain(*((it.ours, it.theirs) for it in self.comparisons))
        return tuple({side.name: side for side in sides}.values())


def measure(comparison: Comparison, rounds: int, announce: Announce) -> Measured:
    """Measure one comparison by itself."""
    return measure_group(comparison.name, [comparison], rounds, announce).comparisons[0]


def measure_group(
    title: str, comparisons: Sequence[Comparison], rounds: int, announce: Announce
) -> MeasuredGroup:
    """Run every distinct contender once a round; an even number of rounds balances the order.

    Raises:
        ValueError: a contender failed or left out a figure that a comparison needs.
    """
    contenders = distinct(comparisons)
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in order(list(contenders), turn):
            announce(f"{title}, round {turn + 1} of {rounds}: {name}")
            samples[name].append(run(contenders[name]))
        if turn == 0:  # what is missing should be known now, not after the last round
            _judge(comparisons, samples)
    return MeasuredGroup(title, _judge(comparisons, samples))


def distinct(comparisons: Sequence[Comparison]) -> dict[str, Contender]:
    """The contenders by name, each one once."""
    found: dict[str, Contender] = {}
    for contender in itertools.chain(*((it.ours, it.theirs) for it in comparisons)):
        if found.setdefault(contender.name, contender) != contender:
            raise ValueError(f"two contenders are named {contender.name}: give each its own name")
    return found


def order(names: Sequence[str], turn: int) -> list[str]:
    """Who runs when: two rounds mirror each other, the next two start one further on.

    So over two rounds each of a pair comes first once, and none is always in the middle.
    """
    start = turn // 2 % len(names)
    turned = [*names[start:], *names[:start]]
    return turned[::-1] if turn % 2 else turned


@contextmanager
def announcing(runs: int) -> Iterator[Announce]:
    """One line in a terminal that says what runs and what is left; plain lines in a pipe."""
    done = itertools.count()
    if not sys.stderr.isatty():
        yield lambda text: print(f"{next(done) + 1} of {runs}: {text}", file=sys.stderr, flush=True)
        return
    # Drawn only when something is announced: a clock that ticks would be measured too.
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        line = bar.add_task("", total=runs)
        yield lambda text: bar.update(
            line, completed=next(done), description=escape(text), refresh=True
        )


def _judge(
    comparisons: Sequence[Comparison], samples: Mapping[str, Sequence[Sample]]
) -> tuple[Measured, ...]:
    """Form the ratios, and ask for the verdict so that a missing figure shows."""

    def side(contender: Contender) -> Side:
        return Side(contender.name, tuple(samples[contender.name]))

    judged = tuple(
        Measured(it.name, it.goal, it.per, it.must_learn_as_well, side(it.ours), side(it.theirs),
                 it.note)
        for it in comparisons
    )  # fmt: skip
    for measured in judged:
        _ = measured.ratios, measured.verdict
    return judged
