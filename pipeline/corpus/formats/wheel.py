"""The Python package that carries the English Web Treebank: fetched once, checked at every use."""

import subprocess
import sys
import tempfile
from pathlib import Path

from pipeline import programs
from pipeline.files import hash_file
from pipeline.leftovers import PREFIX, held
from pipeline.progress import begin

NAME = "decomp 0.3.2"
FILE_NAME = "decomp-0.3.2-py3-none-any.whl"
SHA256 = "f93dd0e893d4e726ce71da12e8793170a525184766acb34bd749dbac1a073079"


def fetch_wheel(downloads: Path, sha256: str) -> Path:
    """The wheel in `downloads`: what lies there already, or else fetched by pip; about 78 MiB.

    The package is not installed: it is marked for Python 3.12, and only its data is wanted.

    Raises:
        ValueError: pip could not fetch it, or the file is not the one expected.
    """
    kept = downloads / FILE_NAME
    if kept.exists():
        _check(kept, sha256, f"delete {kept} and run again")
        return kept
    downloads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=downloads) as folder, held(Path(folder)):
        fetched = _pip_download(Path(folder), kept)
        _check(fetched, sha256, "the index that pip uses does not serve the published file")
        fetched.replace(kept)
    return kept


def _pip_download(folder: Path, kept: Path) -> Path:
    """Have pip put the wheel into `folder`; its progress goes to stdout."""
    begin("")  # pip tells it itself
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    command += ["--no-deps", "--only-binary=:all:", "--python-version", "3.12"]
    command += ["--dest", str(folder), NAME.replace(" ", "==")]
    done = subprocess.run(
        command, env=programs.environment(), stderr=subprocess.PIPE, text=True, check=False
    )
    fetched = folder / FILE_NAME
    if done.returncode or not fetched.exists():
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise ValueError(
            f"could not fetch {NAME}, which carries the English Web Treebank: connect to the "
            f"network and run again, or put the wheel at {kept} (pip says: {said[-1]})"
        )
    return fetched


def _check(path: Path, sha256: str, advice: str) -> None:
    """Raise ValueError unless the file has the expected hash."""
    found = hash_file(path)
    if found != sha256:
        raise ValueError(
            f"{path} is not the expected file: expected sha256 {sha256}, found {found}: {advice}"
        )
