"""What the subjects do not have in common, and only that: parameters, data, code, environment."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.artifacts import SPLITS, CorpusFiles
from pipeline.comparison.conditions import natural
from pipeline.comparison.subjects import Member, Subject
from pipeline.files import parse_json, unusable
from pipeline.foreign import first_named
from pipeline.recording.environment import Environment

Kind = Literal["parameter", "data", "code", "version", "machine"]
NONE = "none"
KEPT, NOT_KEPT = "kept", "not kept"
DIGITS = 12
"""Of a hash, as many as tell two apart."""
CODE = ("pipeline/", "stages/", "dvc.yaml")
SHOWN_VALUES = 6


@dataclass(frozen=True)
class Difference:
    """Something that is not the same in all runs."""

    kind: Kind
    name: str
    values: tuple[tuple[str, ...], ...]
    """For each subject the values that its runs have."""

    def texts(self) -> list[str]:
        """For each subject, one text."""
        return [first_named(values, SHOWN_VALUES) for values in self.values]


@dataclass(frozen=True)
class RowChanges:
    """How a split of the first subject's corpus becomes that of another."""

    split: str
    added: int
    removed: int
    changed: int
    rows: int
    """Of the first's split."""
    has_moved: bool
    """Whether the rows that both have come in another order."""

    def __str__(self) -> str:
        counts = {"added": self.added, "removed": self.removed, "changed": self.changed}
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        same = f"the same rows{' in another order' * self.has_moved}"
        return f"{self.split}: {told or same}, of {self.rows:,} rows"


def find_differences(subjects: Sequence[Subject]) -> list[Difference]:
    """All that differs between the subjects, or within one of them, in the order of the kinds."""
    sources: tuple[tuple[Kind, Callable[[Member], Mapping[str, str]]], ...] = (
        ("parameter", lambda member: member.params),
        ("data", _data),
        ("code", _code),
        ("version", _versions),
        ("machine", _machine),
    )
    return [found for kind, read in sources for found in _differing(kind, read, subjects)]


def row_changes(first: Member, other: Member) -> list[RowChanges] | None:
    """What became of the rows of the splits that differ; None where a run does not know its rows.

    Raises:
        ValueError: a file is damaged.
    """
    ours, theirs = _data(first), _data(other)
    splits = [split for split in SPLITS if ours.get(split) != theirs.get(split)]
    rows = [_rows(first), _rows(other)] if splits else []
    if any(table is None for table in rows):
        return None
    return [_changes(split, *[_split(table, split) for table in rows if table]) for split in splits]


def _differing(
    kind: Kind, read: Callable[[Member], Mapping[str, str]], subjects: Sequence[Subject]
) -> list[Difference]:
    """Of a run that kept nothing of a kind, as where outputs alone told of it, that is all."""
    told = [[read(member) for member in subject.members] for subject in subjects]
    kept = tuple(tuple(sorted({KEPT if one else NOT_KEPT for one in group})) for group in told)
    found = [Difference(kind, f"{kind}, all", kept)] if _differ(kept) else []
    for name in sorted({name for group in told for one in group for name in one}):
        values = tuple(
            tuple(sorted({one.get(name, NONE) for one in group if one}, key=natural))
            for group in told
        )
        if _differ(values):
            found.append(Difference(kind, name, tuple(it or (NOT_KEPT,) for it in values)))
    return found


def _differ(values: Sequence[Sequence[str]]) -> bool:
    return len({value for group in values for value in group}) > 1


def _data(member: Member) -> dict[str, str]:
    """By split, the hash of its rows."""
    found = {}
    for one in member.run.inputs.dataset_inputs if member.run.inputs else []:
        sha256 = str(parse_json(one.dataset.profile or "{}").get("sha256", NONE))
        name = str(one.dataset.name).rpartition(": ")[2]
        found[name] = sha256[:DIGITS]
    return found


def _code(member: Member) -> dict[str, str]:
    """By file, the hash of what it held when the last stage began."""
    inputs = member.record.inputs if member.record.parts else {}
    return {
        path: content.sha256[:DIGITS] for path, content in inputs.items() if path.startswith(CODE)
    }


def _versions(member: Member) -> dict[str, str]:
    return {name: it for one in _environments(member) for name, it in one.packages.items()}


def _machine(member: Member) -> dict[str, str]:
    """Python, processor, threads, device; of the training where the evaluation had others."""
    found = _environments(member)[::-1]
    return {name: it for one in found for name, it in one.machine.items()}


def _environments(member: Member) -> list[Environment]:
    parts = member.record.parts.values()
    return [part.environment for part in parts if part.environment]


def _rows(member: Member) -> pa.Table | None:
    path = member.files.find(CorpusFiles(Path("corpus")).rows.as_posix())
    if path is None:
        return None
    try:
        return pq.read_table(path, columns=["split", "sentence_id", "row_hash"])
    except (pa.ArrowException, OSError) as error:
        raise unusable(path, str(error).splitlines()[0]) from None


def _split(table: pa.Table, split: str) -> dict[str, int]:
    chosen = table.filter(pc.equal(table["split"], split))
    ids, hashes = chosen["sentence_id"].to_pylist(), chosen["row_hash"].to_pylist()
    return dict(zip(ids, hashes, strict=True))


def _changes(split: str, ours: Mapping[str, int], theirs: Mapping[str, int]) -> RowChanges:
    """Both have their rows in the order of the corpus."""
    both = ours.keys() & theirs.keys()
    return RowChanges(
        split=split,
        added=len(theirs.keys() - both),
        removed=len(ours.keys() - both),
        changed=sum(ours[it] != theirs[it] for it in both),
        rows=len(ours),
        has_moved=[it for it in ours if it in both] != [it for it in theirs if it in both],
    )
