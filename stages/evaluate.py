"""corpus, tokens, vectors, model -> evidence: measure the model on validation and test."""

from pipeline.artifacts import Artifacts
from pipeline.files import whole_folder
from pipeline.params.whole import Params
from pipeline.terminal.results import print_results
from stages.running import run_stage


def evaluate(params: Params, artifacts: Artifacts) -> None:
    """Write data/evidence, and log it to the run of the model that lies in data/model."""
    import torch

    from pipeline.endings.finished import evaluation_of
    from pipeline.evidence.build import build_evidence
    from pipeline.model.determinism import arithmetic_of, fix_arithmetic
    from pipeline.pictures.fonts import fonts_used
    from pipeline.recording.evaluation import run_of_evaluation
    from pipeline.serving.package import packaged_model
    from pipeline.tracking.store import project_of

    settings = (params.evaluate, params.train.watched, params.seed)
    for needed in (artifacts.corpus, artifacts.model):
        artifacts.require(needed)
    fix_arithmetic(params.train.threads)
    private = Artifacts(project_of(artifacts.root)).private
    with (
        evaluation_of(private, artifacts),
        run_of_evaluation(artifacts, params, packaged_model) as told,
    ):
        with whole_folder(artifacts.evidence) as folder:
            build_evidence(artifacts, *settings, folder)
        told.log_evaluated(arithmetic_of(torch.device("cpu")) | fonts_used())


if __name__ == "__main__":
    run_stage(evaluate, print_results)
