"""The training of a working copy -> its run, known without asking the store."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.files import hash_file, whole_file
from pipeline.tracking.client import make_client, without_password
from pipeline.tracking.ownership import project_id
from pipeline.tracking.store import Store, project_of, store_uri


@dataclass(frozen=True)
class TrainedHere:
    """`.headway/trained.json` of a working copy: which run made the weights in data/model.

    A working copy that DVC makes for an experiment has one of its own: two experiments that train
    the same weights at once do not take each other's run.
    """

    weights_sha256: str
    project: str
    uri: str
    """The store's address, without a password."""
    experiment_id: str
    run_id: str
    name: str
    params: dict[str, str]
    """As the run has them."""

    def store(self, root: Path) -> Store:
        """The run's store, without a word to it: for when it is away."""
        uri = store_uri(root)
        return Store(make_client(uri), self.experiment_id, uri, project_of(root))


def keep_training(root: Path, trained: TrainedHere) -> None:
    """Write it down, in place of the training before."""
    with whole_file(_place(root)) as beside:
        beside.write_text(json.dumps(asdict(trained)) + "\n", encoding="utf-8")


def training_of(artifacts: Artifacts) -> TrainedHere | None:
    """The training that made data/model here, if it wrote to the store of today.

    None for weights that came from elsewhere, and in a folder that was copied from another.
    """
    try:
        content = _place(artifacts.root).read_text(encoding="utf-8")
        kept = TrainedHere(**json.loads(content))
    except (OSError, ValueError, TypeError):
        return None
    now = (
        hash_file(ModelFiles(artifacts.model).weights),
        project_id(project_of(artifacts.root)),
        without_password(store_uri(artifacts.root)),
    )
    return kept if (kept.weights_sha256, kept.project, kept.uri) == now else None


def _place(root: Path) -> Path:
    return Artifacts(root).private / "trained.json"
