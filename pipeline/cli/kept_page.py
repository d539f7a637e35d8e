"""A page of several runs: written where it was asked for, and kept in the run it belongs to."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.tracking.store import Store


def keep_page(store: "Store", keeper: str, page: str, path: Path, called: str) -> str:
    """Write it and keep it in the run, as one of the pages called so; says where both are."""
    from pipeline.pages.page import write_page
    from pipeline.runs.keeping import PAGES, keep_file

    write_page(page, path)
    folder = PAGES[called]
    keep_file(store, keeper, path, folder)
    return f"{path}, and {folder}/{path.name} in the run {keeper[:8]}"
