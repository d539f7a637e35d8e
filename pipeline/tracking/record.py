"""Everything that a run was made from and what it made, by hash: what it is made again from."""

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from pipeline.artifacts import Artifacts
from pipeline.params import Params
from pipeline.tracking.environment import environment_here
from pipeline.tracking.hashes import FileHash, Part, file_hashes
from pipeline.tracking.provenance import Origin
from pipeline.tracking.run import TrackedRun

RECORD, PATCH, ENVIRONMENT = "record.json", "changes.patch", "environment"
RECORD_TAG = "headway.record_sha256"


class Record(Part):
    """A run, by hash."""

    version: Literal[1] = 1
    commit: str
    patch_sha256: str | None
    params: dict[str, Any]
    """As params.yaml has them."""
    inputs: dict[str, FileHash]
    outputs: dict[str, FileHash]


def log_record(
    run: TrackedRun,
    artifacts: Artifacts,
    origin: Origin,
    params: Params,
    stage: str,
    arithmetic: Mapping[str, str],
) -> None:
    """Keep what lies in data/ now, and what it was made from, by hash.

    A later record takes the place of an earlier one; the environments of train and of evaluate
    stand beside each other. `arithmetic` is what torch knows of this stage's environment.
    """
    patch = origin.patch
    record = to_json(
        Record(
            commit=origin.commit,
            patch_sha256=None if patch is None else hashlib.sha256(patch).hexdigest(),
            params=params.model_dump(mode="json"),
            inputs=origin.inputs,
            outputs=output_hashes(artifacts),
        )
    )
    environment = to_json(environment_here(artifacts.lock, arithmetic))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if patch is not None:
            _log_bytes(run, place / PATCH, patch, "")
        _log_bytes(run, place / f"{stage}.json", environment, ENVIRONMENT)
        _log_bytes(run, place / RECORD, record, "")
    run.set_tags({RECORD_TAG: hashlib.sha256(record).hexdigest()})


def output_hashes(artifacts: Artifacts) -> dict[str, FileHash]:
    """The hashes of everything that the stages have made."""
    patterns = [f"data/{folder.name}/**/*" for folder in artifacts.outputs]
    return file_hashes(artifacts.root, patterns)


def _log_bytes(run: TrackedRun, path: Path, content: bytes, folder: str) -> None:
    path.write_bytes(content)
    run.log_file(path, folder)


def to_json(part: Part) -> bytes:
    """The same bytes for the same content."""
    return (json.dumps(part.model_dump(mode="json"), indent=1, sort_keys=True) + "\n").encode()


def read_record(path: Path) -> Record:
    """The record that `to_json` wrote.

    Raises:
        ValueError: there is none, or it is something else.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise ValueError(
            f"expected {path.name}, found none: the run was made before Headway kept records, or "
            f"ended before its record was written"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{path.name} is no record of a run: {where}: {first['msg']}") from None
