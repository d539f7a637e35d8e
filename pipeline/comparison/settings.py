"""The runs of a group -> in what they differ beside the seed, and what that means."""

from collections.abc import Iterable, Iterator

from pipeline.comparison.conditions import plain
from pipeline.comparison.subjects import Member, Subject
from pipeline.objectives.registry import OBJECTIVES


def has_other_settings(subject: Subject) -> list[str]:
    """Parameters beside the seed in which the runs of a group differ."""
    names = sorted({name for member in subject.members for name in member.params} - {"seed"})
    return [
        name
        for name in names
        if len({plain(setting_of(member, name)) for member in subject.members}) > 1
    ]


def setting_of(member: Member, name: str) -> str:
    """A parameter of a run; what is learned where none is named is that objective's usual one."""
    told = member.params.get(name, "none")
    if name == "objective.target" and plain(told) == "none":
        kind = OBJECTIVES.get(member.params.get("objective.kind", ""))
        return (kind and kind.usual_target) or told
    return told


def mixed(subjects: Iterable[Subject]) -> Iterator[str]:
    """A sentence for each group that stands for more than one setting."""
    for subject in subjects:
        if other := has_other_settings(subject):
            yield (
                f"the runs of {subject.label} differ in more than the seed ({', '.join(other)}): "
                f"what is said of seeds is said of those settings too"
            )
