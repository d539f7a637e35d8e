"""tokens, vectors -> model: train the encoder, as one tracked run."""

from pipeline.artifacts import Artifacts
from pipeline.params import Params, flatten
from stages.running import run_stage


def train(params: Params, artifacts: Artifacts) -> None:
    """Write data/model, and everything about it into one MLflow run."""
    from pipeline import tracking
    from pipeline.model.determinism import arithmetic_here
    from pipeline.serving.recording import log_trained
    from pipeline.training.build import is_first_process, train_model, train_once
    from pipeline.training.resumption import training_key, unfinished_training

    artifacts.require(artifacts.tokens)
    artifacts.require(artifacts.vectors)
    settings = (params.encoder, params.train, params.seed)
    environment = tracking.environment_here(artifacts.lock, arithmetic_here(params.train))
    key = training_key(artifacts, settings, environment.machine | environment.packages)
    private = Artifacts(tracking.project_of(artifacts.root)).private
    with unfinished_training(private, key) as unfinished:
        if not is_first_process():
            train_model(artifacts, *settings, lambda *_: None, unfinished.checkpoints)
            return
        if unfinished.hand_over(artifacts):
            return
        flat, origin = flatten(params), tracking.origin_of(artifacts.root)
        name, token = tracking.run_name(flat), unfinished.token
        with tracking.track(artifacts.root, name, flat, origin.tags, token) as run:
            tracking.log_inputs(run, artifacts)
            trained = train_once(artifacts, *settings, run.log_metrics, unfinished)
            unfinished.finished.put(artifacts.model)
            log_trained(run, artifacts, flat, trained.speed, trained.arithmetic)
            tracking.log_record(run, artifacts, origin, params, "train", trained.arithmetic)
        unfinished.finish(trained)


if __name__ == "__main__":
    run_stage(train)
