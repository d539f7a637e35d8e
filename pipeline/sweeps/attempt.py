"""One trial, from its parameters to a DVC experiment and a value, in a working copy of its own."""

import json
import math
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import programs
from pipeline.artifacts import Artifacts, ModelFiles
from pipeline.endings.parent import SWEEP
from pipeline.files import hash_file
from pipeline.model.history import read_history, read_kept_epoch
from pipeline.recording.trial import SweepTrial
from pipeline.sweeps.beginning import Base
from pipeline.sweeps.place import Place
from pipeline.sweeps.shared_stages import Keys
from pipeline.sweeps.tree import clear_tree, keep_experiment, make_tree

Listener = Callable[[str], None]
LETTING_SECONDS = 60
"""For a trial that was told to end."""


class Stopped(Exception):  # noqa: N818 (no error: a person ended it)
    """The sweep ends before this trial did: it is to be taken up again."""


@dataclass
class Bench:
    """What every trial of a sweep works with, and how all of them are stopped."""

    place: Place
    base: Base
    cache: Path
    monitor: str
    """What a trial is worth: validation_accuracy or validation_loss, at the epoch that was kept."""
    stopping: threading.Event = field(default_factory=threading.Event)
    at_work: "set[subprocess.Popen[bytes]]" = field(default_factory=set)

    def stop(self) -> None:
        """End what is at work; the trials can be taken up again."""
        self.stopping.set()
        for process in list(self.at_work):
            _signal(process, signal.SIGINT)

    def attempt(
        self, trial: SweepTrial, experiment: str, changes: Mapping[str, Any], common: Keys
    ) -> dict[str, Any]:
        """Make a trial; gives its value, seconds by stage, weights and the experiment's name.

        Raises:
            ValueError: a stage failed, or the value is no number; the message is the reason.
            Stopped: the sweep is to end.
        """
        begun = time.monotonic()
        tree, root = self.place.tree(trial.number), self.place.root
        make_tree(tree, root, self.base, self.cache, changes)
        try:
            work = _Work(self, tree, self.place.log(trial.number), trial, experiment)
            said = work.repro(common)
            if "Running stage 'evaluate'" not in said:
                work.run("-m", "pipeline.sweeps.recorded")
            keep_experiment(tree, root, self.base, experiment)
            found = _outcome(Artifacts(tree), self.monitor)
            return {**found, "experiment": experiment, "wall": time.monotonic() - begun}
        finally:
            clear_tree(tree)


@dataclass(frozen=True)
class _Work:
    """The programs of one trial."""

    bench: Bench
    tree: Path
    log: Path
    trial: SweepTrial
    experiment: str

    def repro(self, common: Keys) -> str:
        """Make all stages; while it makes those that other trials share, these wait.

        Raises:
            As `run`.
        """
        marks = self.bench.place.marks
        with ExitStack() as stack:
            for key in common.values():
                if not (marks / key).exists():
                    stack.enter_context(self._alone(f"stage-{key}"))
            if all((marks / key).exists() for key in common.values()):
                stack.close()  # another made them meanwhile

            def shared_are_made() -> None:
                marks.mkdir(parents=True, exist_ok=True)
                for key in common.values():
                    (marks / key).touch()
                stack.close()

            def look(said: str) -> None:
                if set(re.findall(r"(?m)^(?:Running stage|Stage) '(\w+)'", said)) - common.keys():
                    shared_are_made()

            said = self.run("-m", "dvc", "repro", listener=look)
            shared_are_made()
            return said

    @contextmanager
    def _alone(self, what: str) -> Iterator[None]:
        """Wait until no other trial has it."""
        while True:
            with self.bench.place.held(what, seconds=1) as is_mine:
                if is_mine:
                    yield
                    return
            if self.bench.stopping.is_set():
                raise Stopped

    def run(self, *arguments: str, listener: Listener = lambda _: None) -> str:
        """Run Python in the working copy; gives what was said, which the log has too.

        The listener hears every second what was said so far.

        Raises:
            ValueError: it failed.
            Stopped: it was made to.
        """
        if self.bench.stopping.is_set():
            raise Stopped
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            begun = log.tell()
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=self.tree, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
            status = self._wait(process, lambda: listener(self._said(begun)))
        said = self._said(begun)
        listener(said)
        if self.bench.stopping.is_set() and status:
            raise Stopped
        if status:
            raise ValueError(failure_reason(said, status))
        return said

    def _said(self, begun: int) -> str:
        return self.log.read_bytes()[begun:].decode(errors="replace")

    def _wait(self, process: "subprocess.Popen[bytes]", listen: Callable[[], None]) -> int:
        self.bench.at_work.add(process)
        try:
            if self.bench.stopping.is_set():
                _signal(process, signal.SIGINT)
            while not self.bench.stopping.is_set():
                try:
                    return process.wait(timeout=1)
                except subprocess.TimeoutExpired:
                    listen()
            try:
                return process.wait(timeout=LETTING_SECONDS)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                return process.wait()
        finally:
            self.bench.at_work.discard(process)

    def _environment(self) -> dict[str, str]:
        """As under `dvc exp run`: runs go to the project's store, and know their experiment."""
        kept = {
            name: text
            for name, text in programs.environment().items()
            if not name.startswith(("DVC_", "HEADWAY_"))
        }
        path, own = kept.get("PATH", ""), str(Path(sys.executable).parent)
        return {
            **kept,
            **self.trial.in_environment(),
            SWEEP: str(os.getpid()),
            "PYTHONUNBUFFERED": "1",  # so that the log has what DVC says when it says it
            "PATH": path if own in path.split(os.pathsep) else f"{own}{os.pathsep}{path}",
            "DVC_SITE_CACHE_DIR": str(self.tree / ".dvc/tmp/site"),  # goes with the working copy
            "DVC_ROOT": str(self.bench.place.root),
            "DVC_EXP_NAME": self.experiment,
            "DVC_EXP_BASELINE_REV": self.bench.base.commit,
        }


def _outcome(artifacts: Artifacts, monitor: str) -> dict[str, Any]:
    kept = read_kept_epoch(artifacts.model)
    row = next(it for it in read_history(artifacts.model) if it.epoch == kept)
    value = float(getattr(row, monitor))
    if not math.isfinite(value):
        raise ValueError(f"its {monitor.replace('_', ' ')} is {value}")
    seconds = json.loads(artifacts.seconds.read_text()) if artifacts.seconds.is_file() else {}
    return {
        "value": value,
        "seconds": seconds,
        "weights": hash_file(ModelFiles(artifacts.model).weights),
    }


def failure_reason(said: str, status: int) -> str:
    """Why a stage failed: its own words, with the indented lines after them, or else DVC's."""
    own = re.findall(r"(?m)^error: (.+(?:\n[ \t]+\S.*)*)", said)
    raised = re.findall(r"(?m)^((?:\w+\.)*\w*(?:Error|Exception)\b.*)", said)
    dvc = re.findall(r"(?m)^ERROR: (.+)", said)
    told = (own or raised or dvc or [f"exit status {status}"])[-1]
    return " ".join(told.split())


def _signal(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Send it to the process and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
