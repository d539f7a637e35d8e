"""Where a token stands -> vectors to add, or angles to turn by."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal_positions(length: int, d_model: int) -> Float[Tensor, "token d_model"]:
    """A fixed vector for each position: sines and cosines of falling frequency.

    PE(pos, 2i) = sin(pos / 10000^(2i/d_model)), PE(pos, 2i+1) = cos(the same)
    (Vaswani et al. 2017, section 3.5).
    """
    angles = _angles(length, d_model)
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(start_dim=1)[:, :d_model]


@dataclass(frozen=True)
class Rotation:
    """The cosine and sine of each position's angles, one angle for each pair of features."""

    cos: Float[Tensor, "token pair"]
    sin: Float[Tensor, "token pair"]


def rotary_positions(length: int, d_head: int) -> Rotation:
    """Angles pos / 10000^(2i/d_head) for pair i (Su et al. 2021, eq. 15)."""
    angles = _angles(length, d_head)
    return Rotation(cos=angles.cos(), sin=angles.sin())


def rotate(
    heads: Float[Tensor, "batch head token d_head"], rotation: Rotation
) -> Float[Tensor, "batch head token d_head"]:
    """Turn each pair of features by its position's angle (Su et al. 2021, eq. 34).

    Feature i is paired with i + d_head / 2, where the paper pairs neighbours. The score of two
    turned vectors depends on how far apart they stand, not on where.
    """
    first, second = heads.chunk(2, dim=-1)
    cos, sin = rotation.cos.to(heads.dtype), rotation.sin.to(heads.dtype)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def _angles(length: int, width: int) -> Float[Tensor, "token pair"]:
    """Pos / 10000^(2i/width), computed in double precision, kept in single."""
    frequency = 10_000 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    position = torch.arange(length, dtype=torch.float64)
    return torch.outer(position, frequency).float()
