"""Addresses in MLflow's UI that open in model-training mode."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipeline.artifacts import Artifacts, EvidenceFiles
from pipeline.recording.description import MODE, RunPages
from pipeline.recording.trial import PARENT_OF_SWEEP_TAG, SWEEP_TAG
from pipeline.runs.charts_view import share_view
from pipeline.runs.finding import is_evaluated, shown_name, state_of
from pipeline.runs.keeping import kept_pages
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

Shown = Literal["TABLE", "CHART"]
"""How MLflow shows all runs."""

HOST = "127.0.0.1"


def base_address(uri: str, port: int) -> str:
    """Where the UI of a store is: the tracking server's own, else the one `headway ui` starts."""
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else f"http://{HOST}:{port}"


def all_runs_address(base: str, experiment_id: str, shown: Shown, view: str | None = None) -> str:
    """All runs: as MLflow shows them, or as a view that the store keeps.

    An MLflow that knows no views shows its own.
    """
    shared = f"&viewStateShareKey={view}" if view else ""
    return f"{base}/#/experiments/{experiment_id}/runs?{MODE}&compareRunsMode={shown}{shared}"


def run_address(base: str, experiment_id: str, run_id: str) -> str:
    """One run's own page."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{MODE}"


def page_addresses(base: str, experiment_id: str, run_id: str) -> dict[str, str]:
    """The pages of an evaluated run, in MLflow's viewer of files."""
    pages, files = RunPages(experiment_id, run_id), EvidenceFiles(Artifacts(Path()).evidence)
    named = {"heads": files.heads_page, "trace": files.trace_page}
    return {name: f"{base}/{pages.of(page)}" for name, page in named.items()}


def address_lines(store: Store, base: str, run: "Run | None") -> list[str]:
    """What `headway ui` says: where all runs are, the run to open, and its pages.

    A store that keeps no view of the runs is no reason not to open them as MLflow does.
    """
    sweep = run.data.tags[SWEEP_TAG] if run and PARENT_OF_SWEEP_TAG in run.data.tags else None
    notes, view = [], None
    try:
        view = share_view(store, sweep)
    except (ValueError, OSError) as error:
        reason = textwrap.shorten(str(error), 200, placeholder=" ...")
        notes.append(f"the runs open as MLflow itself shows them: {reason}")
    which = "its runs" if sweep else "all runs"
    lines = [
        *notes,
        f"{which}: {all_runs_address(base, store.experiment_id, 'TABLE', view)}",
        f"their charts: {all_runs_address(base, store.experiment_id, 'CHART', view)}",
    ]
    if run:
        place = base, store.experiment_id, run.info.run_id
        note = "" if is_evaluated(run) else f" ({state_of(run)})"
        lines.append(f"{shown_name(run)}{note}: {run_address(*place)}")
        if is_evaluated(run):
            own = page_addresses(*place)
            if run.data.params.get("train.watched.sentences") == "[]":
                del own["trace"]  # there is no sentence to trace
            lines += [f"its {name}: {address}" for name, address in own.items()]
        pages = RunPages(store.experiment_id, run.info.run_id)
        lines += [
            f"its {name} {page.stem}: {base}/{pages.of(page)}"
            for name, found in kept_pages(store, run.info.run_id).items()
            for page in found
        ]
    return lines
