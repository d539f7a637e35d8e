"""Files -> the hashes that a record keeps of them."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline.files import find_files
from pipeline.foreign import path_below

INPUTS = (
    "data/source/**/*", "dvc.yaml", "params.yaml", "pipeline/**/*.py", "requirements.lock",
    "stages/*.py",
)  # fmt: skip
"""What a run is made from: a person's own data, the pipeline, parameters, Python code, versions.

The pages' templates are known by the commit and its patch alone."""


class Part(BaseModel):
    """A part of a record: no unknown keys, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileHash(Part):
    """A file's content; md5 is what DVC's cache knows it by."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    md5: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]
    bytes: int


FileHashes = dict[Annotated[str, AfterValidator(path_below)], FileHash]
"""The files of a folder, by their paths there."""


def file_hashes(root: Path, patterns: Iterable[str]) -> dict[str, FileHash]:
    """The hashes of every file below `root` that a glob names, by its path there, sorted."""
    return {
        path.relative_to(root).as_posix(): hash_content(path) for path in find_files(root, patterns)
    }


def hash_content(path: Path) -> FileHash:
    """The hashes of a file."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            sha256.update(block)
            md5.update(block)
            size += len(block)
    return FileHash(sha256=sha256.hexdigest(), md5=md5.hexdigest(), bytes=size)
