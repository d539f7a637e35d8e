"""Paths of everything under data/, and how a file gets there whole: nobody else knows either."""

import hashlib
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pipeline.leftovers import PREFIX, held

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)


@dataclass(frozen=True)
class Artifacts:
    """The files of one working copy, by name. `root` is the folder that holds dvc.yaml."""

    root: Path

    @property
    def params(self) -> Path:
        """Every number of the experiment."""
        return self.root / "params.yaml"

    @property
    def lock(self) -> Path:
        """The exact package versions."""
        return self.root / "requirements.lock"

    @property
    def private(self) -> Path:
        """What is kept between runs but is no output: downloads, checkpoints, timings."""
        return self.root / ".headway"

    @property
    def source(self) -> Path:
        """Data that a person put here; DVC watches it."""
        return self.root / "data/source"

    @property
    def corpus(self) -> Path:
        """Sentences: {train,validation,test}.parquet, card.json, LICENSE.txt, ATTRIBUTION.md."""
        return self.root / "data/corpus"

    @property
    def tokens(self) -> Path:
        """Ids: tokenizer.json, encoding.json, summary.json, and each split's folder of arrays."""
        return self.root / "data/tokens"

    @property
    def vectors(self) -> Path:
        """The first vectors: table.safetensors, neighbours.json, summary.json, map.png."""
        return self.root / "data/vectors"

    @property
    def model(self) -> Path:
        """The trained model: weights.safetensors, model.json, history.csv."""
        return self.root / "data/model"

    @property
    def evidence(self) -> Path:
        """What was measured: metrics.json, tables, predictions/, pictures/."""
        return self.root / "data/evidence"

    @property
    def outputs(self) -> list[Path]:
        """What the stages make, in their order."""
        return [self.corpus, self.tokens, self.vectors, self.model, self.evidence]

    def corpus_split(self, split: Split) -> Path:
        """The sentences of a split."""
        return self.corpus / f"{split}.parquet"

    def tokens_split(self, split: Split) -> Path:
        """The folder with a split's arrays."""
        return self.tokens / split

    def require(self, folder: Path) -> Path:
        """The folder, if its stage has made it.

        Raises:
            FileNotFoundError: it is not there; the message names the stage that makes it.
        """
        if not folder.exists():
            noun = folder.relative_to(self.root / "data").parts[0]
            raise FileNotFoundError(
                f"{folder.relative_to(self.root)} is missing: run `dvc repro {MADE_BY[noun]}`"
            )
        return folder


MADE_BY = {
    "corpus": "corpus",
    "tokens": "tokenize",
    "vectors": "embed",
    "model": "train",
    "evidence": "evaluate",
}


def unusable(path: Path, reason: object) -> ValueError:
    """The error for a file of an output that is missing or not what its stage wrote."""
    return ValueError(
        f"{path.parent.name}/{path.name} cannot be used ({reason}): expected what the last "
        f"`dvc repro` wrote; `dvc checkout --force` puts it back"
    )


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that a stage wrote.

    Raises:
        ValueError: the file is missing or damaged.
    """
    try:
        found: dict[str, Any] = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise unusable(path, "it is missing") from None
    except ValueError as error:
        raise unusable(path, error) from None
    return found


def parse_json(text: str | bytes) -> Any:
    """What a text of JSON says.

    Raises:
        ValueError: it is none, or nested so deeply that nobody can have meant it.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its JSON is nested too deeply") from None


def find_root(start: Path) -> Path:
    """The nearest folder at or above `start` that holds dvc.yaml and params.yaml.

    Raises:
        FileNotFoundError: there is none.
        ValueError: its name is one that DVC cannot use.
    """
    for folder in (start, *start.parents):
        if (folder / "dvc.yaml").is_file() and (folder / "params.yaml").is_file():
            require_usable_name(folder)
            return folder
    raise FileNotFoundError(
        f"no Headway project at or above {start}: go to a folder with dvc.yaml and params.yaml"
    )


UNUSABLE = re.compile(r"[{}\x00-\x1f\x7f\ud800-\udfff]")
"""In a folder's name: DVC formats it, where braces mean something, and writes it as UTF-8; git has
a list of such names, one a line."""


def require_usable_name(root: Path) -> None:
    """Refuse a folder in which DVC or git would fail half-way, with errors of their own.

    Raises:
        ValueError: its name, or one above it, has such a character.
    """
    if UNUSABLE.search(str(root)):
        raise ValueError(
            f"DVC and git cannot work in {str(root)!a}: expected folders whose names are "
            f"UTF-8, without braces and without control characters: rename it"
        )


def require_private(root: Path) -> None:
    """Check that what is kept between runs can be written, before the work and not after it.

    Raises:
        OSError: it cannot.
    """
    private = Artifacts(root).private
    try:
        private.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=private).close()
    except OSError as error:
        raise OSError(
            f"{private} cannot be written ({error.strerror}): expected a folder of yours, which "
            f"keeps checkpoints and what waits to be sent: check its permissions and the free space"
        ) from None


def hash_file(path: Path) -> str:
    """The sha256 of what a file holds."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def find_files(root: Path, patterns: Iterable[str]) -> list[Path]:
    """Every file below `root` that a glob names, sorted; bytecode is nobody's file."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return sorted(path for path in found if "__pycache__" not in path.parts)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a new folder to write into; on success it takes the place of `folder`, else it goes.

    Written beside its place and renamed, so a killed stage leaves the old one or none, never half.
    Who may read and write it is what the system gives a new folder: by the umask and its parent.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(folder)
    beside.mkdir()
    try:
        with held(beside):
            yield beside
            allowed = beside.stat().st_mode & READ_AND_WRITE
            for file in filter(Path.is_file, beside.rglob("*")):
                file.chmod(allowed)  # some libraries write files that nobody else may read
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; on success it is renamed to `path`, else it goes.

    Who may read and write it is what the system gives a new file there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(path)
    beside.touch(exist_ok=False)
    allowed = beside.stat().st_mode & READ_AND_WRITE
    try:
        with held(beside):
            yield beside
            beside.chmod(allowed)
            beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


READ_AND_WRITE = 0o666


def _beside(path: Path) -> Path:
    """A free name in the same folder, for what is still being written.

    Not by `tempfile`, which makes files and folders that are for their owner alone.
    """
    return path.with_name(f"{PREFIX}{path.name}-{secrets.token_hex(4)}{path.suffix}")
