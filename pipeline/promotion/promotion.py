"""A run -> the holder of a title, such as champion, where it beats the one that has it."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.comparison.comparing import measure
from pipeline.comparison.selection import select
from pipeline.comparison.verdict import verdicts
from pipeline.runs.finding import find_run, shown_name
from pipeline.runs.registry import REGISTERED, Registry

if TYPE_CHECKING:
    from pipeline.tracking.store import Store


@dataclass(frozen=True)
class Step:
    """A promotion or a demotion, as the registry keeps it."""

    what: str
    title: str
    when: str
    """UTC, ISO 8601."""
    version: str
    """The version that has the title from then on; "" for none."""
    run: str
    """Its run's id."""
    before: str
    """The version that had the title; "" for none."""
    verdict: str = ""
    """What the comparison of the two said; "" where there was none."""
    difference: float | None = None
    """Of the main figure, the new one's minus the other's."""
    p: float | None = None
    is_forced: bool = False


@dataclass(frozen=True)
class Judged:
    """A run beside the holder of the title."""

    verdict: str
    is_better: bool = False
    difference: float | None = None
    p: float | None = None


def promote(store: "Store", query: str, title: str, is_forced: bool, folder: Path) -> Iterator[str]:
    """Give the title to a run's model; yields what is told of it.

    Without `is_forced`, the run has to beat the holder by the paired test of their answers on the
    test split. What files are fetched goes into `folder`.

    Raises:
        ValueError: it is not shown to be better, has the title already, or cannot be compared.
        FileNotFoundError: a run kept no answers.
    """
    registry, run = Registry(store), find_run(store, query, "evidence")
    holder = registry.holder(title)
    judged = None
    if holder is not None:
        if run.info.run_id == registry.run_of(holder, title):
            raise ValueError(f"{shown_name(run)} is the {title} already")
        judged = judge(store, run.info.run_id, registry.run_of(holder, title), folder, is_forced)
        if not judged.is_better and not is_forced:
            raise ValueError(
                f"{shown_name(run)} is not shown to be better than the {title}: {judged.verdict}; "
                f"to promote it nevertheless: --force"
            )
        yield judged.verdict
    version = registry.register(run)
    step = Step(
        what="promoted",
        title=title,
        when=_now(),
        version=str(version.version),
        run=run.info.run_id,
        before=str(holder.version) if holder else "",
        verdict=judged.verdict if judged else "",
        difference=judged.difference if judged else None,
        p=judged.p if judged else None,
        is_forced=is_forced,
    )
    told = {name: str(value) for name, value in asdict(step).items() if value is not None}
    registry.note(version, title, told)
    registry.note_step(json.dumps(asdict(step)))
    registry.give(title, version)
    yield f"{shown_name(run)} is the {title}: version {version.version} of {REGISTERED}"


def demote(store: "Store", title: str) -> str:
    """Give the title back to the version that had it before; says who has it now.

    Raises:
        ValueError: nobody has it.
    """
    registry = Registry(store)
    holder = registry.require_holder(title)
    before = _holders(registry, title)[:-1]
    version = registry.version(before[-1]) if before else None
    step = Step(
        what="demoted",
        title=title,
        when=_now(),
        version=str(version.version) if version else "",
        run=registry.run_of(version, title) if version else "",
        before=str(holder.version),
    )
    registry.note(holder, title, {"what": step.what, "when": step.when})
    registry.note_step(json.dumps(asdict(step)))
    if version is None:
        registry.take(title)
        return f"version {holder.version} is the {title} no longer, and nobody was before it"
    registry.give(title, version)
    return f"version {version.version} is the {title} again, in the place of {holder.version}"


def _holders(registry: Registry, title: str) -> list[str]:
    """The versions that had the title and would have it again, the present one last."""
    held: list[str] = []
    for step in map(json.loads, registry.steps()):
        if step["title"] == title and step["what"] == "promoted":
            held.append(step["version"])
        elif step["title"] == title and held:
            held.pop()
    return held


def judge(store: "Store", run_id: str, holder_id: str, folder: Path, is_forced: bool) -> Judged:
    """Compare a run with the holder of a title.

    Raises:
        ValueError: they cannot be compared, which nobody asks for where it `is_forced`.
        FileNotFoundError: one kept no answers.
    """
    try:
        chosen = select(store, [run_id, holder_id], folder)
        measured = measure(chosen.subjects)
    except (ValueError, FileNotFoundError) as error:
        if not is_forced:
            raise
        return Judged(f"not compared: {error}")
    told = verdicts(chosen.subjects, measured)
    if not told:
        raise ValueError("nothing was measured of either on test, so neither is the better one")
    verdict = told[0]
    main = measured.figures[0] if measured.figures else None
    beside = main.beside[0] if main else None
    if main is None or beside is None:
        return Judged(verdict)
    is_better = (beside.told.difference.value > 0) == main.figure.higher_is_better
    difference = beside.told.difference.value
    return Judged(verdict, beside.is_claimed and is_better, difference, beside.p)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
