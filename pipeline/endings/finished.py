"""A training that is over -> its outputs, kept until DVC has taken them and their evaluation."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.artifacts import Artifacts
from pipeline.endings import taken
from pipeline.endings.full_disk import is_full_disk
from pipeline.endings.parent import was_asked_for
from pipeline.endings.taken import folder_md5, is_taken
from pipeline.files import whole_file, whole_folder
from pipeline.leftovers import remove_whole


@dataclass(frozen=True)
class Trained:
    """What a training came to beside its files, and how far the rest has come."""

    md5: str
    """Of its outputs, as dvc.lock names them."""
    speed: dict[str, float]
    """As of `Fitted`."""
    arithmetic: dict[str, str]
    is_recorded: bool = False
    """Its run has FINISHED."""
    is_alone: bool = False
    """DVC was asked for the training and no more: no evaluation follows."""
    evaluation: Literal["none", "begun", "over"] = "none"
    evidence_md5: str | None = None
    """Of the evaluation's outputs, once it is over."""

    def is_over(self, artifacts: Artifacts) -> bool:
        """Whether DVC has taken all of it: then the next training is another one.

        A kill can leave a dvc.lock that was begun, can be read, and is not whole: so it has to name
        what both stages made.
        """
        if not is_taken(artifacts, "train", self.md5):
            return False
        if self.evaluation == "none":
            return self.is_alone
        return self.evaluation == "over" and is_taken(artifacts, "evaluate", self.evidence_md5)


@dataclass(frozen=True)
class Finished:
    """The place of one training's outputs, in the folder of its checkpoints."""

    folder: Path

    @property
    def model(self) -> Path:
        """What data/model is a copy of."""
        return self.folder / "model"

    def keep(
        self,
        save: Callable[[Path], None],
        speed: Mapping[str, float],
        arithmetic: Mapping[str, str],
        make_room: Callable[[], None],
    ) -> Trained:
        """Write the outputs and what else is known of the training; on a full disk, in new room."""
        try:
            self._write(save)
        except Exception as error:
            if not is_full_disk(error):
                raise
            make_room()
            self._write(save)
        trained = Trained(folder_md5(self.model), dict(speed), dict(arithmetic))
        self.note(trained)
        return trained

    def _write(self, save: Callable[[Path], None]) -> None:
        with whole_folder(self.model) as beside:
            save(beside)

    def note(self, trained: Trained) -> None:
        """Write down how far it has come."""
        with whole_file(self.folder / "trained.json") as beside:
            beside.write_text(json.dumps(asdict(trained), indent=1) + "\n", encoding="utf-8")

    def load(self) -> Trained | None:
        """What was kept, where every file is as it was written."""
        path = self.folder / "trained.json"
        if not path.is_file():
            return None
        trained = Trained(**json.loads(path.read_text(encoding="utf-8")))
        return trained if folder_md5(self.model) == trained.md5 else None

    def record(self, trained: Trained) -> None:
        """The run has ended; DVC has yet to take what the training made."""
        self.note(replace(trained, is_recorded=True, is_alone=was_asked_for("train")))

    def put(self, model: Path) -> None:
        """Make data/model of what is kept, without room of its own where the disk can do that."""
        with whole_folder(model) as beside:
            shutil.copytree(self.model, beside, copy_function=_link, dirs_exist_ok=True)

    def forget(self) -> None:
        """Nothing will go on from here."""
        remove_whole(self.folder)


def stage_begins(artifacts: Artifacts, stage: str) -> None:
    """Note that a stage begins under DVC, once what was taken until now is no longer kept.

    Later it could not be told from what a kill leaves: of this stage, or of dvc.lock.
    """
    taken.last_is_known(artifacts)
    forget_taken(artifacts.private, artifacts)
    taken.stage_begins(artifacts, stage)


def forget_taken(private: Path, artifacts: Artifacts) -> None:
    """Let every kept training go that DVC has taken."""
    for finished, trained in _kept(private):
        if trained.is_over(artifacts):
            finished.forget()


@contextmanager
def evaluation_of(private: Path, artifacts: Artifacts) -> Iterator[None]:
    """Around an evaluation: only where it is killed is the training handed over once more."""
    forget_taken(private, artifacts)
    md5 = folder_md5(artifacts.model)
    found = next((kept for kept in _kept(private) if kept[1].md5 == md5), None)
    if found is None:
        yield
        return
    finished, trained = found
    finished.note(replace(trained, evaluation="begun"))
    try:
        yield
    except BaseException:
        finished.forget()  # DVC has taken the training; evaluate alone runs again
        raise
    if private == artifacts.private:
        evidence_md5 = folder_md5(artifacts.evidence)
        finished.note(replace(trained, evaluation="over", evidence_md5=evidence_md5))
    else:  # an experiment's copy goes, and its dvc.lock with it
        finished.forget()


def _kept(private: Path) -> Iterator[tuple[Finished, Trained]]:
    """Every training whose run has ended, and that is still kept."""
    for path in sorted((private / "checkpoints").glob("*/trained.json")):
        finished = Finished(path.parent)
        trained = finished.load()
        if trained is not None and trained.is_recorded:
            yield finished, trained


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:  # a disk that knows no links, or another disk
        shutil.copy2(source, target)
    return target
