"""model -> evidence: measure it on validation and test, into the run that trained it."""

from pipeline.artifacts import Artifacts
from pipeline.files import whole_folder
from pipeline.params import Params, flatten
from stages.running import run_stage


def evaluate(params: Params, artifacts: Artifacts) -> None:
    """Write data/evidence, and log it to the run of the model that lies in data/model."""
    import torch

    from pipeline import tracking
    from pipeline.evidence.build import build_evidence
    from pipeline.model.determinism import arithmetic_of, fix_arithmetic
    from pipeline.pictures.fonts import fonts_used
    from pipeline.serving.recording import log_training
    from pipeline.training.finished import evaluation_of

    for needed in (artifacts.corpus, artifacts.model):
        artifacts.require(needed)
    fix_arithmetic(params.train.threads)
    origin, flat = tracking.origin_of(artifacts.root), flatten(params)
    private = Artifacts(tracking.project_of(artifacts.root)).private
    with (
        evaluation_of(private, artifacts),
        tracking.run_of_model(artifacts, flat, origin.tags) as (run, is_whole),
    ):
        if not is_whole:
            log_training(run, artifacts, params.train.monitor)
            tracking.claim_weights(run, artifacts, flat)
        with whole_folder(artifacts.evidence) as folder:
            build_evidence(artifacts, params.evaluate, params.train, params.seed, folder)
        tracking.log_evaluation(run, artifacts)
        made_on = arithmetic_of(torch.device("cpu")) | fonts_used()
        tracking.log_record(run, artifacts, origin, params, "evaluate", made_on)


if __name__ == "__main__":
    run_stage(evaluate)
