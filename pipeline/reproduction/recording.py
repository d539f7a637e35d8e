"""`headway record`: the run of what lies in data/, found or made from the outputs themselves."""

import tempfile
from pathlib import Path

from pipeline import tracking
from pipeline.artifacts import Artifacts
from pipeline.params import flatten, read_params
from pipeline.reproduction.pipeline_state import stale_stages
from pipeline.serving.recording import log_training
from pipeline.tracking.fetching import fetch_run
from pipeline.tracking.finding import shown_name


def record_state(root: Path) -> tuple[str, bool]:
    """The name of the run of this state, and whether it had to be made or completed.

    Raises:
        ValueError: data/ is not what params.yaml and the code make, so no run could say what it
            was made from.
    """
    if stale := stale_stages(root):
        raise ValueError(
            f"data/ is not what params.yaml and the code make ({', '.join(s.verb for s in stale)} "
            f"would run again; `headway why` says why): `dvc checkout` or `dvc repro` first"
        )
    artifacts, store = Artifacts(root), tracking.open_store(root)
    if found := _whole_run(store, artifacts):
        return found, False
    params, origin = read_params(artifacts.params), tracking.origin_of(root)
    flat = flatten(params)
    with tracking.run_of_model(artifacts, flat, origin.tags) as (run, is_whole):
        if not is_whole:
            log_training(run, artifacts, params.train.monitor)
            tracking.claim_weights(run, artifacts, flat)
        tracking.log_evaluation(run, artifacts)
        # In what environment these outputs were made is not known.
        tracking.log_record(run, artifacts, origin, params, "evaluate", None)
        return run.name, True


def _whole_run(store: tracking.Store, artifacts: Artifacts) -> str | None:
    """The project's run of this model whose record names exactly these outputs."""
    outputs = tracking.output_hashes(artifacts)
    for run in tracking.runs_of_model(store, artifacts):
        if tracking.record_hashes(run.data.tags):
            with tempfile.TemporaryDirectory() as folder:
                if fetch_run(store, run, Path(folder)).record.outputs == outputs:
                    return shown_name(run)
    return None
