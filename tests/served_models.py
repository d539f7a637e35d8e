"""Projects with a small model, in data/model or as runs of a store."""

import shutil
from pathlib import Path

import traced_models
from compared import Told, member
from empty_projects import make_project

from pipeline.artifacts import Artifacts
from pipeline.model.checkpoint import save_network
from pipeline.tokens.encoding import save_encoding
from pipeline.tracking.run import track


def save_model(place: Path, objective: str = "tagging", **kind: object) -> None:
    """The model that `traced_models.predictor` gives, as data/model holds it."""
    model = traced_models.predictor(objective, **kind)
    place.mkdir(parents=True)
    save_network(model.network, place)
    save_encoding(model.encoding, place)


def project_with_model(folder: Path, objective: str = "tagging", **kind: object) -> Path:
    """A folder with such a model."""
    make_project(folder)
    save_model(Artifacts(folder).model, objective, **kind)
    return folder


def stored_run(root: Path, told: Told) -> str:
    """A finished run of the project's store, with such a model and the answers; gives its id."""
    place = root / "made"
    kept = member(place, told)
    files, package = place / told.name, place / "package"
    save_model(package / "artifacts/model")
    (package / "MLmodel").write_text("flavors: {}\n")
    tags = dict(kept.run.data.tags)
    with track(root, told.name, kept.params, tags) as run:
        test = kept.metrics
        validation = {name.replace("test/", "validation/"): it for name, it in test.items()}
        run.log_metrics(test | validation, 0)
        for folder in files.iterdir():
            run.log_file(folder, "")
        run.log_model(package, "model")
    shutil.rmtree(place)
    return run.run_id
