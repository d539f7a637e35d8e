"""`headway record`: the run of what lies in data/, found or made from the outputs themselves."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.recording.evaluation import run_of_evaluation
from pipeline.recording.evidence import log_evidence
from pipeline.recording.model_run import runs_of_model
from pipeline.recording.record import output_hashes, record_hashes
from pipeline.reproduction.pipeline_state import stale_stages
from pipeline.runs.fetching import fetch_run
from pipeline.runs.finding import shown_name
from pipeline.serving.package import packaged_model
from pipeline.tracking.resuming import opened
from pipeline.tracking.run import continue_run
from pipeline.tracking.store import Store, open_store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run


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
    artifacts, store = Artifacts(root), open_store(root)
    if found := _run_of_outputs(store, artifacts):
        return shown_name(found), _is_mended(store, artifacts, found)
    with run_of_evaluation(artifacts, read_params(artifacts.params), packaged_model) as told:
        told.log_evaluated(None)  # in what environment these outputs were made is not known
        return told.run.name, True


def _run_of_outputs(store: Store, artifacts: Artifacts) -> "Run | None":
    """The project's run of this model whose record names exactly these outputs."""
    outputs = output_hashes(artifacts)
    for run in runs_of_model(store, artifacts):
        if record_hashes(run.data.tags):
            with tempfile.TemporaryDirectory() as folder:
                if fetch_run(store, run, Path(folder)).record.outputs == outputs:
                    return run
    return None


def _is_mended(store: Store, artifacts: Artifacts, run: "Run") -> bool:
    """Say once more what an evaluation that was cut short may have changed, if one was."""
    if run.info.status == "FINISHED":
        return False
    with continue_run(store, opened(run)) as more:
        log_evidence(more, artifacts)
    return True
