"""What is said of a measure, and the questions that measures help to answer."""

from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """The questions, in the order in which they are asked."""

    LOOKS = "Where it looks"
    EFFECT = "What can have an effect"
    REACHES = "What reaches its layer"
    BESIDE = "Compared with the other heads"
    RELATIONS = "Does it follow grammatical relations?"
    OWED = "What is lost without it"
    EXPLAINS = "Do its weights explain the answer?"


@dataclass(frozen=True)
class Headline:
    """Of a measure that stands in the terminal's table and among a run's metrics."""

    heading: str
    """Short, for a column of numbers."""
    rank: int
    """The lowest is the most needed: a narrow table goes without the highest first."""


@dataclass(frozen=True)
class About:
    """A measure, for a person."""

    name: str
    """In tables and among a run's metrics."""
    family: Family
    title: str
    unit: str
    """"" for a share in [0, 1] or a plain number."""
    meaning: str
    caveat: str
    """What it does not prove."""
    source: str
    headline: Headline | None = None
