"""The points of a run's curves: which of them the store has already."""

import math
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.tracking.messages import Ending, Message, Metrics

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

Latest = Mapping[str, tuple[int, float]]
"""By a metric's name, the last step that there is, and its value."""


@dataclass(frozen=True)
class Opened:
    """A run to write to, and what the store has of it already."""

    run_id: str
    name: str
    latest: Latest = field(default_factory=dict)
    is_finished: bool = False


def latest_points(run: "Run") -> Latest:
    """The last point of each of the run's curves, without a question for each."""
    points = run.data.to_proto().metrics
    return {point.key: (int(point.step), float(point.value)) for point in points}


def with_waiting(latest: Latest, messages: Iterable[Message]) -> Latest:
    """The last points when these messages will have been sent, too."""
    known = dict(latest)
    for message in messages:
        if isinstance(message, Metrics):
            known |= {
                name: (message.step, value)
                for name, value in message.values.items()
                if message.step >= known.get(name, (message.step, value))[0]
            }
    return known


def finishes(is_finished: bool, messages: Iterable[Message]) -> bool:
    """Whether the run has ended well when these messages will have been sent, too."""
    endings = [message.status for message in messages if isinstance(message, Ending)]
    return endings[-1] == "FINISHED" if endings else is_finished


def new_points(latest: Latest, values: Mapping[str, float], step: int) -> dict[str, float]:
    """Those of the values at a step that the curves do not have yet."""
    return {n: value for n, value in values.items() if not is_there(latest, n, step, value)}


def is_there(latest: Latest, name: str, step: int, value: float) -> bool:
    """Whether a curve has this point. Curves are sent in order: what lies before the last is there.

    At the last step itself only the same value is the same point.
    """
    if name not in latest:
        return False
    last, known = latest[name]
    return step < last or (step == last and is_same(known, value))


def is_same(kept: float, value: float) -> bool:
    """Whether a value of the store is this one; NaN is."""
    return kept == _as_kept(value) or (math.isnan(kept) and math.isnan(value))


def _as_kept(value: float) -> float:
    """A value as MLflow's SQL store gives it back: infinities are its largest numbers."""
    return value if math.isnan(value) else max(-sys.float_info.max, min(value, sys.float_info.max))
