"""The folder of a project: found, and one in which git, DVC and the stages can work."""

import re
import tempfile
from pathlib import Path

from pipeline.artifacts import Artifacts


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
