"""The files of measures/ and interventions/ -> every measure that there is, and what it is called.

Whoever shows measures asks here; a file that is put into one of the folders is found by itself.
"""

import math
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from pipeline.study import interventions
from pipeline.study import measures as measures_package
from pipeline.study.about import About, Family
from pipeline.study.measuring import Measure


@cache
def abouts() -> dict[str, About]:
    """By name: family by family; in a family file by file, the file with the first headline first.

    Of several files without a headline, by the file's name.
    """
    groups = [
        _abouts_of(module)
        for module in (*_modules_of(measures_package), *_modules_of(interventions))
    ]
    groups.sort(key=lambda group: min(map(_rank, group), default=math.inf))
    every = [about for group in groups for about in group]
    assert len({about.name for about in every}) == len(every), "two measures of one name"
    order = list(Family)
    return {one.name: one for one in sorted(every, key=lambda one: order.index(one.family))}


def headlines() -> list[About]:
    """Those that stand in the terminal's table, the most needed first, as among a run's metrics."""
    return [about for about in abouts().values() if about.headline]


def most_needed() -> list[About]:
    """The headlines by their rank."""
    return sorted(headlines(), key=_rank)


@cache
def measures() -> tuple[Measure, ...]:
    """What is measured while the heads are watched, by the files' names."""
    return tuple(module.MEASURE for module in _modules_of(measures_package))


def _modules_of(package: ModuleType) -> list[ModuleType]:
    names = sorted(module.name for module in iter_modules(package.__path__))
    return [import_module(f"{package.__name__}.{name}") for name in names]


def _abouts_of(module: ModuleType) -> tuple[About, ...]:
    measure: Measure | None = getattr(module, "MEASURE", None)
    found: tuple[About, ...] = measure.abouts if measure else getattr(module, "ABOUTS", ())
    return found


def _rank(about: About) -> int | float:
    return about.headline.rank if about.headline else math.inf
