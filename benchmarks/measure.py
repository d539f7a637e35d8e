"""Contenders run in turn, a fresh process each; every round gives one ratio of ours to theirs.

In a round each distinct contender of a group is measured once. The order turns from round to
round (A B, B A, A B ...): where the machine gets slower or faster meanwhile, that hurts each side
as often as it helps it, and a ratio within a round compares neighbours in time. The figure is the
median of the rounds' ratios; its spread runs from the lowest to the highest.
"""

import itertools
import json
import math
import os
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

Sample = dict[str, Any]
"""What one contender's process gave: `seconds`, and what else its outcome names (`tokens`, `steps`,
`validation_loss` in nats, `validation_accuracy` in [0, 1], `peak_bytes`, `settings` in words)."""
Per = Literal["tokens a second", "seconds", "peak memory"]
"""Of what the ratio is; of the first one more is better, of the others less."""
Verdict = Literal["yes", "no", "does not count", "no goal"]
Announce = Callable[[str], None]
"""Told what runs next."""

LAST_LINES = 12


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
class Contender:
    """A command that does the work, alone in a process group of its own."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    """What it is told beside this process's own environment."""
    folder: Path
    """Where it runs."""
    outcome: Path | None
    """The JSON object it writes, which is its sample; None: the seconds of the whole command."""


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


def run(contender: Contender) -> Sample:
    """Run a contender to its end and return what it measured.

    Raises:
        ValueError: it could not be started, failed, or wrote no usable outcome.
    """
    if contender.outcome is not None:
        contender.outcome.unlink(missing_ok=True)  # an older one is not its own
    with tempfile.TemporaryFile() as printed:
        start = time.perf_counter()
        try:
            status = _run_tree(contender, printed)
        except OSError as error:
            raise _failure(contender, f"could not be started ({error})", printed) from None
        seconds = time.perf_counter() - start
        if status != 0:
            ended = f"status {status}" if status > 0 else signal.Signals(-status).name
            raise _failure(contender, f"failed with {ended}", printed)
        if contender.outcome is None:
            return {"seconds": seconds}
        try:
            return _read_outcome(contender.outcome)
        except ValueError as error:
            raise _failure(contender, str(error), printed) from None


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


def _run_tree(contender: Contender, printed: IO[bytes]) -> int:
    """Run the command in a process group, none of which outlives this call."""
    process = subprocess.Popen(
        contender.command,
        cwd=contender.folder,
        env={**os.environ, **contender.environment},
        stdin=subprocess.DEVNULL,
        stdout=printed,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return process.wait()
    finally:
        with suppress(ProcessLookupError, PermissionError):  # the group is gone already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read_outcome(path: Path) -> Sample:
    """What the contender wrote, less what is null.

    Every number in it is finite, and the seconds are above 0.
    """
    try:
        sample = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"wrote no {path.name}") from None
    except ValueError as error:
        raise ValueError(f"wrote a {path.name} that is not JSON ({error})") from None
    if not isinstance(sample, dict):
        raise ValueError(f"wrote a {path.name} that is no JSON object: {sample}")
    for name, value in sample.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"came to {name} {value}")
    seconds = sample.get("seconds")
    if not isinstance(seconds, int | float) or seconds <= 0:
        raise ValueError(f"wrote a {path.name} without seconds above 0: {sample}")
    return {name: value for name, value in sample.items() if value is not None}


def _failure(contender: Contender, reason: str, printed: IO[bytes]) -> ValueError:
    """The error for a person: who, why, which command, and the last lines that it printed."""
    printed.seek(0)
    lines = printed.read().decode(errors="replace").rstrip().splitlines()[-LAST_LINES:]
    said = "\n".join(f"  {line}" for line in lines) or "  (nothing)"
    return ValueError(
        f"{contender.name} {reason}\ncommand: {shlex.join(contender.command)}\n"
        f"the last that it printed:\n{said}"
    )
