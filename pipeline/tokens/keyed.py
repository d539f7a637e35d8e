"""(seed, purpose, position) -> a random number, the same in whatever order it is asked for."""

import zlib

import numpy as np
from jaxtyping import Float, Int, UInt64

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def keyed_bits(
    positions: Int[np.ndarray, "*shape"], seed: int, *purpose: str | int
) -> UInt64[np.ndarray, "*shape"]:
    """64 random bits for each position, by SplitMix64 (Steele et al. 2014, fig. 13).

    A generator hands out its numbers in the order of asking, so another batch size or one more
    worker gives every token another number. A hash of where the token stands does not.
    """
    key = np.array([seed], dtype=np.uint64)  # arrays wrap around silently, scalars warn
    for part in purpose:
        number = zlib.crc32(part.encode()) if isinstance(part, str) else part
        key = _mix((key + np.uint64(number)) * _GOLDEN + _GOLDEN)
    return _mix(key + positions.astype(np.uint64) * _GOLDEN)


def keyed_uniform(
    positions: Int[np.ndarray, "*shape"], seed: int, *purpose: str | int
) -> Float[np.ndarray, "*shape"]:
    """A number in [0, 1) for each position: the upper 53 of its bits."""
    return (keyed_bits(positions, seed, *purpose) >> np.uint64(11)) * 2.0**-53


def keyed_seed(seed: int, *purpose: str | int) -> int:
    """A seed for somebody else's generator, in [0, 2**63)."""
    return int(keyed_bits(np.zeros(1, dtype=np.int64), seed, *purpose)[0] >> np.uint64(1))


def _mix(bits: UInt64[np.ndarray, "*shape"]) -> UInt64[np.ndarray, "*shape"]:
    bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
    bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    return np.asarray(bits ^ (bits >> np.uint64(31)))
