"""What the comparisons need before anything is timed: tokens, parameters, projects."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import programs
from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.params.writing import write_params
from pipeline.tokens.build import build_tokens

WITHOUT_PARTS = {
    "tokenize.word.prefix_lengths": [],
    "tokenize.word.suffix_lengths": [],
    "tokenize.word.has_shape": False,
    "encoder.part_dropout": 0.0,
}
"""Words alone: no peer has hashed parts of words, so that no one learns from them here."""
LARGER = {
    "encoder.d_model": 256,
    "encoder.n_heads": 8,
    "encoder.n_layers": 4,
    "encoder.d_ff": 1024,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "default": {},
    "tagging": WITHOUT_PARTS | {"train.max_epochs": 3},
    "masked": WITHOUT_PARTS | {"train.max_epochs": 2, "objective.kind": "masked_lm"},
    "larger": WITHOUT_PARTS | LARGER | {"train.max_epochs": 1},
    "masked_larger": WITHOUT_PARTS
    | LARGER
    | {"train.max_epochs": 1, "objective.kind": "masked_lm"},
    "pieces": WITHOUT_PARTS | {"tokenize.unit": "bpe"},
}


@dataclass(frozen=True)
class Prepared:
    """Where everything lies."""

    root: Path
    scratch: Path
    peers: Path
    """The interpreter that the peers are installed for."""
    params: Mapping[str, Path]
    """A params.yaml for each of `VARIANTS`."""
    tokens: Mapping[str, Path]
    """The treebank tokenized: `parts` (the default), `words`, `pieces`."""
    clone: Path
    """A clone of this project with the wheel of the treebank in place."""
    empty: Path
    """A DVC project with no stage."""


def prepare(root: Path, scratch: Path, peers: Path) -> Prepared:
    """Write all of it, from what `dvc repro` left under data/."""
    scratch.mkdir(parents=True, exist_ok=True)
    params = {name: scratch / f"{name}.yaml" for name in VARIANTS}
    for name, changes in VARIANTS.items():
        write_params(root / "params.yaml", params[name], changes)
    tokens = {"parts": root / "data" / "tokens"}
    for name, variant in (("words", "tagging"), ("pieces", "pieces")):
        tokens[name] = _tokenized(root, params[variant], scratch / name)
    return Prepared(
        root=root,
        scratch=scratch,
        peers=peers,
        params=params,
        tokens=tokens,
        clone=_clone(root, scratch / "clone"),
        empty=_empty_pipeline(scratch / "empty"),
    )


def _tokenized(root: Path, params: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    build_tokens(Artifacts(root), read_params(params).tokenize, None, folder)
    return folder


def _clone(root: Path, place: Path) -> Path:
    """The project as it lies here, changes included, run once so that its first time is over."""
    shutil.rmtree(place, ignore_errors=True)
    _run("git", "clone", "--quiet", str(root), str(place), folder=root)
    listed = _run("git", "ls-files", folder=root).split("\n")
    for name in filter(None, listed):
        if (root / name).is_file():
            shutil.copyfile(root / name, place / name)
    (place / ".headway").mkdir()
    (place / ".headway" / "downloads").symlink_to(root / ".headway" / "downloads")
    _run(sys.executable, "-m", "dvc", "repro", "--quiet", folder=place)
    return place


def _empty_pipeline(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    _run("git", "init", "--quiet", folder=place)
    _run(sys.executable, "-m", "dvc", "init", "--quiet", folder=place)
    (place / "dvc.yaml").write_text("stages: {}\n")
    return place


def _run(*command: str, folder: Path) -> str:
    """Run a command that must succeed, and return what it printed.

    Raises:
        ValueError: it failed.
    """
    done = subprocess.run(
        command, cwd=folder, env=programs.environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ValueError(f"{' '.join(command)} failed: {done.stdout}{done.stderr}")
    return done.stdout
