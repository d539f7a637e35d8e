"""What is said of a measure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A measure, for a person."""

    title: str
    unit: str
    """"" for a share in [0, 1] or a plain number."""
    meaning: str
    caveat: str
    """What it does not prove."""
    source: str
