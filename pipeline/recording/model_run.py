"""A model's weights -> the run that an evaluation of them belongs to."""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import filelock

from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.files import hash_file
from pipeline.recording.trained_here import TrainedHere, keep_training, training_of
from pipeline.recording.trial import SWEEP_TAG, TRIAL_TAG, name_here, token_here, trial_here
from pipeline.recording.weights import WEIGHTS_TAG, runs_with_weights
from pipeline.tracking.client import without_password
from pipeline.tracking.ownership import project_id
from pipeline.tracking.points import Opened
from pipeline.tracking.resuming import opened
from pipeline.tracking.run import TrackedRun, as_param, continue_run, track
from pipeline.tracking.search import PARENT_TAG, newest_runs, quoted
from pipeline.tracking.sending import send_waiting
from pipeline.tracking.store import Store, open_store

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

MOST_CHILDREN = 1000


def claim_weights(run: TrackedRun, artifacts: Artifacts, params: Mapping[str, object]) -> None:
    """Say that this run made data/model: to the store, and to whoever evaluates it here.

    No output holds a run's id: the same state made again must be the same bytes.
    """
    sha256 = hash_file(ModelFiles(artifacts.model).weights)
    run.set_tags({WEIGHTS_TAG: sha256})
    keep_training(
        artifacts.root,
        TrainedHere(
            weights_sha256=sha256,
            project=project_id(run.store.project),
            uri=without_password(run.store.uri),
            experiment_id=run.store.experiment_id,
            run_id=run.run_id,
            name=run.name,
            params=_told(params),
        ),
    )


@contextmanager
def run_of_model(
    artifacts: Artifacts, params: Mapping[str, object], origin: Mapping[str, str]
) -> Iterator[tuple[TrackedRun, bool]]:
    """The run that an evaluation of data/model belongs to, and whether it knows of the training.

    The project's run that trained these weights, or a child of it, with exactly these parameters,
    and which no other process writes to: so no figures stand under parameters that are not theirs.
    Else a new child; a new run when the project has no run with these weights (they came from a
    cache, or from another project, or the store is new). While the store is away, the run that was
    trained here takes what it is told, if the parameters are its own.

    Args:
        artifacts: whose model it is.
        params: the flattened parameters.
        origin: the tags of a run that begins now.

    Raises:
        ConnectionError: the store is away, and nothing here says which run it is.
    """
    with ExitStack() as stack:
        yield _open(stack, artifacts, params, origin)


def runs_of_model(store: Store, artifacts: Artifacts) -> "list[Run]":
    """The project's runs that trained the weights in data/model, then the children of the first.

    The training of this working copy comes first, then the newest. A sweep's trial has its own run,
    also where it shares its training with others.
    """
    here = training_of(artifacts)
    found = [*filter(_is_of_trial, runs_with_weights(store, ModelFiles(artifacts.model).weights))]
    found.sort(key=lambda run: here is None or run.info.run_id != here.run_id)
    if not found:
        return []
    children = f"tags.`{PARENT_TAG}` = {quoted(found[0].info.run_id)}"
    return [*found, *newest_runs(store, MOST_CHILDREN, children)]


def _is_of_trial(run: "Run") -> bool:
    """Whether the run is the one of the trial that this process works for, if it is for one."""
    trial, tags = trial_here(), run.data.tags
    own = (trial.sweep, str(trial.number)) if trial else None
    return own is None or own == (tags.get(SWEEP_TAG), tags.get(TRIAL_TAG))


def _open(
    stack: ExitStack, artifacts: Artifacts, params: Mapping[str, object], origin: Mapping[str, str]
) -> tuple[TrackedRun, bool]:
    told, here = _told(params), training_of(artifacts)
    try:
        store = open_store(artifacts.root)
        late = {sent.run_id for sent in send_waiting(store) if sent.is_late}
        family = runs_of_model(store, artifacts)
        if here and here.run_id in late:
            family = _led_by(store, here.run_id, family)
    except ConnectionError:
        if here is None or here.params != told:
            raise
        unseen = Opened(here.run_id, here.name)
        return stack.enter_context(continue_run(here.store(artifacts.root), unseen)), True
    known = {here.run_id: here.params} if here else {}
    for member in family:
        if known.get(member.info.run_id, member.data.params) == told:
            with contextlib.suppress(filelock.Timeout):
                return stack.enter_context(continue_run(store, opened(member))), True
    if not family:
        made = track(artifacts.root, name_here(params), params, origin, token_here())
        return stack.enter_context(made), False
    parent = family[0].info
    child = {**origin, PARENT_TAG: parent.run_id}
    name = f"{parent.run_name}-evaluation"
    return stack.enter_context(track(artifacts.root, name, params, child)), True


def _led_by(store: Store, run_id: str, family: "list[Run]") -> "list[Run]":
    """The family with this run first, whose weights a slow store may not have heard of yet."""
    first = newest_runs(store, 1, f"attributes.run_id = {quoted(run_id)}")
    rest = [run for run in family if run.info.run_id != run_id]
    return [*filter(_is_of_trial, first), *rest]


def _told(params: Mapping[str, object]) -> dict[str, str]:
    """Parameters as a run has them."""
    return {name: as_param(value) for name, value in params.items()}
