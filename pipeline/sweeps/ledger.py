"""A sweep's trials in Optuna's storage: made, drawn, begun, ended, each once."""

import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from optuna import load_study
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning, UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage, fail_stale_trials
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from pipeline.sweeps.plan import Plan, Varied
from pipeline.sweeps.rounds import as_optuna

State = Literal["waiting", "running", "done", "failed"]
STATES: dict[TrialState, State] = {
    TrialState.WAITING: "waiting",
    TrialState.RUNNING: "running",
    TrialState.COMPLETE: "done",
    TrialState.PRUNED: "done",
    TrialState.FAIL: "failed",
}


ENDED = ("done", "failed")


@dataclass(frozen=True)
class Trial:
    """One trial: a point with one seed."""

    number: int
    """From 1, the same however often it is tried again."""
    key: int
    """Its newest attempt's, in the storage."""
    state: State
    varied: Varied | None
    """None where the search has not come to it yet."""
    value: float | None
    facts: Mapping[str, Any]
    """What is known of an ended one: `seconds` by stage, `reason` of a failure."""
    owner: str | None
    """The project that runs it."""


@dataclass(frozen=True)
class Ledger:
    """One sweep in a storage: an Optuna study, whose trials stand there before they are run."""

    storage: BaseStorage
    study: int

    @classmethod
    def opened(cls, storage: BaseStorage, name: str) -> "Ledger | None":
        """The sweep of this name, if the storage has it."""
        try:
            return cls(storage, storage.get_study_id_from_name(name))
        except KeyError:
            return None

    @classmethod
    def made(
        cls, storage: BaseStorage, name: str, plan: Plan, facts: Mapping[str, Any]
    ) -> "Ledger":
        """The sweep of this name; new, with these facts, unless the storage has it."""
        direction = StudyDirection[str(facts["direction"]).upper()]
        try:
            ledger = cls(storage, storage.create_new_study([direction], name))
        except DuplicatedStudyError:
            ledger = cls(storage, storage.get_study_id_from_name(name))
        if "plan" not in ledger.facts:  # new, or its maker was killed before it came so far
            told = {**facts, "token": uuid.uuid4().hex, "plan": plan.as_json()}
            for fact, value in told.items():
                storage.set_study_user_attr(ledger.study, fact, value)
        return ledger

    @property
    def facts(self) -> dict[str, Any]:
        """What was written down when it was made."""
        return dict(self.storage.get_study_user_attrs(self.study))

    @property
    def plan(self) -> Plan:
        """What it tries."""
        return Plan.from_json(self.facts["plan"])

    def grow(self, plan: Plan) -> None:
        """Make the trials that are missing; those that are there keep their numbers."""
        if plan.as_json() != self.plan.as_json():
            self.storage.set_study_user_attr(self.study, "plan", plan.as_json())
        trials = self.trials()
        if plan.search is None:
            known = [trial.varied for trial in trials]
            points: list[Varied | None] = [it for it in plan.grid() if it not in known]
        else:
            points = [None] * (plan.count() - len(trials))
        for number, varied in enumerate(points, len(trials) + 1):
            self._add(number, varied, plan)

    def trials(self) -> list[Trial]:
        """Every trial as it is now, in the order of their numbers."""
        found: dict[int, Trial] = {}
        for frozen in self.storage.get_all_trials(self.study, deepcopy=False):
            trial = _trial(frozen)
            found[trial.number] = trial  # a later one was made to try it again
        return [found[number] for number in sorted(found)]

    def draw(self, trial: Trial, varied: Varied, plan: Plan) -> None:
        """Say what a waiting trial of a search sets; the same again changes nothing."""
        space, values = as_optuna(varied, plan.varying)
        for name, it in space.items():
            told = it.to_internal_repr(values[name])
            self.storage.set_trial_param(trial.key, name, told, it)
        self.storage.set_trial_user_attr(trial.key, "varied", varied)

    def begin(self, trial: Trial, owner: str) -> bool:
        """Take a waiting trial; whether nobody else had it."""
        if not self.storage.set_trial_state_values(trial.key, TrialState.RUNNING):
            return False
        self.storage.set_trial_user_attr(trial.key, "owner", owner)
        self.beat(trial)
        return True

    def beat(self, trial: Trial) -> None:
        """Say that it is still being made; who shares a journal sees the process itself."""
        if isinstance(self.storage, RDBStorage):
            self.storage.record_heartbeat(trial.key)

    def give_up_dead(self) -> None:
        """Let others have the trials of which nobody has said for long that they are being made."""
        if isinstance(self.storage, RDBStorage):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                name = self.storage.get_study_name_from_id(self.study)
                fail_stale_trials(load_study(study_name=name, storage=self.storage))

    def end(self, trial: Trial, value: float, facts: Mapping[str, Any]) -> None:
        """It came to a value."""
        with _unless_given_up():
            self._tell(trial, facts)
            self.storage.set_trial_state_values(trial.key, TrialState.COMPLETE, [value])

    def fail(self, trial: Trial, reason: str) -> None:
        """It did not."""
        with _unless_given_up():
            self._tell(trial, {"reason": reason})
            self.storage.set_trial_state_values(trial.key, TrialState.FAIL)

    def retry(self, trial: Trial) -> None:
        """Let a failed one be tried once more."""
        self._add(trial.number, trial.varied, self.plan)

    def _add(self, number: int, varied: Varied | None, plan: Plan) -> None:
        facts: dict[str, Any] = {"number": number}
        space, values = ({}, {}) if varied is None else as_optuna(varied, plan.varying)
        made = create_trial(
            state=TrialState.WAITING,
            params=values,
            distributions=space,
            user_attrs=facts if varied is None else {**facts, "varied": varied},
        )
        self.storage.create_new_trial(self.study, template_trial=made)

    def _tell(self, trial: Trial, facts: Mapping[str, Any]) -> None:
        for fact, value in facts.items():
            self.storage.set_trial_user_attr(trial.key, fact, value)


@contextmanager
def _unless_given_up() -> Iterator[None]:
    """What a worker says that slept so long that another was given its trial is not heard."""
    try:
        yield
    except UpdateFinishedTrialError:
        return


def _trial(frozen: FrozenTrial) -> Trial:
    facts = frozen.user_attrs
    return Trial(
        number=facts["number"],
        key=frozen._trial_id,
        state=STATES[frozen.state],
        varied=facts.get("varied"),
        value=frozen.value if frozen.state == TrialState.COMPLETE else None,
        facts=facts,
        owner=facts.get("owner"),
    )
