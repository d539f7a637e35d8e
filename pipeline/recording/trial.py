"""The trial of a sweep that this process works for -> its run's name, parent and tags."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.recording.run_names import run_name
from pipeline.tracking.search import PARENT_TAG

VARIABLE = "HEADWAY_TRIAL"
"""By which a sweep tells the stages; DVC hands it on."""
SWEEP_TAG, VARIED_TAG, TRIAL_TAG = "headway.sweep", "headway.varied", "headway.trial"
PARENT_OF_SWEEP_TAG, PLAN_TAG = "headway.sweep_parent", "headway.sweep_plan"
"""Of the sweep's own run, under which those of its trials are folded."""


@dataclass(frozen=True)
class SweepTrial:
    """What a run of a sweep says of itself."""

    sweep: str
    """The sweep's name."""
    number: int
    """From 1."""
    varied: Mapping[str, Any]
    """What varies in the sweep, by dotted names, as this trial has it; the seed where it varies."""
    name: str
    """In words."""
    parent: str
    """The id of the sweep's own run."""

    @property
    def tags(self) -> dict[str, str]:
        """By which the run is found, and folded under the sweep's."""
        return {
            SWEEP_TAG: self.sweep,
            VARIED_TAG: json.dumps(dict(self.varied), sort_keys=True),
            TRIAL_TAG: str(self.number),
            PARENT_TAG: self.parent,
        }

    @property
    def token(self) -> str:
        """By which its one run is found again, whatever became of an earlier attempt."""
        return f"{self.parent}/{self.number}"

    def in_environment(self) -> dict[str, str]:
        """For the programs that work for it."""
        return {VARIABLE: json.dumps(asdict(self))}


def trial_here() -> SweepTrial | None:
    """The trial that this process works for, if it is one."""
    told = os.environ.get(VARIABLE)
    return SweepTrial(**json.loads(told)) if told else None


def trial_tags() -> dict[str, str]:
    """Its tags; none outside a sweep."""
    trial = trial_here()
    return trial.tags if trial else {}


def name_here(params: Mapping[str, object]) -> str:
    """The name of a run with these parameters: in a sweep by what varies, else by what it is."""
    trial = trial_here()
    return trial.name if trial else run_name(params)


def token_here(token: str | None = None) -> str | None:
    """The token of a run that is made here: the trial's own, where it is one."""
    trial = trial_here()
    return trial.token if trial else token
