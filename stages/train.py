"""tokens, vectors -> model: train the encoder, as one tracked run."""

from pipeline.artifacts import Artifacts, whole_folder
from pipeline.params import Params, flatten
from stages.running import run_stage


def train(params: Params, artifacts: Artifacts) -> None:
    """Write data/model, and everything about it into one MLflow run."""
    from pipeline import tracking
    from pipeline.serving.recording import log_model
    from pipeline.training.build import is_first_process, save_model, train_model
    from pipeline.training.resumption import training_key, unfinished_training

    artifacts.require(artifacts.tokens)
    artifacts.require(artifacts.vectors)
    settings = (params.encoder, params.train, params.seed)
    private = Artifacts(tracking.project_of(artifacts.root)).private
    with unfinished_training(private, training_key(artifacts, settings)) as unfinished:
        if not is_first_process():
            train_model(artifacts, *settings, lambda *_: None, unfinished.checkpoints)
            return
        flat, origin = flatten(params), tracking.origin_of(artifacts.root)
        name, token = tracking.run_name(flat), unfinished.token
        with tracking.track(artifacts.root, name, flat, origin.tags, token) as run:
            tracking.log_inputs(run, artifacts)
            fitted = train_model(artifacts, *settings, run.log_metrics, unfinished.checkpoints)
            with whole_folder(artifacts.model) as folder:
                save_model(fitted, artifacts, folder)
            run.log_metrics(fitted.speed, step=0)
            run.set_tags({f"headway.{name}": text for name, text in fitted.arithmetic.items()})
            run.set_tags(tracking.weights_tag(artifacts.model))
            log_model(run, artifacts)
            tracking.log_record(run, artifacts, origin, params, "train", fitted.arithmetic)
        unfinished.finish()


if __name__ == "__main__":
    run_stage(train)
