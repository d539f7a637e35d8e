"""Everything that a run was made from and what it made, by hash: what it is made again from."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from pipeline.artifacts import Artifacts
from pipeline.params.whole import Params
from pipeline.recording.changes import NONE
from pipeline.recording.environment import Environment, environment_here
from pipeline.recording.hashes import FileHash, FileHashes, Part, file_hashes
from pipeline.recording.provenance import Origin
from pipeline.tracking.run import TrackedRun

RECORD_TAG = "headway.record_sha256"
RECORD = "record"
"""The folder of a run's record: for each stage that kept one, <stage>.json and <stage>.patch."""
STAGES = ("train", "evaluate")
"""Those that keep a record, in their order."""
WHOLE = "run"
"""In place of a stage, for a run of version 1: one record, written anew by every stage."""


class StageRecord(Part):
    """What a stage was made from and what its run held then, by hash."""

    version: Literal[1, 2] = 2
    commit: str
    patch_sha256: str | None
    params: dict[str, Any]
    """As params.yaml has them."""
    inputs: FileHashes
    outputs: FileHashes
    environment: Environment | None = None
    """None where the outputs were made elsewhere, and in version 1, which has files for them."""


@dataclass(frozen=True)
class Record:
    """A run, by hash: what each of its stages wrote down. A later one changes no earlier one."""

    parts: dict[str, StageRecord]

    @property
    def source(self) -> str:
        """The stage whose commit and patch give the code: the last one that had git."""
        known = [stage for stage, part in self.parts.items() if part.commit != NONE]
        return (known or list(self.parts))[-1]

    @property
    def commit(self) -> str:
        """What the run is made again from, with the patch of the same stage."""
        return self.parts[self.source].commit

    @property
    def params(self) -> dict[str, Any]:
        """As params.yaml had them for the last stage."""
        return self._last.params

    @property
    def inputs(self) -> dict[str, FileHash]:
        """What the last stage was made from."""
        return self._last.inputs

    @property
    def outputs(self) -> dict[str, FileHash]:
        """All that the run held after the last stage: what its earlier stages made is among it."""
        return self._last.outputs

    @property
    def _last(self) -> StageRecord:
        return list(self.parts.values())[-1]


def log_record(
    run: TrackedRun,
    artifacts: Artifacts,
    origin: Origin,
    params: Params,
    stage: str,
    arithmetic: Mapping[str, str] | None,
) -> None:
    """Keep what lies in data/ now, and what it was made from, by hash, as the stage's part.

    What earlier stages kept stays. `arithmetic` is what the stage, with torch, knows of its
    environment; None where the outputs were made in another than that of this process.
    """
    patch, outputs = origin.patch, output_hashes(artifacts)
    known = arithmetic is not None
    part = StageRecord(
        commit=origin.commit,
        patch_sha256=None if patch is None else hashlib.sha256(patch).hexdigest(),
        params=params.model_dump(mode="json"),
        inputs=origin.inputs,
        outputs={path: it for path, it in outputs.items() if _is_of(stage, path)},
        environment=environment_here(artifacts.lock, arithmetic or {}) if known else None,
    )
    with tempfile.TemporaryDirectory() as folder:
        if patch is not None:
            _log_bytes(run, Path(folder) / patch_file(stage), patch)
        _log_bytes(run, Path(folder) / record_file(stage), to_json(part))
    run.set_tags({record_tag(stage): hashlib.sha256(to_json(part)).hexdigest()})


def record_file(stage: str) -> str:
    """Where a stage's record lies in its run."""
    return "record.json" if stage == WHOLE else f"{RECORD}/{stage}.json"


def patch_file(stage: str) -> str:
    """Where the working tree's changes at that stage lie in its run."""
    return "changes.patch" if stage == WHOLE else f"{RECORD}/{stage}.patch"


def record_tag(stage: str) -> str:
    """The tag that says what the hash of the stage's record is."""
    return RECORD_TAG if stage == WHOLE else f"{RECORD_TAG}.{stage}"


def record_hashes(tags: Mapping[str, str]) -> dict[str, str]:
    """By stage, what a run says the hashes of its records are; empty for one that has none."""
    told = {stage: tags.get(record_tag(stage)) for stage in (WHOLE, *STAGES)}
    return {stage: sha256 for stage, sha256 in told.items() if sha256}


def output_hashes(artifacts: Artifacts) -> dict[str, FileHash]:
    """The hashes of everything that the stages have made."""
    patterns = [f"data/{folder.name}/**/*" for folder in artifacts.outputs]
    return file_hashes(artifacts.root, patterns)


def _is_of(stage: str, path: str) -> bool:
    """A training's run does not hold the evidence that lies there still from an earlier one."""
    return stage != "train" or not path.startswith("data/evidence/")


def _log_bytes(run: TrackedRun, path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    run.log_file(path, path.parent.name)


def to_json(part: Part) -> bytes:
    """The same bytes for the same content."""
    return (json.dumps(part.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def read_record(folder: Path) -> Record:
    """The record in a folder that a run was copied to.

    Raises:
        ValueError: there is none, or it is something else.
    """
    files = {stage: folder / record_file(stage) for stage in (WHOLE, *STAGES)}
    parts = {stage: read_part(path) for stage, path in files.items() if path.is_file()}
    if not parts:
        raise ValueError(
            "expected a record, found none: the run was made before Headway kept records, or "
            "ended before its record was written"
        )
    return Record(parts)


def read_part(path: Path) -> StageRecord:
    """One stage's part of a record.

    Raises:
        ValueError: it is something else.
    """
    try:
        return StageRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path.name} is no record of a run: {where}: {first['msg']}") from None
