"""What a person types after `headway compare` -> the runs, or groups of runs, that are meant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.comparison.conditions import (
    full_name,
    is_condition,
    meets,
    natural,
    read_condition,
    short_names,
)
from pipeline.comparison.subjects import Member, Subject, without_doubles
from pipeline.files import parse_json
from pipeline.recording.trial import SWEEP_TAG, VARIED_TAG
from pipeline.runs.finding import HAS, find_run
from pipeline.runs.kept_files import KeptFiles
from pipeline.tracking.search import PARENT_TAG, newest_runs, quoted
from pipeline.tracking.store import Store

MOST = 2000
"""Runs that a condition is asked of, the newest."""
FINISHED = "attributes.status = 'FINISHED'"
SHOWN = 5


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
        evaluated = _members(store, FINISHED, folder)
        if not evaluated:
            raise ValueError("no finished run was evaluated yet: `dvc repro` makes the first")
    found: list[Subject] = []
    notes: list[str] = []
    for query in queries:
        if is_condition(query):
            subject, said = _group(query, evaluated)
            notes += said
        else:
            run = find_run(store, query, "evidence")
            member = Member(run, KeptFiles(store, run, folder / run.info.run_id))
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
    found = select_groups(store, name, by, folder)
    if len(found.subjects) < 2:
        told = by or "settings"
        raise ValueError(
            f"all trials of {name} have the same {told}: nothing is to be compared; what varied: "
            f"{', '.join(sorted(_varied_in(found.members))) or 'the seed alone'}"
        )
    return found


def select_groups(store: Store, name: str, by: str | None, folder: Path) -> Selected:
    """As `select_sweep`, of one group or more.

    Raises:
        ValueError: there is no such sweep.
    """
    members = _members(store, f"{FINISHED} AND tags.`{SWEEP_TAG}` = {quoted(name)}", folder)
    if not members:
        raise ValueError(f"no finished trial of a sweep {name!r} was found: {_sweeps(store)}")
    known = {key for member in members for key in member.params}
    keys = [full_name(by, known)] if by else sorted(_varied_in(members))
    groups: dict[tuple[str, ...], list[Member]] = {}
    for member in members:
        groups.setdefault(tuple(member.params.get(key, "none") for key in keys), []).append(member)
    found, notes = [], []
    for values in sorted(groups, key=lambda it: [natural(value) for value in it]):
        kept, said = without_doubles(groups[values])
        notes += said
        label = _label(dict(zip(keys, values, strict=True))) or name
        found.append(Subject(label, tuple(kept)))
    parent = members[0].run.data.tags.get(PARENT_TAG, members[0].run_id)
    return Selected(tuple(found), tuple(notes), parent)


def select_group(store: Store, query: str, folder: Path) -> Selected:
    """The runs that meet a condition on parameters.

    Raises:
        ValueError: it is no condition, or no run meets it.
    """
    subject, notes = _group(query, _members(store, FINISHED, folder))
    return Selected((subject,), tuple(notes), subject.first.run_id)


def _group(query: str, evaluated: Sequence[Member]) -> tuple[Subject, list[str]]:
    known = {key for member in evaluated for key in member.params}
    condition = read_condition(query, known)
    found = [member for member in evaluated if meets(member.params, condition)]
    if not found:
        have = [f"{name} is {', '.join(_values(name, evaluated)[:SHOWN])}" for name in condition]
        raise ValueError(f"no finished run has {query}: of the runs there are, {'; '.join(have)}")
    kept, said = without_doubles(found)
    return Subject(_label(condition), tuple(kept)), said


def _members(store: Store, condition: str, folder: Path) -> list[Member]:
    """The runs that were evaluated, newest first."""
    return [
        Member(run, KeptFiles(store, run, folder / run.info.run_id))
        for run in newest_runs(store, MOST, condition)
        if HAS["evidence"](run)
    ]


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
    return {key for member in members for key in _varied(member)} - {"seed"}


def _varied(member: Member) -> Mapping[str, object]:
    try:
        told = parse_json(member.run.data.tags.get(VARIED_TAG, "{}"))
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


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
