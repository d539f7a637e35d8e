"""Which run has which title, such as champion: the aliases of MLflow's registry of models."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from pipeline.foreign import visible_name
from pipeline.tracking.client import plain_errors, quiet_mlflow
from pipeline.tracking.search import PARENT_TAG
from pipeline.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import LoggedModel
    from mlflow.entities.model_registry import ModelVersion as Version

    from pipeline.tracking.search import Run

REGISTERED = "headway"
"""The name that the models of a project are registered under."""

STEP = "headway.step."
"""Of the registered model's tags: everything that was done, numbered."""

Found = TypeVar("Found")


class Registry:
    """The registered models of a store: their versions, titles and what was noted of them."""

    def __init__(self, store: Store) -> None:
        self.store, self._client = store, store.client

    def holder(self, title: str) -> "Version | None":
        """The version that has a title."""
        with plain_errors(self.store.uri):
            return _if_there(lambda: self._client.get_model_version_by_alias(REGISTERED, title))

    def require_holder(self, title: str) -> "Version":
        """The version that has a title.

        Raises:
            ValueError: nobody has it.
        """
        found = self.holder(title)
        if found is None:
            raise ValueError(f"nobody is the {title}: `headway promote RUN --as {title}` names one")
        return found

    def version(self, number: str) -> "Version | None":
        """The version of a number."""
        with plain_errors(self.store.uri):
            return _if_there(lambda: self._client.get_model_version(REGISTERED, number))

    def register(self, run: "Run") -> "Version":
        """The version of a run's model: the one there is, or a new one.

        Raises:
            ValueError: the run made no model.
        """
        with plain_errors(self.store.uri):
            model = self._model_of(run)
            if _if_there(lambda: self._client.get_registered_model(REGISTERED)) is None:
                self._client.create_registered_model(REGISTERED)
            known = self._client.search_model_versions(f"name = '{REGISTERED}'")
            same = [one for one in known if one.run_id == model.source_run_id]
            if same:
                return same[0]
            return self._client.create_model_version(
                REGISTERED, f"models:/{model.model_id}", model.source_run_id,
                model_id=model.model_id,
            )  # fmt: skip

    def give(self, title: str, version: "Version") -> None:
        """The version has the title from now on."""
        with plain_errors(self.store.uri):
            self._client.set_registered_model_alias(REGISTERED, title, version.version)

    def take(self, title: str) -> None:
        """Nobody has the title from now on."""
        with plain_errors(self.store.uri):
            self._client.delete_registered_model_alias(REGISTERED, title)

    def run_of(self, version: "Version", title: str) -> str:
        """The id of the run that was given the title; of a version that never was, who made it."""
        return self.noted(version, title, "run") or str(version.run_id)

    def noted(self, version: "Version", title: str, name: str) -> str:
        """What was noted beside a version; "" where nothing was."""
        return str(version.tags.get(_tag(title, name), ""))

    def note(self, version: "Version", title: str, told: Mapping[str, str]) -> None:
        """Keep beside a version what is to be known of its title."""
        with plain_errors(self.store.uri):
            for name, value in told.items():
                self._client.set_model_version_tag(
                    REGISTERED, version.version, _tag(title, name), value
                )

    def note_step(self, told: str) -> None:
        """Keep what was done beside all versions, after what was done before."""
        number = len(self.steps()) + 1
        with plain_errors(self.store.uri):
            self._client.set_registered_model_tag(REGISTERED, f"{STEP}{number:04}", told)

    def steps(self) -> list[str]:
        """All that was done, in order."""
        with plain_errors(self.store.uri):
            found = _if_there(lambda: self._client.get_registered_model(REGISTERED))
        tags = found.tags if found else {}
        return [tags[name] for name in sorted(tags) if name.startswith(STEP)]

    def _model_of(self, run: "Run") -> "LoggedModel":
        made = run.outputs.model_outputs if run.outputs else []
        if made:
            return self._client.get_logged_model(made[0].model_id)
        parent = run.data.tags.get(PARENT_TAG)
        if parent is None:
            raise ValueError(
                f"{visible_name(run.info.run_name)} made no model: choose a run that trained one"
            )
        return self._model_of(self._client.get_run(parent))


def titled(store: Store, title: str) -> str:
    """The id of the run whose model has a title.

    Raises:
        ValueError: nobody has it.
    """
    registry = Registry(store)
    return registry.run_of(registry.require_holder(title), title)


def _tag(title: str, name: str) -> str:
    return f"headway.{title}.{name}"


def _if_there(ask: Callable[[], Found]) -> Found | None:
    """What the registry has; None where it has no such thing."""
    mlflow = quiet_mlflow()
    try:
        return ask()
    except mlflow.exceptions.MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise
