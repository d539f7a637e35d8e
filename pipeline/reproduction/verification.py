"""`headway verify`: is what a run kept and tells, and the data it used, what its record says?"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.artifacts import Artifacts, EvidenceFiles, ModelFiles
from pipeline.model.history import read_history
from pipeline.recording.evidence import evaluation_figures
from pipeline.recording.hashes import FileHash, hash_content
from pipeline.recording.metric_names import LOSS_OF_EPOCHS, are_earlier
from pipeline.recording.record import patch_file, record_file
from pipeline.recording.training import epoch_metrics
from pipeline.reproduction.cache import Cache
from pipeline.runs.fetching import Kept
from pipeline.tracking.points import is_same

EVIDENCE = EvidenceFiles(Artifacts(Path()).evidence).metrics.as_posix()
HISTORY = ModelFiles(Artifacts(Path()).model).history.as_posix()
KEPT = ("data/model/", "data/evidence/")
"""Outputs that a run holds itself; the others are DVC's to keep."""


State = Literal["sound", "damaged", "missing"]


@dataclass(frozen=True)
class Checked:
    """A file or a figure of the record, and how it was found."""

    path: str
    state: State
    where: str
    """Where it was looked for, or found."""

    def __str__(self) -> str:
        return f"{self.state}: {self.path} ({self.where})"


def damages(kept: Kept) -> Iterator[str]:
    """What a run keeps that is not what its record says, in words."""
    for checked in check_kept(kept):
        if checked.state != "sound":
            yield f"{checked.path} is {checked.state} ({checked.where})"


def faults(checked: Sequence[Checked]) -> Iterator[str]:
    """What is not sound, a line each; one for a folder of which nothing was found."""
    folders: dict[str, list[Checked]] = {}
    for one in checked:
        folders.setdefault(_folder(one.path), []).append(one)
    for folder, files in folders.items():
        if len(files) > 1 and all(file.state == "missing" for file in files):
            yield f"missing: {folder} with its {len(files)} files ({files[0].where})"
        else:
            yield from (str(file) for file in files if file.state != "sound")


def _folder(path: str) -> str:
    """data/tokens for data/tokens/train/offsets.npy; anything else is by itself."""
    return "/".join(path.split("/")[:2]) if path.startswith("data/") else path


def check_kept(kept: Kept) -> Iterator[Checked]:
    """The record, the patches, the model and the evidence, and the figures that they tell."""
    record = kept.record
    for stage in sorted(kept.record_sha256.keys() | record.parts.keys()):
        name, sha256 = record_file(stage), kept.record_sha256.get(stage)
        yield Checked(name, _state(_content(kept.folder / name), sha256), "the run")
    for stage, part in record.parts.items():
        if part.patch_sha256 is not None:
            state = _state(kept.patch_at(stage), part.patch_sha256)
            yield Checked(patch_file(stage), state, "the run")
    for path, expected in record.outputs.items():
        if path.startswith(KEPT):
            yield _check(path, expected, {"the run": kept.folder / path})
    yield from _check_metrics(kept)


def _check_metrics(kept: Kept) -> Iterator[Checked]:
    """What the run's metrics say, beside the files that its record names.

    Nothing where they have the names of an earlier Headway.
    """
    if are_earlier(kept.metrics):
        return
    for name, value in sorted(_figures(kept).items()):
        found = kept.metrics.get(name)
        if found is None:
            yield Checked(f"metric {name}", "missing", f"its files say {value:.6g}")
        elif not is_same(found, value):
            yield Checked(f"metric {name}", "damaged", f"{found:.6g}, its files say {value:.6g}")
        else:
            yield Checked(f"metric {name}", "sound", "the run")


def _figures(kept: Kept) -> dict[str, float]:
    """The figures in a run's files; of a file that cannot be read, its hash tells."""
    figures: dict[str, float] = {}
    with contextlib.suppress(ValueError):
        if EVIDENCE in kept.record.outputs:
            figures |= evaluation_figures((kept.folder / EVIDENCE).parent)
    with contextlib.suppress(ValueError):
        if LOSS_OF_EPOCHS in kept.metrics:  # a child has no curves
            figures |= epoch_metrics(read_history((kept.folder / HISTORY).parent)[-1])
    return figures


def check_data(kept: Kept, root: Path) -> Iterator[Checked]:
    """The run's own data and what the first stages made of it, in the tree or in DVC's cache."""
    cache = Cache.of(root)
    files = {p: h for p, h in kept.record.inputs.items() if p.startswith("data/")}
    files |= {p: h for p, h in kept.record.outputs.items() if not p.startswith(KEPT)}
    for path, expected in files.items():
        yield _check(path, expected, {"DVC's cache": cache.path(expected), "data/": root / path})


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _state(content: bytes | None, expected: str | None) -> State:
    if content is None:
        return "missing"
    return "sound" if hashlib.sha256(content).hexdigest() == expected else "damaged"


def _check(path: str, expected: FileHash, places: dict[str, Path]) -> Checked:
    """Sound where one place has the content. In data/ there may be another version of it."""
    there = {name: place for name, place in places.items() if place.is_file()}
    for name, place in there.items():
        if hash_content(place) == expected:
            return Checked(path, "sound", name)
    damaged = [name for name in there if name != "data/"]
    if damaged:
        return Checked(path, "damaged", damaged[0])
    return Checked(path, "missing", "neither in data/ nor in DVC's cache: `dvc pull` may bring it")
