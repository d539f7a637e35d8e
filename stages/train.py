"""tokens, vectors -> model: train the encoder, as one tracked run."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from pipeline.artifacts import Artifacts, whole_folder
from pipeline.params import Params, flatten
from stages.running import run_stage


def train(params: Params, artifacts: Artifacts) -> None:
    """Write data/model, and everything about it into one MLflow run."""
    from pipeline import tracking
    from pipeline.serving.package import package_model
    from pipeline.training.build import build_model
    from pipeline.training.history import EpochRow

    artifacts.require(artifacts.tokens)
    artifacts.require(artifacts.vectors)
    flat = flatten(params)
    tags = tracking.provenance(artifacts.root)
    with tracking.track(artifacts.root, tracking.run_name(flat), flat, tags) as run:
        tracking.log_inputs(run, artifacts)

        def log_epoch(row: EpochRow) -> None:
            print(row, flush=True)
            run.log_metrics(row.metrics, row.epoch)

        with whole_folder(artifacts.model) as folder:
            fitted = build_model(
                artifacts, params.encoder, params.train, params.seed, log_epoch, folder
            )
        run.log_metrics(fitted.speed, step=0)
        run.set_tags(fitted.machine | tracking.weights_tag(artifacts.model))
        with tempfile.TemporaryDirectory() as place:
            package_model(artifacts.model, artifacts.lock, Path(place) / "model")
            run.log_file(Path(place) / "model", "model")


if __name__ == "__main__":
    run_stage(train)
