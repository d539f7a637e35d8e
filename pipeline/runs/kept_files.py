"""A run in the store -> single files that it kept, fetched when they are asked for.

A store beside its files is read in place: to compare a hundred runs, nothing is copied.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.tracking.client import plain_errors
from pipeline.tracking.moving import local_folder
from pipeline.tracking.search import PARENT_TAG
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run


class KeptFiles:
    """The files of one run; what has to be fetched comes into a folder of its own."""

    def __init__(self, store: Store, run: "Run", folder: Path) -> None:
        self._store, self._run, self._folder = store, run, folder

    def find(self, path: str) -> Path | None:
        """A file of the run's artifacts; None where it kept no such file.

        Raises:
            ConnectionError, ValueError: the store cannot be used.
        """
        return self._found(self._run.info.artifact_uri, path)

    def find_model(self, name: str) -> Path | None:
        """A file of data/model; a child's model is its parent's.

        Raises:
            ConnectionError, ValueError: the store cannot be used.
        """
        with plain_errors(self._store.uri):
            address = self._model_address(self._run)
        return None if address is None else self._found(address, f"artifacts/model/{name}")

    def _model_address(self, run: "Run") -> str | None:
        made = run.outputs.model_outputs if run.outputs else []
        if made:
            found = self._store.client.get_logged_model(made[0].model_id)
            return str(found.artifact_location)
        parent = run.data.tags.get(PARENT_TAG)
        return self._model_address(self._store.client.get_run(parent)) if parent else None

    def _found(self, address: str, path: str) -> Path | None:
        here = local_folder(address)
        if here is not None:
            file = here / path
            return file if file.is_file() else None
        return self._fetched(address, path)

    def _fetched(self, address: str, path: str) -> Path | None:
        import mlflow

        uri = f"{address.rstrip('/')}/{path}"
        try:
            with plain_errors(self._store.uri):
                beside = mlflow.artifacts.list_artifacts(
                    artifact_uri=uri.rpartition("/")[0], tracking_uri=self._store.uri
                )
                names = {Path(item.path).name for item in beside}
                if Path(path).name not in names:
                    return None
                target = self._folder / Path(path).parent
                target.mkdir(parents=True, exist_ok=True)
                found = mlflow.artifacts.download_artifacts(
                    artifact_uri=uri, dst_path=str(target), tracking_uri=self._store.uri
                )
        except FileNotFoundError:
            return None
        return Path(found)
