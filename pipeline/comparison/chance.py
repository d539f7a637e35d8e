"""A purpose -> random numbers of its own: no draw depends on what else was asked, or when."""

import hashlib

import numpy as np

DRAWS = 10_000
"""Of every bootstrap and randomisation here: a p of 0.05 is then known to 0.002."""


def seed_of(purpose: str) -> int:
    """The seed of a purpose's draws, the same on every machine."""
    return int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:4])


def generator_of(purpose: str) -> np.random.Generator:
    """A purpose's own random numbers, from their beginning."""
    return np.random.default_rng(seed_of(purpose))
