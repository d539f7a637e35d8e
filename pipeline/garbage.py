"""How often Python looks for dead objects that point at one another."""

import gc


def collect_rarely() -> None:
    """Look once in 10,000 new objects, not once in 700.

    Torch, Lightning and MLflow make a million objects when they are imported, and all of them stay:
    to look through them again and again took a fifth of a program's start.
    """
    gc.set_threshold(10_000)
