"""Two runs' trails -> the step at which their trainings part."""

from pipeline.artifacts import ModelFiles
from pipeline.comparison.subjects import EVIDENCE, Member, Subject
from pipeline.model.trail import TrailRow, parting, read_trail


def where_they_part(one: Subject, other: Subject) -> str:
    """In a sentence; "" where a subject is a group, or a run kept no trail.

    Raises:
        ConnectionError, ValueError: the store cannot be used, or a file is damaged.
    """
    if len(one.members) > 1 or len(other.members) > 1:
        return ""
    ours, theirs = _trail(one.first), _trail(other.first)
    if not ours or not theirs:
        return ""
    found = parting(ours, theirs)
    return str(found) if found else "the trainings are the same at every step that both kept"


def _trail(member: Member) -> list[TrailRow]:
    file = member.files.find(ModelFiles(EVIDENCE.parent).trail.name)
    return [] if file is None else read_trail(file.parent)
