"""Addresses in MLflow's UI that open in model-training mode."""

MODE = "workflowType=machine_learning"
"""Without it, MLflow 3 opens an overview of language-model traces, which is empty here."""

HOST = "127.0.0.1"


def base_address(uri: str, port: int) -> str:
    """Where the UI of a store is: the tracking server's own, else the one `headway ui` starts."""
    return uri.rstrip("/") if uri.startswith(("http://", "https://")) else f"http://{HOST}:{port}"


def charts_address(base: str, experiment_id: str) -> str:
    """All runs side by side: metrics by epoch, grouped, and pictures with one step slider."""
    return f"{base}/#/experiments/{experiment_id}/runs?{MODE}&compareRunsMode=CHART"


def run_address(base: str, experiment_id: str, run_id: str) -> str:
    """One run's own page."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{MODE}"
