"""What a person types after `headway compare` -> the runs, or groups of runs, that are meant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.comparison.conditions import (
    full_name,
    is_condition,
    meets,
    natural,
    read_condition,
    short_names,
)
from pipeline.comparison.sentences import SHOWN
from pipeline.comparison.subjects import Member, Subject, without_doubles
from pipeline.comparison.trials import MOST, find_trials
from pipeline.recording.trial import SWEEP_TAG
from pipeline.runs.finding import HAS, find_run
from pipeline.runs.kept_files import KeptFiles
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import Store

FINISHED = "attributes.status = 'FINISHED'"

if TYPE_CHECKING:
    from pipeline.tracking.search import Run


@dataclass(frozen=True)
class Selected:
    """Who is compared: the first with each of the others."""

    subjects: tuple[Subject, ...]
    notes: tuple[str, ...]
    """What was left out, and why."""
    keeper: str
    """The run that keeps what is made of the comparison: the sweep's own, or the first."""

    @property
    def members(self) -> list[Member]:
        """All runs of all subjects."""
        return [member for subject in self.subjects for member in subject.members]


def select(store: Store, queries: Sequence[str], folder: Path) -> Selected:
    """Runs by id, name or `latest`, and groups by conditions on parameters, in their order.

    Raises:
        ValueError: fewer than two are named, one is named twice, or one names nothing.
    """
    if len(queries) < 2:
        given = f"got {queries[0]} alone" if queries else "got none"
        raise ValueError(
            f"expected two runs or groups at least, {given}: name another run, or groups by their "
            f"parameters, such as: headway compare 'n_heads=4' 'n_heads=1'"
        )
    evaluated: list[Member] = []
    if any(map(is_condition, queries)):
        evaluated = _evaluated(store, folder)
        if not evaluated:
            raise ValueError("no finished run was evaluated yet: `dvc repro` makes the first")
    found: list[Subject] = []
    notes: list[str] = []
    for query in queries:
        if is_condition(query):
            subject, said = _group(query, evaluated)
            notes += said
        else:
            member = _member(store, find_run(store, query, "evidence"), folder)
            is_alone = all(it.label != member.name for it in found)
            subject = Subject(member.name if is_alone else member.named, (member,))
        found.append(subject)
    _require_apart(found)
    return Selected(tuple(found), tuple(notes), found[0].first.run_id)


def select_sweep(store: Store, name: str, by: str | None, folder: Path) -> Selected:
    """The trials of a sweep, grouped by one parameter, or by all that varied but the seed.

    Raises:
        ValueError: there is no such sweep, or it has only one group.
    """
    found = select_groups(store, name, by, None, folder)
    if len(found.subjects) < 2:
        told = by or "settings"
        raise ValueError(
            f"all trials of {name} have the same {told}: nothing is to be compared; what varied: "
            f"{', '.join(sorted(_varied_in(found.members))) or 'the seed alone'}"
        )
    return found


def select_groups(
    store: Store, name: str, by: str | None, query: str | None, folder: Path
) -> Selected:
    """As `select_sweep`, of one group or more; of those trials that meet a condition, if any.

    Raises:
        ValueError: there is no such sweep, or no trial meets the condition.
    """
    trials = find_trials(store, name)
    if trials is None:
        raise ValueError(f"no finished trial of a sweep {name!r} was found: {_sweeps(store)}")
    members = [_member(store, run, folder) for run in trials.ready]
    keys = [full_name(by, _known(members))] if by else sorted(_varied_in(members))
    condition, members = _meeting(query, members) if query else ({}, members)
    groups: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        groups.setdefault(tuple(member.params.get(key, "none") for key in keys), []).append(member)
    found, notes = [], [*trials.namesakes, *trials.left_out(condition)]
    for values in sorted(groups, key=lambda it: [natural(value) for value in it]):
        kept, said = without_doubles(groups[values])
        notes += said
        label = _label(dict(zip(keys, values, strict=True))) or name
        found.append(Subject(label, tuple(kept)))
    return Selected(tuple(found), tuple(notes), trials.parent or members[0].run_id)


def select_group(store: Store, query: str, folder: Path) -> Selected:
    """The runs that meet a condition on parameters.

    Raises:
        ValueError: it is no condition, or no run meets it.
    """
    subject, notes = _group(query, _evaluated(store, folder))
    return Selected((subject,), tuple(notes), subject.first.run_id)


def _group(query: str, evaluated: Sequence[Member]) -> tuple[Subject, list[str]]:
    condition, found = _meeting(query, evaluated)
    kept, said = without_doubles(found)
    return Subject(_label(condition), tuple(kept)), said


def _meeting(query: str, members: Sequence[Member]) -> tuple[dict[str, str], list[Member]]:
    condition = read_condition(query, _known(members))
    found = [member for member in members if meets(member.params, condition)]
    if not found:
        have = [f"{name} is {', '.join(_values(name, members)[:SHOWN])}" for name in condition]
        raise ValueError(f"no finished run has {query}: of the runs there are, {'; '.join(have)}")
    return condition, found


def _evaluated(store: Store, folder: Path) -> list[Member]:
    """The finished runs that were evaluated, newest first."""
    runs = newest_runs(store, MOST, FINISHED)
    return [_member(store, run, folder) for run in runs if HAS["evidence"](run)]


def _member(store: Store, run: "Run", folder: Path) -> Member:
    return Member(run, KeptFiles(store, run, folder / run.info.run_id))


def _known(members: Sequence[Member]) -> set[str]:
    """The parameters' names."""
    return {key for member in members for key in member.params}


def _require_apart(subjects: Sequence[Subject]) -> None:
    """Raise ValueError where a run is in two of them: nothing differs from itself."""
    seen: dict[str, Subject] = {}
    for subject in subjects:
        for member in subject.members:
            other = seen.setdefault(member.run_id, subject)
            if other is not subject:
                raise ValueError(f"{member.named} is named twice: expected each run once")


def _varied_in(members: Sequence[Member]) -> set[str]:
    """What varied besides the seed."""
    return {key for member in members for key in member.varied} - {"seed"}


def _sweeps(store: Store) -> str:
    runs = newest_runs(store, MOST, f"tags.`{SWEEP_TAG}` != ''")
    names = dict.fromkeys(run.data.tags[SWEEP_TAG] for run in runs)
    return f"there are {', '.join(list(names)[:SHOWN])}" if names else "no sweep was made yet"


def _values(name: str, members: Sequence[Member]) -> list[str]:
    return sorted({member.params[name] for member in members if name in member.params}, key=natural)


def _label(values: Mapping[str, str]) -> str:
    """Such as `n_heads 4, positions rotary`."""
    short = short_names(values)
    return ", ".join(f"{short[name]} {value}" for name, value in values.items())
