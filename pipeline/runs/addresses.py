"""Addresses in MLflow's UI that open in model-training mode."""

import textwrap
from typing import TYPE_CHECKING

from pipeline.runs.charts_view import share_view
from pipeline.runs.finding import shown_name
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

MODE = "workflowType=machine_learning"
"""Without it, MLflow 3 opens an overview of language-model traces, which is empty here."""

HOST = "127.0.0.1"


def base_address(uri: str, port: int) -> str:
    """Where the UI of a store is: the tracking server's own, else the one `headway ui` starts."""
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else f"http://{HOST}:{port}"


def charts_address(base: str, experiment_id: str, view: str | None = None) -> str:
    """All runs side by side: MLflow's own cards, or those of a view that the store keeps.

    An MLflow that knows no views opens its own cards.
    """
    shared = f"&viewStateShareKey={view}" if view else ""
    return f"{base}/#/experiments/{experiment_id}/runs?{MODE}&compareRunsMode=CHART{shared}"


def run_address(base: str, experiment_id: str, run_id: str) -> str:
    """One run's own page."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{MODE}"


def address_lines(store: Store, base: str, run: "Run | None") -> list[str]:
    """What `headway ui` says: where all runs are, and the run to open.

    A store that keeps no view of the charts is no reason not to open them as MLflow does.
    """
    notes, view = [], None
    try:
        view = share_view(store)
    except (ValueError, OSError) as error:
        reason = textwrap.shorten(str(error), 200, placeholder=" ...")
        notes.append(f"the charts open with MLflow's own cards: {reason}")
    lines = [*notes, f"all runs: {charts_address(base, store.experiment_id, view)}"]
    if run:
        address = run_address(base, store.experiment_id, run.info.run_id)
        lines.append(f"{shown_name(run)}: {address}")
    return lines
