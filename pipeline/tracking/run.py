"""One run in the store: opened, written to, and closed with the status that it earned."""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import SupportsFloat

from pipeline.endings.interruption import is_interruption, sigterm_raises
from pipeline.tracking.client import plain_errors
from pipeline.tracking.delivery import one_line
from pipeline.tracking.liveness import close_abandoned, is_alive_while
from pipeline.tracking.messages import (
    ERROR_TAG,
    DatasetInput,
    Ending,
    Metrics,
    Model,
    Params,
    Picture,
    Tags,
    Upload,
)
from pipeline.tracking.numbering import numbered
from pipeline.tracking.outbox import RETRY_SECONDS, Outbox
from pipeline.tracking.ownership import PROJECT_TAG, project_id
from pipeline.tracking.points import Opened, finishes, new_points, with_waiting
from pipeline.tracking.resuming import TOKEN_TAG, reopen
from pipeline.tracking.store import Store, open_store

PARAM_LENGTH = 6000
"""Characters that MLflow takes of a parameter."""


class TrackedRun:
    """A run that takes what is measured. No method fails because the store is away."""

    def __init__(self, store: Store, opened: Opened, outbox: Outbox) -> None:
        self.run_id, self.name = opened.run_id, opened.name
        self.store = store
        self.is_finished = finishes(opened.is_finished, outbox.left_before)
        self._latest = with_waiting(opened.latest, outbox.left_before)
        self._outbox = outbox

    def log_metrics(self, values: Mapping[str, SupportsFloat], step: int) -> None:
        """Measured values at a step; what is there with the same value is not logged again."""
        given = {name: float(value) for name, value in values.items()}
        if numbers := new_points(self._latest, given, step):
            self._outbox.put(Metrics(numbers, step, _now()))

    def log_params(self, values: Mapping[str, object]) -> None:
        """Parameters as text; MLflow refuses another value for the same name later."""
        self._outbox.put(Params({name: as_param(value) for name, value in values.items()}))

    def set_tags(self, values: Mapping[str, str]) -> None:
        """Tags; a later value replaces an earlier one."""
        self._outbox.put(Tags(dict(values)))

    def log_dataset(
        self, name: str, sha256: str, counts: Mapping[str, int], source: str, context: str
    ) -> None:
        """Data: its name, the hash of its rows, what it counts, its source and what it is for."""
        self._outbox.put(DatasetInput(name, sha256, dict(counts), source, context))

    def log_file(self, path: Path, folder: str) -> None:
        """A file, or a folder with all in it, into a folder of the artifacts ("" for the top).

        Raises:
            FileNotFoundError: there is no such file.
        """
        self._outbox.put(Upload(str(_existing(path)), folder))

    def log_model(self, path: Path, name: str) -> None:
        """A folder in MLflow's format of models, as the model that this run made.

        Raises:
            FileNotFoundError: there is no such folder.
        """
        self._outbox.put(Model(str(_existing(path)), name))

    def log_picture(self, path: Path, key: str, step: int) -> None:
        """A picture for the charts page's step slider, and as pictures/<file name>.

        Raises:
            FileNotFoundError: there is no such file.
        """
        self._outbox.put(Picture(str(_existing(path)), key, step, _now()))

    def end(self, status: str) -> None:
        """Set the run's status and the time of its end."""
        self._outbox.put(Ending(status, _now()))


@contextmanager
def track(
    root: Path,
    name: str,
    params: Mapping[str, object],
    tags: Mapping[str, str],
    token: str | None = None,
    retry_seconds: float = RETRY_SECONDS,
) -> Iterator[TrackedRun]:
    """A run, new or resumed: FINISHED after the block, KILLED after Ctrl-C or SIGTERM, else FAILED.

    Where the store has a run with this token, which ended early, it goes on. The environment's
    MLFLOW_RUN_ID plays no part. A name that is taken gets a number.

    Raises:
        ConnectionError, OSError, ValueError: the store cannot be used at the start.
    """
    store = open_store(root)
    close_abandoned(store)
    with plain_errors(store.uri):
        opened = reopen(store, token, tags) if token else None
        own = {PROJECT_TAG: project_id(store.project)} | ({TOKEN_TAG: token} if token else {})
        opened = opened or _begin(store, name, {**tags, **own})
    with (
        is_alive_while(store.project, opened.run_id),
        _writing(store, opened, retry_seconds) as run,
    ):
        run.log_params(params)
        yield run
        run.end("FINISHED")


@contextmanager
def continue_run(
    store: Store, opened: Opened, retry_seconds: float = RETRY_SECONDS
) -> Iterator[TrackedRun]:
    """An ended run that gets more: FINISHED after the block, also if it was not before.

    One that was FINISHED stays so where the block fails before it said anything, too. What is said
    while the store is away is kept, as of a run that began when it was there.

    Raises:
        filelock.Timeout: another process of this project writes to it.
    """
    with (
        is_alive_while(store.project, opened.run_id),
        _writing(store, opened, retry_seconds) as run,
    ):
        yield run
        if not run.is_finished:
            run.end("FINISHED")


def _begin(store: Store, name: str, tags: Mapping[str, str]) -> Opened:
    shown = numbered(store, name)
    run = store.client.create_run(store.experiment_id, tags=dict(tags), run_name=shown)
    return Opened(run.info.run_id, shown)


@contextmanager
def _writing(store: Store, opened: Opened, retry_seconds: float) -> Iterator[TrackedRun]:
    """Mark the run when the block fails, and send or keep everything whatever happened.

    A finished run of which nothing new was said is what it was.
    """
    outbox = Outbox(store, opened.run_id, retry_seconds)
    run = TrackedRun(store, opened, outbox)
    try:
        with sigterm_raises():
            yield run
    except BaseException as error:
        if outbox.is_told or not run.is_finished:
            run.set_tags({ERROR_TAG: one_line(error)})
            run.end("KILLED" if is_interruption(error) else "FAILED")
        raise
    finally:
        outbox.close()


def as_param(value: object) -> str:
    """A parameter's text; one too long for MLflow is cut and ends with its length and hash."""
    text = str(list(value)) if isinstance(value, tuple) else str(value)
    if len(text) <= PARAM_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    note = f"… (cut; {len(text):,} characters, sha256 {digest})"
    return text[: PARAM_LENGTH - len(note)] + note


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: a run can only keep a file that exists")
    return path.resolve()


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
