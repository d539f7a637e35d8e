"""The run of a trial whose stages all came out of DVC's cache: told from their outputs.

Run in the trial's working copy, as its stages are.
"""

from pathlib import Path

from pipeline.artifacts import Artifacts
from pipeline.params.whole import read_params
from pipeline.recording.evaluation import run_of_evaluation
from pipeline.recording.model_run import runs_of_model
from pipeline.recording.record import record_tag
from pipeline.serving.package import packaged_model
from pipeline.tracking.store import open_store


def record_trial(root: Path) -> None:
    """Make the trial's run, unless an earlier attempt has made it whole."""
    artifacts, store = Artifacts(root), open_store(root)
    for run in runs_of_model(store, artifacts):
        if run.info.status == "FINISHED" and record_tag("evaluate") in run.data.tags:
            return
    with run_of_evaluation(artifacts, read_params(artifacts.params), packaged_model) as told:
        told.log_evaluated(None)  # in what environment these outputs were made is not known


if __name__ == "__main__":
    record_trial(Path.cwd())
