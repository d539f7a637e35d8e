"""A run and the same run made again -> what differs: files, tensors, metrics, environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.model.trail import Parting, parting, read_trail
from pipeline.recording.hashes import FileHash, file_hashes
from pipeline.recording.metric_names import (
    LOSS_OF_EPOCHS,
    interval_of,
    is_of_evaluation,
    is_of_time,
)
from pipeline.runs.fetching import Kept

WEIGHTS = ModelFiles(Artifacts(Path()).model).weights.as_posix()


@dataclass(frozen=True)
class StageComparison:
    """What a stage made, beside what the record says it made."""

    verb: str
    seconds: float
    files: tuple[str, ...]
    """Those that differ, are missing or are too many; sorted."""
    count: int
    """Files that the record names."""


@dataclass(frozen=True)
class TensorDifference:
    """A weight that is not the same, bit for bit."""

    name: str
    differing: int
    """Numbers that differ; all of them where shape or type do, or one side has none."""
    size: int
    largest: float
    """Largest absolute difference; NaN where shape or type differ, or one side has none."""

    def __str__(self) -> str:
        by = f"by {self.largest:.3g} at most"
        return f"{self.name}: {self.differing:,} of {self.size:,} numbers differ, {by}"


@dataclass(frozen=True)
class MetricDifference:
    """A metric that is not the same; None where it is missing."""

    name: str
    was: float | None
    again: float | None

    def __str__(self) -> str:
        was, again = ("missing" if it is None else f"{it:.6g}" for it in (self.was, self.again))
        return f"{self.name}: {was} -> {again}"


def compare_stage(
    verb: str, seconds: float, folder: str, expected: Mapping[str, FileHash], tree: Path
) -> StageComparison:
    """Hash what a stage wrote into data/<folder>, and hold it against the record's hashes."""
    start = f"data/{folder}/"
    wanted = {path: content for path, content in expected.items() if path.startswith(start)}
    found = file_hashes(tree, [f"{start}**/*"])
    differing = [p for p in wanted.keys() | found.keys() if wanted.get(p) != found.get(p)]
    return StageComparison(verb, seconds, tuple(sorted(differing)), len(wanted))


def compare_weights(was: Path, again: Path) -> list[TensorDifference]:
    """The tensors that differ, in the order of their names.

    Raises:
        ValueError: a file is no safetensors file.
    """
    try:
        old, new = load_file(was), load_file(again)
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{was.name} cannot be compared: {error}") from None
    pairs = [(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]
    found = [_compare_tensor(name, ours, theirs) for name, ours, theirs in pairs]
    return [difference for difference in found if difference]


def compare_trails(was: Path, again: Path) -> Parting | None:
    """Where two trainings part, by the trails in the folders of their models.

    None where they are the same at every step that both keep, or a trail is missing.

    Raises:
        ValueError: a trail is damaged.
    """
    return parting(read_trail(was), read_trail(again))


def _compare_tensor(
    name: str, was: np.ndarray | None, again: np.ndarray | None
) -> TensorDifference | None:
    if was is None or again is None or (was.shape, was.dtype) != (again.shape, again.dtype):
        size = max(0 if it is None else it.size for it in (was, again))
        return TensorDifference(name, size, size, float("nan"))
    bits = np.dtype(f"u{was.itemsize}")
    differing = int((was.view(bits) != again.view(bits)).sum())
    gap = np.abs(was.astype(np.float64) - again.astype(np.float64))
    largest = float(np.nanmax(gap, initial=0.0))
    return TensorDifference(name, differing, was.size, largest) if differing else None


def compare_metrics(was: Kept, again: Kept) -> list[MetricDifference]:
    """The metrics that differ, but for those of time; NaN is equal to NaN."""
    names = {name for name in was.metrics | again.metrics if not is_of_time(name)}
    if LOSS_OF_EPOCHS not in was.metrics:  # of a model that another run trained
        names -= {it for it in again.metrics.keys() - was.metrics if not is_of_evaluation(it)}
    pairs = [
        MetricDifference(it, was.metrics.get(it), again.metrics.get(it)) for it in sorted(names)
    ]
    return [pair for pair in pairs if not _is_same(pair.was, pair.again)]


def outside_intervals(was: Kept, differences: list[MetricDifference]) -> list[MetricDifference]:
    """Those that left the run's own interval, or are missing; one without an interval cannot."""
    return [it for it in differences if not _is_inside(was.metrics, it)]


def _is_inside(metrics: Mapping[str, float], difference: MetricDifference) -> bool:
    if difference.was is None or difference.again is None:
        return False
    ends = interval_of(difference.name)
    if not all(end in metrics for end in ends):
        return True
    low, high = (metrics[end] for end in ends)
    return low <= difference.again <= high


def _is_same(was: float | None, again: float | None) -> bool:
    return was == again or (was is not None and again is not None and was != was and again != again)
