"""Files that `headway init` is to look at, for tests of what it says and chooses."""

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from pipeline.artifacts import Artifacts
from pipeline.cli.group import main
from pipeline.corpus.looking.look import look_at


def put(project: Path, data: str | bytes, name: str = "mine.csv") -> str:
    """Write a file below data/source; gives its path in the project."""
    path = project / "data/source" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return f"data/source/{name}"


def chosen(project: Path, path: str) -> dict[str, Any]:
    """The values that are chosen for a path, by their names."""
    look = look_at(Artifacts(project), path, 512)
    return {choice.name: choice.value for choice in look.choices}


def init(*arguments: str) -> Result:
    """What the command did in the folder of the test."""
    return CliRunner().invoke(main, ["init", *arguments], catch_exceptions=False)
