"""A sweep as it was asked for: what varies, over what, with which seeds, grid or search."""

import hashlib
import itertools
import math
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.params.whole import check_params
from pipeline.params.writing import set_value
from pipeline.sweeps.dimensions import Choices, Dimension, Span, label, read_dimension, shown

SEED = "seed"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LONGEST = 120
"""Letters of what varies in an experiment's name."""
PLAIN = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z0-9]")
"""A value that stands in such a name as it is."""
MANY = 500
"""Runs that nobody starts by mistake."""
MOST_CORNERS = 1000
"""Of a search with more, each value is checked alone, and so many corners at random."""

Varied = dict[str, Any]
"""What a trial sets, by dotted names, of what varies in its sweep."""


@dataclass(frozen=True)
class Plan:
    """What to try."""

    dimensions: tuple[Dimension, ...]
    """What varies, without the seed of `seeds`; and, with one value, what is set for all."""
    seeds: tuple[int, ...]
    """Each point is tried with each of them; empty where the seed stays what it is."""
    search: str | None
    """The way to choose points; None for a grid, which has them all."""
    points: int | None
    """How many a search may try."""
    round: int
    """How many a search chooses before it knows what came of any of them."""

    @property
    def fixed(self) -> Varied:
        """What is set for every trial."""
        return {
            it.key: it.values[0]
            for it in self.dimensions
            if isinstance(it, Choices) and len(it.values) == 1
        }

    @property
    def varying(self) -> tuple[Dimension, ...]:
        """What differs between points."""
        return tuple(it for it in self.dimensions if it.key not in self.fixed)

    def grid(self) -> list[Varied]:
        """Every trial of a grid, in the order in which they were named; seeds change fastest."""
        axes = [(it.key, it.values) for it in self.varying if isinstance(it, Choices)]
        axes += [(SEED, self.seeds)] if self.seeds else []
        keys, values = [key for key, _ in axes], [values for _, values in axes]
        return [dict(zip(keys, point, strict=True)) for point in itertools.product(*values)]

    def count(self) -> int:
        """How many trials there are."""
        if self.points is not None:
            return self.points * max(1, len(self.seeds))
        return len(self.grid())

    def usual_name(self) -> str:
        """A name by what is varied: the same for the same question, however many seeds."""
        asked = [str(it) for it in self.dimensions] + [self.search or "grid"]
        digits = hashlib.sha256("\n".join(asked).encode()).hexdigest()[:4]
        lasts = [it.key.rpartition(".")[2] for it in self.varying] or ([SEED] if self.seeds else [])
        return "-".join([*lasts[:3], digits])

    def __str__(self) -> str:
        parts = [str(it) for it in self.dimensions]
        parts += [f"seed={','.join(map(str, self.seeds))}"] if self.seeds else []
        return " ".join([*parts, *([f"by {self.search}"] if self.search else [])])

    def as_json(self) -> dict[str, Any]:
        """For Optuna's record of the sweep."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Plan":
        """What `as_json` wrote, also after a journey through JSON."""
        dimensions = tuple(
            Choices(it["key"], tuple(it["values"])) if "values" in it else Span(**it)
            for it in told["dimensions"]
        )
        return cls(**{**told, "dimensions": dimensions, "seeds": tuple(told["seeds"])})

    def grown_to(self, other: "Plan") -> "Plan | None":
        """The larger plan, where `other` asks the same with more seeds or more points; else None.

        More seeds of a search would be other points.
        """
        has_seeds = set(self.seeds) <= set(other.seeds) and bool(self.seeds) == bool(other.seeds)
        if self.search is None and has_seeds and replace(self, seeds=other.seeds) == other:
            return other
        if self.points is not None and replace(self, points=other.points) == other:
            return replace(self, points=max(self.points, other.points or 0))
        return None


def make_plan(
    changes: Sequence[str],
    seeds: int | None,
    search: str | None,
    points: int | None,
    round_size: int,
    params: Mapping[str, Any],
) -> Plan:
    """What a person asks for, checked against the parameters, by their dotted names.

    Raises:
        ValueError: a key is unknown or there twice, or what is asked for does not go together.
    """
    dimensions = tuple(read_dimension(text, params) for text in changes)
    keys = [it.key for it in dimensions]
    if twice := next((key for key in keys if keys.count(key) > 1), None):
        raise ValueError(f"{twice} is given twice: put all its values behind one -S")
    if seeds is not None and SEED in keys:
        raise ValueError("give --seeds or -S seed=..., not both")
    if search is None and (span := next((it for it in dimensions if isinstance(it, Span)), None)):
        raise ValueError(f"{span} is for a search: add --search tpe --trials N, or name its values")
    if (search is None) != (points is None):
        raise ValueError("--search and --trials go together: a grid has as many trials as points")
    first = int(params[SEED])
    plan = Plan(
        dimensions, tuple(range(first, first + (seeds or 0))), search, points, round_size
    )  # fmt: skip
    if search is not None and not plan.varying:
        raise ValueError("a search needs something that varies: -S key=value,value or key=log(a,b)")
    if not plan.varying and not plan.seeds:
        raise ValueError("nothing varies: give -S key=value,value,... or --seeds N")
    return plan


def require_sane(plan: Plan, yaml: Any, is_meant: bool) -> None:
    """Refuse values that params.yaml's own rules refuse, before anything runs.

    Of a grid every point is checked, of a search the ends of its ranges, as `corners` has them.

    Raises:
        ValueError: there are very many trials and nobody said that this is meant; or a trial
            cannot be, and why.
    """
    if plan.count() > MANY and not is_meant:
        raise ValueError(
            f"that is {plan.count():,} runs: --dry-run says how long they would take, and --yes "
            f"that they are meant"
        )
    for varied in corners(plan):
        changed = deepcopy(yaml)
        for key, value in {**plan.fixed, **varied}.items():
            set_value(changed, key, value)
        check_params(changed, f"the parameters with {label(varied)}")


def corners(plan: Plan) -> Iterator[Varied]:
    """Points that say whether all are possible, with the highest seed."""
    axes = [it.values if isinstance(it, Choices) else (it.low, it.high) for it in plan.varying]
    keys = [it.key for it in plan.varying]
    seed = {SEED: plan.seeds[-1]} if plan.seeds else {}
    is_all = plan.search is None or math.prod(map(len, axes)) <= MOST_CORNERS
    for point in itertools.product(*axes) if is_all else _some_corners(axes):
        yield {**dict(zip(keys, point, strict=True)), **seed}


def _some_corners(axes: Sequence[Sequence[Any]]) -> Iterator[list[Any]]:
    """Each value with the first of all others, then corners at random, the same every time."""
    first = [axis[0] for axis in axes]
    for place, axis in enumerate(axes):
        for value in axis:
            yield [*first[:place], value, *first[place + 1 :]]
    chance = random.Random(0)
    for _ in range(MOST_CORNERS):
        yield [chance.choice(axis) for axis in axes]


def require_name(name: str) -> str:
    """The name itself, which git, DVC and a folder have to take.

    Raises:
        ValueError: they would not.
    """
    if not NAME.fullmatch(name) or ".." in name or name.endswith((".lock", ".", "-")):
        raise ValueError(f"{name!r} is no name for a sweep: letters, digits, - and _, 64 at most")
    return name


def slug(varied: Varied, number: int) -> str:
    """A trial in an experiment's name: `n_heads-4-seed-21`; with its number where that is cut."""
    text = "-".join(label(varied).replace(",", "").split())
    named = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("._-")[:LONGEST]
    is_whole = len(text) <= LONGEST and all(PLAIN.fullmatch(shown(it)) for it in varied.values())
    return named if is_whole else f"{named}-{number}"
