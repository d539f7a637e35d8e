"""A name that several runs want -> a name of its own for each."""

from pipeline.tracking.search import newest_runs, quoted
from pipeline.tracking.store import Store

MOST_ALIKE = 1000


def numbered(store: Store, name: str) -> str:
    """The name itself, or with `#2`, `#3`, ... when the experiment already has such runs."""
    alike = newest_runs(store, MOST_ALIKE, f"attributes.run_name LIKE {quoted(name + '%')}")
    taken = {run.info.run_name for run in alike}
    number = 1
    while (candidate := name if number == 1 else f"{name}#{number}") in taken:
        number += 1
    return candidate
