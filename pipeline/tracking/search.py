"""A condition -> the runs of an experiment that meet it, the newest first."""

from typing import TYPE_CHECKING

from pipeline.tracking.client import plain_errors
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run as Run  # others name a run's type from here, not from MLflow

NEWEST_FIRST = ["attributes.start_time DESC"]
PARENT_TAG = "mlflow.parentRunId"


def newest_runs(store: Store, limit: int, condition: str = "") -> "list[Run]":
    """The newest runs of the experiment that meet MLflow's filter; deleted ones left out.

    Raises:
        ConnectionError, ValueError: the store cannot be used.
    """
    with plain_errors(store.uri):
        return list(
            store.client.search_runs(
                [store.experiment_id], condition, max_results=limit, order_by=NEWEST_FIRST
            )
        )


def find_by_tag(store: Store, key: str, value: str) -> "Run | None":
    """The newest run whose tag has this value, if there is one."""
    found = newest_runs(store, 1, f"tags.`{key}` = {quoted(value)}")
    return found[0] if found else None


def quoted(value: str) -> str:
    """A filter's text value, in the quotes it does not contain: filters know no escapes."""
    return f'"{value}"' if "'" in value else f"'{value}'"
