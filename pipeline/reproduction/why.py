"""`headway why`: what `dvc repro` would run, and why, with values."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.artifacts import SPLITS, Artifacts, ModelFiles, Split
from pipeline.corpus.choice import chosen_source
from pipeline.corpus.example import row_line
from pipeline.corpus.source import Source
from pipeline.corpus.store import ids_left_out, read_examples
from pipeline.params.whole import read_params
from pipeline.params.writing import dotted_values
from pipeline.params.yaml_file import read_yaml
from pipeline.recording.environment import environment_here, pinned_versions, released
from pipeline.recording.hashes import INPUTS, file_hashes
from pipeline.recording.record import record_hashes
from pipeline.recording.weights import find_by_weights
from pipeline.reproduction.pipeline_state import (
    StaleStage,
    locked_params,
    stage_definitions,
    stale_stages,
)
from pipeline.runs.fetching import Kept, fetch_run
from pipeline.tracking.search import newest_runs
from pipeline.tracking.store import is_empty_store, open_store

SHOWN = 8
"""Files that are named, of those that changed."""


def explain(root: Path) -> Iterator[str]:
    """Lines for a person; the reasons of a stage below its name."""
    stale = stale_stages(root)
    with tempfile.TemporaryDirectory() as folder:
        last = _last_run(root, Path(folder))
        for stage in stale:
            yield f"{stage.verb}:"
            for line in _reasons(stage, root, last):
                yield f"  {line}"
        if not stale:
            yield "up to date: nothing would run"
        yield from _followers(stale, root)
        yield from _environment(root, last)


def _reasons(stage: StaleStage, root: Path, last: Kept | None) -> Iterator[str]:
    old = locked_params(root, stage.verb)
    if old is None:
        yield "it has not been run yet"
        return
    if stage.is_command_changed:
        yield "its command in dvc.yaml changed"
    yield from _changed_params(stage, root, old)
    for path, state in stage.deps.items():
        if path == "requirements.lock":
            yield from _changed_versions(root, last)
        elif path == "data/source":
            yield from _changed_files(path, state, root, last)
            yield from _changed_rows(Artifacts(root))
        elif path.startswith("data/"):
            yield f"{path}: {state} since it was made"
        else:
            yield from _changed_files(path, state, root, last)
    for path, state in stage.outs.items():
        yield f"{path} (what it made last time): {state}"


def _changed_params(stage: StaleStage, root: Path, old: Mapping[str, object]) -> Iterator[str]:
    new = dotted_values(read_yaml(root / "params.yaml"))
    for name in stage.params:
        for key in sorted(old.keys() | new.keys()):
            is_part = key == name or key.startswith(f"{name}.")
            if is_part and old.get(key, "none") != new.get(key, "none"):
                yield f"{key}: {old.get(key, 'none')} -> {new.get(key, 'none')}"


def _changed_versions(root: Path, last: Kept | None) -> Iterator[str]:
    """Packages whose pinned version is another than the last run's."""
    path = "requirements.lock"
    if last is None or "train" not in last.environments:
        yield f"{path}: modified (no run is known to compare it with)"
        return
    old = {name: released(it) for name, it in last.environments["train"].packages.items()}
    new = pinned_versions(root / path)
    changed = sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))
    for name in changed:
        yield f"{path}: {name} {old.get(name, 'none')} -> {new.get(name, 'none')}"
    if not changed:
        yield f"{path}: modified, no version changed"


def _changed_files(path: str, state: str, root: Path, last: Kept | None) -> Iterator[str]:
    """The files below a dependency that are not as the last run had them."""
    old = last.record.inputs if last else {}
    new = file_hashes(root, INPUTS)
    below = [n for n in old.keys() | new.keys() if n == path or n.startswith(f"{path}/")]
    changed = sorted(name for name in below if old.get(name) != new.get(name))
    if last is None or not changed:
        yield f"{path}: {state}"
        return
    for name in changed[:SHOWN]:
        how = "new" if name not in old else "deleted" if name not in new else "modified"
        yield f"{name}: {how}"
    if len(changed) > SHOWN:
        yield f"{path}: and {len(changed) - SHOWN} more files"


def _changed_rows(artifacts: Artifacts) -> Iterator[str]:
    """How many sentences the changed source gives otherwise, by split."""
    try:
        source = chosen_source(read_params(artifacts.params).corpus, artifacts)
        now = _rows_now(source, artifacts.corpus)
        for split in SPLITS:
            path = artifacts.corpus_split(split)
            if not path.is_file():
                yield f"{split}: data/corpus has none to compare with"
                continue
            then = {it.sentence_id: hash(row_line(it)) for it in read_examples(path)}
            yield from _row_counts(split, then, now[split])
    except (OSError, ValueError) as error:
        yield f"the source cannot be read now: {error}"


def _rows_now(source: Source, corpus: Path) -> dict[Split, dict[str, int]]:
    """The hash of each example of a source by split and id, but for those that are left out."""
    found: dict[Split, dict[str, int]] = {split: {} for split in SPLITS}
    out = ids_left_out(corpus)
    for split, example in source.examples():
        if (split, example.sentence_id) not in out:
            found[split][example.sentence_id] = hash(row_line(example))
    return found


def _row_counts(split: str, before: dict[str, int], after: dict[str, int]) -> Iterator[str]:
    counts = {
        "changed": sum(before[it] != after[it] for it in before.keys() & after.keys()),
        "new": len(after.keys() - before.keys()),
        "gone": len(before.keys() - after.keys()),
    }
    if any(counts.values()):
        told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        yield f"{split}: {told} of {len(before)} sentences"


def _followers(stale: list[StaleStage], root: Path) -> Iterator[str]:
    """Stages that run because of what the stale ones will write."""
    definitions = stage_definitions(root)
    moving = {stage.verb for stage in stale}
    for verb, stage in definitions.items():
        # A dependency is an output, or a file in one.
        read = {str(path) for dep in stage["deps"] for path in (Path(dep), *Path(dep).parents)}
        reads = [other for other in moving if {*definitions[other]["outs"]} & read]
        if verb not in moving and reads:
            moving.add(verb)
            yield f"{verb}:\n  if what {' and '.join(sorted(reads))} writes is not as before"


def _environment(root: Path, last: Kept | None) -> Iterator[str]:
    """What DVC does not see: the machine, and packages that are not what the lock pins."""
    lock = root / "requirements.lock"
    from pipeline.model.determinism import arithmetic_here  # loads torch

    train = read_params(root / "params.yaml").train
    here = environment_here(lock, arithmetic_here(train))
    pinned = pinned_versions(lock)
    other = [
        f"{name} {found} is installed, {pinned[name]} is pinned"
        for name, found in here.packages.items()
        if released(found) != pinned[name]
    ]
    if last and "train" in last.environments:
        was = last.environments["train"].machine
        other += [
            f"{name}: {was[name]} in {last.name} -> {here.machine[name]}"
            for name in was
            if here.machine.get(name, was[name]) != was[name]
        ]
    if other:
        yield "the environment, which dvc repro does not see:"
        yield from (f"  {line}" for line in other)


def _last_run(root: Path, folder: Path) -> Kept | None:
    """The run that made data/model, else the newest that has a record."""
    if is_empty_store(root):
        return None
    store = open_store(root)
    own = find_by_weights(store, ModelFiles(Artifacts(root).model).weights)
    for run in [own] if own else newest_runs(store, 20):
        if run and record_hashes(run.data.tags):
            return fetch_run(store, run, folder)
    return None
