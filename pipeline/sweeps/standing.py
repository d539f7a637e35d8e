"""How far a sweep has come: counts, the best, what is left and for how long, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from pipeline.numbers import ABSENT
from pipeline.sweeps.dimensions import label
from pipeline.sweeps.ledger import Trial
from pipeline.sweeps.plan import SEED
from pipeline.sweeps.shared_stages import Keys


@dataclass(frozen=True)
class Standing:
    """Trials, counted."""

    done: int
    failed: int
    left: int
    best: Trial | None

    @classmethod
    def of(cls, trials: Sequence[Trial], direction: str) -> "Standing":
        """Where a sweep stands whose trials these are."""
        done = [it for it in trials if it.state == "done" and it.value is not None]
        sign = 1 if direction == "maximize" else -1
        best = max(done, key=lambda it: (sign * (it.value or 0.0), -it.number), default=None)
        failed = sum(it.state == "failed" for it in trials)
        return cls(len(done), failed, len(trials) - len(done) - failed, best)

    @property
    def total(self) -> int:
        """Of all trials."""
        return self.done + self.failed + self.left


def progress_line(name: str, trials: Sequence[Trial], direction: str, jobs: int) -> str:
    """The whole sweep in a line."""
    now = Standing.of(trials, direction)
    failed = f", {now.failed} failed" if now.failed else ""
    seconds = left_seconds(trials, now.left, jobs)
    about = f", about {duration(seconds)}" if now.left and seconds is not None else ""
    return f"{name}: {now.done} of {now.total} done{failed}, {now.left} left{about}"


def left_seconds(trials: Sequence[Trial], left: int, jobs: int) -> float | None:
    """How long what is left will take, by what was done; None where nothing was."""
    walls = [float(it.facts["wall"]) for it in trials if "wall" in it.facts]
    return fmean(walls) * -(-left // jobs) if walls else None


def guessed_seconds(keys: Sequence[Keys], seconds: Mapping[str, float], jobs: int) -> float | None:
    """How long trials with these stages would take: what they share counts once.

    None where it is not known of every stage how long it takes.
    """
    distinct = {(verb, key) for each in keys for verb, key in each.items()}
    if not {verb for verb, _ in distinct} <= seconds.keys():
        return None
    return sum(seconds[verb] for verb, _ in distinct) / min(jobs, max(1, len(keys)))


def ended_line(trial: Trial, monitor: str) -> str:
    """What came of a trial."""
    name = label(trial.varied or {})
    if trial.state == "failed":
        return f"{name}: failed: {trial.facts.get('reason', 'it is not known why')}"
    wall = trial.facts.get("wall")
    took = f", {duration(float(wall))}" if wall is not None else ""
    return f"{name}: {worth(trial, monitor)}{took}"


def worth(trial: Trial, monitor: str) -> str:
    """A trial's value, with what it is."""
    return f"{monitor.replace('_', ' ')} {trial.value:.4f}"


MOST_SETTINGS = 50


def setting_table(trials: Sequence[Trial], direction: str, monitor: str) -> str:
    """As Markdown: of each setting, best first, mean and spread of what its seeds came to.

    The spread is the standard deviation of the sample; a setting with one value has none.
    """
    values: dict[str, list[float]] = {}
    for trial in trials:
        if trial.state == "done" and trial.value is not None:
            varied = {key: it for key, it in (trial.varied or {}).items() if key != SEED}
            values.setdefault(label(varied), []).append(trial.value)
    sign = -1 if direction == "maximize" else 1
    ordered = sorted(values, key=lambda it: (sign * fmean(values[it]), it))
    rows = [_setting_row(name, values[name]) for name in ordered[:MOST_SETTINGS]]
    head = f"| setting | {monitor.replace('_', ' ')}, mean | standard deviation | trials |"
    more = len(ordered) - MOST_SETTINGS
    after = [f"\nand {more} more"] if more > 0 else []
    return "\n".join([head, "|---|---|---|---|", *rows, *after])


def _setting_row(name: str, values: Sequence[float]) -> str:
    spread = f"{stdev(values):.4f}" if len(values) > 1 else ABSENT
    escaped = name.replace("|", "\\|")
    return f"| {escaped} | {fmean(values):.4f} | {spread} | {len(values)} |"


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`, `2.1 days`."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"
