"""`headway verify`: is what a run kept, and the data it used, still what its record says?"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline import tracking
from pipeline.reproduction.cache import Cache
from pipeline.tracking.fetching import Kept
from pipeline.tracking.record import PATCH, RECORD

KEPT = ("data/model/", "data/evidence/")
"""Outputs that a run holds itself; the others are DVC's to keep."""


State = Literal["sound", "damaged", "missing"]


@dataclass(frozen=True)
class Checked:
    """A file of the record, and how it was found."""

    path: str
    state: State
    where: str
    """Where it was looked for, or found."""


def damages(kept: Kept) -> Iterator[str]:
    """What a run keeps that is not what its record says, in words."""
    for checked in check_kept(kept):
        if checked.state != "sound":
            yield f"{checked.path} is {checked.state} ({checked.where})"


def check_kept(kept: Kept) -> Iterator[Checked]:
    """The record, the patch, the model and the evidence, in the run or the bundle."""
    record = kept.record
    sha256 = hashlib.sha256((kept.folder / RECORD).read_bytes()).hexdigest()
    yield Checked(RECORD, "sound" if sha256 == kept.record_sha256 else "damaged", "the run")
    if record.patch_sha256 is not None:
        yield Checked(PATCH, _state_of_patch(kept.patch, record.patch_sha256), "the run")
    for path, expected in record.outputs.items():
        if path.startswith(KEPT):
            yield _check(path, expected, {"the run": kept.folder / path})


def check_data(kept: Kept, root: Path) -> Iterator[Checked]:
    """The run's own data and what the first stages made of it, in the tree or in DVC's cache."""
    cache = Cache.of(root)
    files = {p: h for p, h in kept.record.inputs.items() if p.startswith("data/")}
    files |= {p: h for p, h in kept.record.outputs.items() if not p.startswith(KEPT)}
    for path, expected in files.items():
        yield _check(path, expected, {"DVC's cache": cache.path(expected), "data/": root / path})


def _state_of_patch(patch: bytes | None, expected: str) -> State:
    if patch is None:
        return "missing"
    return "sound" if hashlib.sha256(patch).hexdigest() == expected else "damaged"


def _check(path: str, expected: tracking.FileHash, places: dict[str, Path]) -> Checked:
    """Sound where one place has the content. In data/ there may be another version of it."""
    there = {name: place for name, place in places.items() if place.is_file()}
    for name, place in there.items():
        if tracking.hash_content(place) == expected:
            return Checked(path, "sound", name)
    damaged = [name for name in there if name != "data/"]
    if damaged:
        return Checked(path, "damaged", damaged[0])
    return Checked(path, "missing", "neither in data/ nor in DVC's cache: `dvc pull` may bring it")
