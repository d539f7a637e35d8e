"""The sweeps of a project as rows of text: what `headway sweeps` shows."""

from pathlib import Path

from pipeline.numbers import ABSENT
from pipeline.sweeps.dimensions import label
from pipeline.sweeps.place import Place, sweeps_of
from pipeline.sweeps.standing import Standing, worth
from pipeline.sweeps.sweep import ledger_of

SWEEP_COLUMNS = ("sweep", "what varied", "done", "failed", "left", "best")


def sweep_rows(root: Path) -> list[list[str]]:
    """One row a sweep, the newest first; one whose storage is away says so."""
    return [_row(Place(root, name)) for name in reversed(sweeps_of(root))]


def _row(place: Place) -> list[str]:
    try:
        ledger = ledger_of(place, place.storage())
    except ValueError as error:
        return [place.name, str(error), ABSENT, ABSENT, ABSENT, ABSENT]
    if ledger is None:
        return [place.name, "it was never begun", ABSENT, ABSENT, ABSENT, ABSENT]
    facts = ledger.facts
    now = Standing.of(ledger.trials(), facts["direction"])
    best = now.best
    told = f"{label(best.varied or {})}: {worth(best, facts['monitor'])}" if best else ABSENT
    return [
        place.name, str(ledger.plan), str(now.done), str(now.failed), str(now.left), told
    ]  # fmt: skip
