"""`headway reproduce`: a run made again from its record alone, and compared with it."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.artifacts import MADE_BY, Artifacts
from pipeline.params.whole import flatten, read_params
from pipeline.params.writing import dotted_values
from pipeline.params.yaml_file import read_yaml
from pipeline.recording.evidence import log_evidence
from pipeline.recording.hashes import hash_content
from pipeline.recording.metric_names import is_of_time
from pipeline.recording.provenance import origin_of
from pipeline.recording.record import record_tag
from pipeline.recording.training import NOTE, log_training
from pipeline.recording.weights import WEIGHTS_TAG
from pipeline.reproduction.bundle import is_bundle, open_bundle
from pipeline.reproduction.comparison import (
    WEIGHTS,
    StageComparison,
    compare_metrics,
    compare_stage,
    compare_trails,
    compare_weights,
    outside_intervals,
)
from pipeline.reproduction.verdict import EXACT, Verdict
from pipeline.reproduction.verification import damages
from pipeline.reproduction.workplace import (
    Upstream,
    bring_data,
    differing_inputs,
    make_workplace,
    run_stage,
)
from pipeline.runs.fetching import Kept, fetch_package, fetch_run
from pipeline.runs.finding import find_run
from pipeline.tracking.run import track
from pipeline.tracking.search import find_by_tag
from pipeline.tracking.store import Store, open_store, sqlite_uri

if TYPE_CHECKING:
    from pipeline.tracking.search import Run


@dataclass(frozen=True)
class Again:
    """What the reproduction kept of itself, by code that may be of another version than this."""

    kept: Kept
    params: dict[str, str]
    package: Path
    """Its model, as MLflow keeps it."""


REPRODUCES_TAG, VERDICT_TAG = "headway.reproduces", "headway.verdict"
Say = Callable[[str], None]


def reproduce(query: str, root: Path | None, say: Say) -> tuple[Verdict, str]:
    """Make a run, or the run of a bundle, again; gives the verdict and the new run's name.

    The new run goes into the store of the project at `root`; for a bundle without a project,
    into one in the current folder. Nothing else of the user's changes.

    Raises:
        ValueError: there is no such run, it has no record, its commit is not there, its patch
            does not apply, or a stage failed.
    """
    with tempfile.TemporaryDirectory(prefix="headway-") as folder:
        place = Path(folder)
        tree = place / "tree"
        if is_bundle(query):
            kept = open_bundle(Path(query), place / "kept", tree)
        else:
            kept = _find(query, root, place / "kept")
            make_workplace(kept, _known(root), tree)
        say(f"{kept.name} ({kept.run_id[:8]}), made again in a folder of its own:")
        bring_data(kept, root, tree)
        upstream = differing_inputs(kept, tree)
        stages = tuple(_run_stages(kept, tree, say))
        again = _own_run(tree, place, kept) if _is_whole(stages, kept) else None
        verdict = _judge(kept, again.kept if again else None, stages, upstream)
        name = _record(kept, tree, root or Path.cwd(), again, verdict, place)
    return verdict, name


def original_of(store: Store, run: "Run") -> "Run":
    """The run itself, or, of a reproduction, the run that it reproduces."""
    tags = run.data.tags
    return find_run(store, tags[REPRODUCES_TAG]) if REPRODUCES_TAG in tags else run


def _find(query: str, root: Path | None, folder: Path) -> Kept:
    store = open_store(_known(root))
    run = original_of(store, find_run(store, query, "record"))
    return fetch_run(store, run, folder)


def _known(root: Path | None) -> Path:
    if root is None:
        raise ValueError("no Headway project here: go to one, or give a bundle (a .zip file)")
    return root


def _run_stages(kept: Kept, tree: Path, say: Say) -> Iterator[StageComparison]:
    """Each stage and its comparison; none after one that differs without rounding."""
    expected = kept.record.outputs
    for folder in Artifacts(tree).outputs:
        verb = MADE_BY[folder.name]
        if not any(path.startswith(f"data/{folder.name}/") for path in expected):
            say(f"  {verb}: the run has none")
            continue
        start = time.perf_counter()
        run_stage(verb, tree)
        found = compare_stage(verb, time.perf_counter() - start, folder.name, expected, tree)
        what = f"{len(found.files)} files differ" if found.files else "identical"
        say(f"  {verb:<9} {what:<16} {found.count:>3} files {found.seconds:7.1f} s")
        yield found
        if found.files and verb in EXACT:
            say("  the stages after it would only show the same difference")
            return


def _is_whole(stages: tuple[StageComparison, ...], kept: Kept) -> bool:
    """Whether all that the record names was made again."""
    return sum(stage.count for stage in stages) == len(kept.record.outputs)


def _own_run(tree: Path, place: Path, kept: Kept) -> Again:
    """The reproduction's run, in a store of the tree's own."""
    store = open_store(tree, sqlite_uri(tree), is_default=True)  # as `run_stage` has it
    sha256 = hash_content(tree / WEIGHTS).sha256
    run = find_by_tag(store, WEIGHTS_TAG, sha256)
    assert run is not None, f"the stages of {kept.name} made no run"
    (place / "package").mkdir()
    package = fetch_package(store, run, place / "package")
    return Again(fetch_run(store, run, place / "again"), run.data.params, package)


def _judge(
    kept: Kept, again: Kept | None, stages: tuple[StageComparison, ...], upstream: list[Upstream]
) -> Verdict:
    damaged = tuple(damages(kept))
    if again is None:
        return Verdict(stages, tuple(upstream), damaged, None, (), (), (), {})
    weights = kept.folder / WEIGHTS
    tensors = compare_weights(weights, again.folder / WEIGHTS) if weights.is_file() else []
    metrics = compare_metrics(kept, again)
    return Verdict(
        stages=stages,
        upstream=tuple(upstream),
        damaged=damaged,
        parting=compare_trails(*((one.folder / WEIGHTS).parent for one in (kept, again))),
        tensors=tuple(tensors),
        metrics=tuple(metrics),
        outside=tuple(outside_intervals(kept, metrics)),
        environment={
            name: pair
            for stage, environment in kept.environments.items()
            if stage in again.environments
            for name, pair in environment.differences(again.environments[stage]).items()
        },
    )


def _record(
    kept: Kept, tree: Path, root: Path, again: Again | None, verdict: Verdict, place: Path
) -> str:
    """Log the reproduction as a run of the user's store, whole; gives its name."""
    artifacts = Artifacts(tree)
    tags = origin_of(tree).tags | {
        REPRODUCES_TAG: kept.run_id,
        VERDICT_TAG: verdict.kind,
    }
    told = place / "verdict.json"
    told.write_text(json.dumps(verdict.as_json(), indent=1) + "\n", encoding="utf-8")
    name = f"{kept.name}-reproduction"
    params = _told(artifacts.params) if again is None else again.params
    with track(root, name, params, tags) as run:
        run.log_file(told, "")
        if again is not None:
            log_training(run, artifacts, lambda *_: nullcontext(again.package))
            metrics = again.kept.metrics
            run.log_metrics({it: metrics[it] for it in metrics if is_of_time(it)}, step=0)
            if artifacts.evidence.is_dir():
                log_evidence(run, artifacts)
            for path in sorted(again.kept.folder.iterdir()):
                if path.name != "data":
                    run.log_file(path, "")
            told_hashes = again.kept.record_sha256.items()
            run.set_tags({record_tag(stage): sha256 for stage, sha256 in told_hashes})
        run.set_tags({NOTE: "\n".join(["```", *verdict.lines(), "```"])})
        return run.name


def _told(params: Path) -> dict[str, Any]:
    """The parameters by their names; of another version's, all that the file has."""
    try:
        return flatten(read_params(params))
    except ValueError:
        return dotted_values(read_yaml(params))
