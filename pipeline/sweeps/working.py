"""Taking trials, several at once, until none is left; what others take is waited for."""

import json
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from pipeline.recording.trial import SweepTrial
from pipeline.sweeps.attempt import Bench, Stopped
from pipeline.sweeps.dimensions import label
from pipeline.sweeps.ledger import ENDED, Trial
from pipeline.sweeps.plan import Varied, slug
from pipeline.sweeps.shared_stages import Keys, shared
from pipeline.sweeps.storage import BEAT_SECONDS
from pipeline.sweeps.sweep import Sweep
from pipeline.tracking.ownership import project_id

POLL_SECONDS = 1.0
"""How often it is looked at what other processes have done."""

Heard = Callable[[Trial], None]


@dataclass
class Workers:
    """The threads of this process, each of which makes one trial after the other."""

    sweep: Sweep
    bench: Bench
    parent: str
    """The id of the sweep's run."""
    heard: Heard
    """Told of every trial that ends here."""
    fault: BaseException | None = None
    """What no trial can be blamed for."""
    taking: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)
    _known_keys: dict[str, Keys] = field(default_factory=dict)
    _making: dict[int, Trial] = field(default_factory=dict)
    _last_beat: float = 0.0

    def start(self, jobs: int) -> None:
        """Begin."""
        self._threads = [threading.Thread(target=self._work) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether all have ended, within this time."""
        for thread in self._threads:
            thread.join(seconds / len(self._threads))
        return not any(thread.is_alive() for thread in self._threads)

    def beat(self) -> None:
        """Say now and then that what is being made here still is."""
        if time.monotonic() < self._last_beat + BEAT_SECONDS:
            return
        self._last_beat = time.monotonic()
        for trial in list(self._making.values()):
            self.sweep.ledger.beat(trial)

    def stop(self) -> None:
        """End what is at work, and wait for it."""
        self.bench.stop()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self.bench.stopping.is_set() and self._one():
                pass
        except BaseException as error:
            self.fault = self.fault or error
            self.bench.stop()

    def _one(self) -> bool:
        """Make a trial, or wait a little for others; whether there may be more."""
        with ExitStack() as stack:
            with self.taking:
                trial = self._take(stack)
            if trial is not None:
                self._making[trial.number] = trial
                try:
                    self._make(trial)
                finally:
                    del self._making[trial.number]
                return True
        self.sweep.ledger.give_up_dead()
        if all(trial.state in ENDED for trial in self.sweep.ledger.trials()):
            return False
        self.bench.stopping.wait(POLL_SECONDS)
        return True

    def _take(self, stack: ExitStack) -> Trial | None:
        """The first trial that nobody makes, for as long as the stack lasts."""
        owner = project_id(self.sweep.place.root)
        for trial in self.sweep.drawn():
            is_here = trial.state == "waiting" or (
                trial.state == "running" and trial.owner == owner
            )
            if trial.varied is None or not is_here:
                continue
            own = ExitStack()
            if own.enter_context(self.sweep.place.held(f"trial-{trial.number:03}")):
                now = self.sweep.ledger.trials()[trial.number - 1]
                is_mine = now.state == "waiting" and self.sweep.ledger.begin(now, owner)
                if is_mine or now.state == "running":  # its process was killed
                    stack.enter_context(own.pop_all())
                    return now
            own.close()
        return None

    def _keys(self, varied: Varied) -> Keys:
        """As the sweep has them, told once for each trial."""
        known = json.dumps(varied)
        if known not in self._known_keys:
            self._known_keys[known] = self.sweep.keys(varied)
        return self._known_keys[known]

    def _make(self, trial: Trial) -> None:
        sweep, varied = self.sweep, trial.varied or {}
        told = SweepTrial(
            sweep.place.name, trial.number, varied, label(varied), self.parent
        )  # fmt: skip
        others = [it.varied for it in sweep.ledger.trials() if it.varied is not None]
        common = shared(self._keys(varied), map(self._keys, others))
        experiment = f"{sweep.place.name}-{slug(varied, trial.number)}"
        try:
            facts = self.bench.attempt(told, experiment, sweep.changes(varied), common)
        except Stopped:
            return
        except (ValueError, OSError) as error:
            sweep.ledger.fail(trial, str(error))
        else:
            sweep.ledger.end(trial, facts.pop("value"), facts)
        self.heard(sweep.ledger.trials()[trial.number - 1])
