"""Two subjects' answers to the same questions -> which of them changed, and among what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from pipeline.comparison.subjects import Subject


@dataclass(frozen=True)
class ChangedAnswer:
    """One position that only one of the two has right."""

    sentence_id: str
    sentence: int
    """Its number in the split, from 0."""
    word: int
    """From 0."""
    form: str
    gold: str
    ours: str
    """What the first answers: of a group, what most of its runs do."""
    theirs: str
    is_won: bool
    """Whether the other has it right, and the first not."""
    gap: float
    """The mean loss of the other minus that of the first, in nats; 0 where it is not known."""
    length: int
    """Words of the sentence; 0 where it is not known."""
    genre: str


@dataclass(frozen=True)
class Part:
    """Some of the positions."""

    name: str
    answers: int
    lost: int
    """Right in the first alone."""
    won: int
    """Right in the other alone."""


@dataclass(frozen=True)
class Changes:
    """All that changed, by parts and one by one, those first whose loss changed most."""

    whole: Part
    by_axis: Mapping[str, tuple[Part, ...]]
    examples: tuple[ChangedAnswer, ...]


def find_changes(first: Subject, other: Subject, edges: Sequence[int], class_name: str) -> Changes:
    """What changed from the first to the other, who must have been asked the same.

    Raises:
        FileNotFoundError, ValueError: as `Member.answers` says.
    """
    answers, asked = first.first.answers, first.first.asked
    ours, theirs = _voted(first), _voted(other)
    right, becomes_right = ours == answers.gold, theirs == answers.gold
    sentence = asked.sentence_of(answers)
    lengths = np.array([len(words) for words in asked.words])[sentence]
    genres = np.array(asked.genres, dtype=object)[sentence]
    gap = np.nan_to_num(_mean_loss(other) - _mean_loss(first))
    classes = np.array(answers.classes, dtype=object)
    lost, won = right & ~becomes_right, becomes_right & ~right
    by_axis = {class_name: _parts(answers.gold, answers.classes, lost, won, FEW)}
    if lengths.any():
        names, group = _length_groups(lengths, edges)
        by_axis["sentence length, words"] = _parts(group, names, lost, won)
    if any(genres):
        names = sorted(set(genres))
        by_axis["genre"] = _parts(np.searchsorted(names, genres), names, lost, won)
    changed = np.flatnonzero(lost | won)
    changed = changed[np.argsort(-np.abs(gap[changed]), kind="stable")]
    rows = answers.table.take(changed).to_pydict()
    found = [
        ChangedAnswer(
            sentence_id=rows["sentence_id"][row], sentence=int(sentence[place]),
            word=rows["word"][row], form=rows["form"][row], gold=rows["gold"][row],
            ours=str(classes[ours[place]]), theirs=str(classes[theirs[place]]),
            is_won=bool(won[place]), gap=float(gap[place]), length=int(lengths[place]),
            genre=str(genres[place]),
        )
        for row, place in enumerate(changed)
    ]  # fmt: skip
    whole = Part("all", len(answers), int(lost.sum()), int(won.sum()))
    return Changes(whole, by_axis, tuple(found))


FEW = 30
"""Of more classes than these, only those are told of in which most changed."""


def _voted(subject: Subject) -> Int[np.ndarray, " position"]:
    """What most of the runs answer, by the classes of the newest; of as many, what it answers."""
    classes = {name: number for number, name in enumerate(subject.first.answers.classes)}
    every = []
    for member in subject.members:
        number = np.array([classes.get(name, -1) for name in member.answers.classes])
        every.append(number[member.answers.predicted])
    votes = np.stack(every)
    agree = np.stack([(votes == one).sum(axis=0) for one in votes])  # how many say what one says
    return np.asarray(np.take_along_axis(votes, agree.argmax(axis=0)[None], axis=0)[0])


def _mean_loss(subject: Subject) -> Float[np.ndarray, " position"]:
    return np.asarray(np.mean([member.answers.loss for member in subject.members], axis=0))


def _length_groups(
    lengths: Int[np.ndarray, " position"], edges: Sequence[int]
) -> tuple[list[str], Int[np.ndarray, " position"]]:
    """The groups of the evaluation: 1-5, 6-10, ..."""
    starts = [1, *(edge + 1 for edge in edges)]
    names = [str(a) if a == b else f"{a}-{b}" for a, b in zip(starts[:-1], edges, strict=True)]
    return [*names, f"{starts[-1]}+"], np.searchsorted(np.asarray(edges), lengths)


def _parts(
    group: Int[np.ndarray, " position"],
    names: Sequence[str],
    lost: Bool[np.ndarray, " position"],
    won: Bool[np.ndarray, " position"],
    most: int | None = None,
) -> tuple[Part, ...]:
    """The groups that have an answer; of too many, those in which most changed."""
    counts = [np.bincount(group, which, minlength=len(names)) for which in (None, lost, won)]
    found = [
        Part(name, int(count), int(left), int(gained))
        for name, count, left, gained in zip(names, *counts, strict=True)
        if count
    ]
    if most is not None and len(found) > most:
        found = sorted(found, key=lambda part: -part.lost - part.won)[:most]
    return tuple(found)
