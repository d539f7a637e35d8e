"""What became of a reproduction: identical, within tolerance or different, and why."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.model.trail import Parting
from pipeline.reproduction.comparison import MetricDifference, StageComparison, TensorDifference
from pipeline.reproduction.workplace import Upstream

Kind = Literal["identical", "within tolerance", "different"]
EXIT_STATUS: dict[Kind, int] = {"identical": 0, "different": 1, "within tolerance": 3}
"""2 is what a command line that cannot be understood ends with."""

EXACT = ("corpus", "tokenize")
"""Stages without rounding: no other machine excuses a difference."""
SHOWN = 5


@dataclass(frozen=True)
class Verdict:
    """All that was compared."""

    stages: tuple[StageComparison, ...]
    upstream: tuple[Upstream, ...]
    """Inputs that are not what the record says."""
    damaged: tuple[str, ...]
    """What the run keeps that is not what its record says."""
    parting: Parting | None
    """The first step of the training that differs, where both have a trail and one does."""
    tensors: tuple[TensorDifference, ...]
    metrics: tuple[MetricDifference, ...]
    outside: tuple[MetricDifference, ...]
    """Of those the ones that left the run's own intervals."""
    environment: dict[str, tuple[str, str]]
    """By name, what the run had and what the reproduction had."""

    @property
    def kind(self) -> Kind:
        """Identical: every file, every tensor, every metric.

        Within tolerance: the same inputs in another environment, exact stages identical, and every
        metric that has an interval inside it.
        """
        unlike = [stage for stage in self.stages if stage.files]
        if not (unlike or self.tensors or self.metrics or self.damaged):
            return "identical"
        excused = self.environment and not (self.upstream or self.damaged or self.outside)
        if excused and not any(stage.verb in EXACT for stage in unlike):
            return "within tolerance"
        return "different"

    def lines(self) -> Iterator[str]:
        """What a person wants to know, the most important first."""
        yield f"verdict: {self.kind}"
        for stage in self.stages:
            if stage.files:
                yield f"the first output that differs: {stage.files[0]} (stage {stage.verb})"
                break
        if self.damaged:
            yield from _listed("what the run keeps is not what its record says", self.damaged)
        if self.upstream:
            yield from _listed("what differs upstream of it", self.upstream)
        if self.parting:
            yield str(self.parting)
        if self.tensors:
            yield from _listed(f"{len(self.tensors)} tensors differ, first", self.tensors)
        if self.metrics:
            yield from _listed(f"{len(self.metrics)} metrics differ", self.metrics)
        if self.outside:
            yield from _listed("of these outside the run's own interval", self.outside)
        changes = [f"{name} {was} -> {now}" for name, (was, now) in self.environment.items()]
        if changes:
            what = "made no difference" if self.kind == "identical" else "is the likely reason"
            yield from _listed(f"another environment, which {what}", changes)
        elif self.kind == "different" and not (self.upstream or self.damaged):
            yield (
                "inputs and environment are the same: something is not deterministic, or the "
                "record is wrong"
            )

    def as_json(self) -> dict[str, Any]:
        """For verdict.json."""
        return {"verdict": self.kind, **asdict(self)}


def _listed(title: str, items: Any) -> Iterator[str]:
    items = list(items)
    yield f"{title}:"
    for item in items[:SHOWN]:
        yield f"  {item}"
    if len(items) > SHOWN:
        yield f"  and {len(items) - SHOWN} more"
