"""Who is compared: runs, alone or in groups, and what each of them kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.artifacts import Artifacts, EvidenceFiles, ModelFiles, SplitFiles
from pipeline.comparison.answers import Answers, Asked, read_answers, read_asked
from pipeline.files import parse_json
from pipeline.foreign import visible_name
from pipeline.recording.metric_names import is_of_split
from pipeline.recording.record import STAGES, Record, patch_file, read_part, record_file
from pipeline.recording.trial import SWEEP_TAG, VARIED_TAG
from pipeline.recording.weights import WEIGHTS_TAG
from pipeline.runs.finding import ID_LENGTH, shown_name
from pipeline.runs.kept_files import KeptFiles

if TYPE_CHECKING:
    from pipeline.tracking.search import Run

SPLIT = "test"
"""The split whose answers are compared."""
WEIGHTS = ModelFiles(Artifacts(Path()).model).weights.as_posix()
EVIDENCE = Path("evidence")
"""Where a run keeps data/evidence."""


@dataclass(frozen=True, eq=False)
class Member:
    """One run, with what it kept read when it is asked for."""

    run: "Run"
    files: KeptFiles

    @property
    def name(self) -> str:
        """As it may be shown; of a sweep in which the seed alone varied, after the sweep's."""
        name, sweep = shown_name(self.run), self.run.data.tags.get(SWEEP_TAG)
        if sweep is None or self.varied.keys() != {"seed"}:
            return name
        return f"{visible_name(sweep)}, {name}"

    @property
    def varied(self) -> Mapping[str, object]:
        """What varied in its sweep, by dotted names; empty of a run of none."""
        try:
            told = parse_json(self.run.data.tags.get(VARIED_TAG, "{}"))
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    @property
    def run_id(self) -> str:
        """All of it."""
        return str(self.run.info.run_id)

    @property
    def named(self) -> str:
        """The name with the beginning of the id, by which it can be found."""
        return f"{self.name} ({self.run_id[:ID_LENGTH]})"

    @property
    def params(self) -> dict[str, str]:
        """By dotted name, as text."""
        return dict(self.run.data.params)

    @property
    def seed(self) -> str:
        """As text; "" where it is not known."""
        return self.params.get("seed", "")

    @property
    def metrics(self) -> dict[str, float]:
        """The newest value of each."""
        return dict(self.run.data.metrics)

    @property
    def measured(self) -> list[str]:
        """The figures that its evaluation measured on the split: accuracy, loss, ..."""
        start = f"{SPLIT}/"
        return [name.removeprefix(start) for name in self.metrics if is_of_split(SPLIT, name)]

    @property
    def weights(self) -> str:
        """What tells its weights from others: their hash, or the run where that is not known.

        An evaluation of another run's model is no training: the record says whose weights it had.
        """
        told = self.run.data.tags.get(WEIGHTS_TAG)
        if told or not self.record.parts:
            return str(told or self.run_id)
        kept = self.record.outputs.get(WEIGHTS)
        return kept.sha256 if kept else self.run_id

    @cached_property
    def record(self) -> Record:
        """What it was made from; without a part where it kept none.

        Raises:
            ValueError: a part is damaged.
        """
        found = {stage: self.files.find(record_file(stage)) for stage in STAGES}
        return Record({stage: read_part(path) for stage, path in found.items() if path is not None})

    def patch_at(self, stage: str) -> bytes:
        """What the working tree held beside the commit when a stage began."""
        path = self.files.find(patch_file(stage))
        return b"" if path is None else path.read_bytes()

    @cached_property
    def answers(self) -> Answers:
        """What it answered on the test split.

        Raises:
            FileNotFoundError: it kept none.
            ValueError: the file is damaged.
        """
        path = self.files.find(self._of_split.predictions.as_posix())
        if path is None:
            raise FileNotFoundError(
                f"{self.named} kept no answers on {SPLIT}: choose a run that was evaluated, as "
                f"`headway runs` lists them"
            )
        return read_answers(path)

    def share_classes(self, classes: tuple[str, ...]) -> None:
        """Number its answers among these, its own and those of the runs that it is held against."""
        vars(self)["answers"] = replace(self.answers, classes=classes)

    @cached_property
    def asked(self) -> Asked:
        """What its answers are about.

        Raises:
            FileNotFoundError, ValueError: as `answers` says.
        """
        return read_asked(self._sentences_file, self.answers)

    def asks_about_the_same_as(self, other: "Member") -> bool:
        """Whether both were asked about the same sentences, in the same order.

        Raises:
            FileNotFoundError, ValueError: as `answers` says.
        """
        files = [it._sentences_file for it in (self, other)]
        if None not in files:
            one, two = (file.read_bytes() for file in files if file)
            if one == two:
                return True
        both = self.asked, other.asked
        return both[0].ids == both[1].ids and (None in files or both[0].words == both[1].words)

    @property
    def keeps_sentences(self) -> bool:
        """Whether it kept what its answers are about; runs of earlier versions did not."""
        return self._sentences_file is not None

    @property
    def _sentences_file(self) -> Path | None:
        return self.files.find(self._of_split.sentences.as_posix())

    @property
    def _of_split(self) -> SplitFiles:
        return SplitFiles(EVIDENCE / SPLIT)

    @property
    def heads_file(self) -> Path | None:
        """heads.json, where it kept one."""
        return self.files.find(EvidenceFiles(EVIDENCE).heads.as_posix())


@dataclass(frozen=True, eq=False)
class Subject:
    """A run, or a group of runs that stand for one setting."""

    label: str
    members: tuple[Member, ...]

    @property
    def first(self) -> Member:
        """The newest of them: who speaks for all where one has to."""
        return self.members[0]

    @property
    def seeds(self) -> set[str]:
        """Those there are."""
        return {member.seed for member in self.members}


def share_classes(members: Sequence[Member]) -> None:
    """Give the classes of all of them one number each, as trainings may have met others.

    Raises:
        FileNotFoundError, ValueError: as `Member.answers` says.
    """
    together = dict.fromkeys(it for member in members for it in member.answers.classes)
    for member in members:
        member.share_classes(tuple(together))


def without_doubles(members: Sequence[Member]) -> tuple[list[Member], list[str]]:
    """The members with weights of their own, and what is said of the others.

    A training that was made again is no second sample: its weights are the same.
    """
    kept: dict[str, Member] = {}
    said = []
    for member in members:
        same = kept.setdefault(member.weights, member)
        if same is not member:
            said.append(f"{member.named} has the weights of {same.named}: counted once")
    return list(kept.values()), said
