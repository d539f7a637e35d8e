"""corpus, tokens, vectors -> model: train the encoder, as one tracked run."""

from pipeline.artifacts import Artifacts
from pipeline.params.whole import Params
from stages.running import run_stage


def train(params: Params, artifacts: Artifacts) -> None:
    """Write data/model, and everything about it into one MLflow run."""
    from pipeline.model.determinism import arithmetic_here
    from pipeline.recording.environment import environment_here
    from pipeline.recording.training import run_of_training
    from pipeline.serving.package import packaged_model
    from pipeline.tracking.store import project_of
    from pipeline.training.audience import NOBODY
    from pipeline.training.build import is_first_process, train_model, train_once
    from pipeline.training.resumption import training_key, unfinished_training
    from pipeline.training.setup import Settings

    for needed in (artifacts.corpus, artifacts.tokens, artifacts.vectors):
        artifacts.require(needed)
    settings = Settings(params.encoder, params.objective, params.train, params.seed)
    environment = environment_here(artifacts.lock, arithmetic_here(params.train))
    key = training_key(artifacts, settings, environment.machine | environment.packages)
    private = Artifacts(project_of(artifacts.root)).private
    with unfinished_training(private, key) as unfinished:
        if not is_first_process():
            train_model(artifacts, settings, NOBODY, unfinished.checkpoints)
            return
        if unfinished.hand_over(artifacts):
            return
        with run_of_training(artifacts, params, unfinished.token) as told:
            trained = train_once(artifacts, settings, told.follower(), unfinished)
            unfinished.finished.put(artifacts.model)
            told.log_trained(trained.speed, trained.arithmetic, packaged_model)
        unfinished.finish(trained)


if __name__ == "__main__":
    run_stage(train)
