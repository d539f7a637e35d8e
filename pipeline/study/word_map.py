"""A trained network -> where the most frequent tokens lie, and whether neighbours share a tag."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from jaxtyping import Float, Int

from pipeline.corpus.store import read_columns, read_rows
from pipeline.model.network import Network
from pipeline.study.neighbours import embedded_words, token_text
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.store import TokenStore
from pipeline.vectors.describe import unit_length

MOST = 300
"""Tokens on a map."""


@dataclass(frozen=True)
class WordMap:
    """Tokens, the most frequent first."""

    tokens: tuple[str, ...]
    xy: Float[np.ndarray, "token 2"]
    """As of `two_dimensions`."""
    tags: tuple[str, ...] | None
    """What each is tagged with most often in training; None: the corpus has no tags."""
    neighbours_agree: float
    """Share of tokens whose nearest, by the cosine in all dimensions, has the same tag."""
    any_two_agree: float
    """The same of two that are drawn at random."""


@torch.inference_mode()
def map_words(
    network: Network,
    encoding: Encoding,
    occurrences: Int[np.ndarray, " vocab"],
    tag_of_token: tuple[str, ...] | None,
) -> WordMap:
    """The tokens that occur most often, as the trained embedding has them: row and word parts."""
    order = np.argsort(-occurrences, kind="stable")[:MOST]
    rows = order[occurrences[order] > 0]
    vectors = embedded_words(network, encoding)[torch.from_numpy(rows)].double().numpy()
    tags = None if tag_of_token is None else tuple(tag_of_token[row] for row in rows)
    near, chance = agreement(vectors, tags or ("",) * len(rows))
    names = tuple(token_text(encoding, row) for row in rows.tolist())
    return WordMap(names, two_dimensions(vectors), tags, near, chance)


def agreement(
    vectors: Float[np.ndarray, "token width"], tags: tuple[str, ...]
) -> tuple[float, float]:
    """How often the nearest by cosine, and how often any other, has the tag; NaN of fewer than two.

    Of equally near ones, the first counts.
    """
    if len(tags) < 2:
        return np.nan, np.nan
    unit = unit_length(vectors)
    cosine = unit @ unit.T
    np.fill_diagonal(cosine, -np.inf)
    _, number, count = np.unique(tags, return_inverse=True, return_counts=True)
    near = (number[cosine.argmax(axis=1)] == number).mean()
    chance = (count[number] - 1).mean() / (len(tags) - 1)
    return float(near), float(chance)


def read_token_tags(
    path: Path, column: str, split: TokenStore, vocab_size: int
) -> tuple[str, ...] | None:
    """What the word of each token of the vocabulary has most often in a column of a split.

    Of equally frequent ones the first in the alphabet, which an unused token has too. None where no
    column of each word is called so, or it has no texts.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    if column not in read_columns(path).annotations:
        return None
    lengths, found = [], []
    for rows in read_rows(path, [column]):
        lengths.append(rows[column].value_lengths().to_numpy())
        found.append(rows[column].flatten())
    if not pa.types.is_string(found[0].type):
        return None
    names, number = np.unique(pa.concat_arrays(found).to_pylist(), return_inverse=True)
    length = np.concatenate(lengths)
    start = np.repeat(np.cumsum(length) - length, split.lengths)
    pairs = split.input_ids.astype(np.int64) * len(names) + number[start + split.word_ids]
    counts = np.bincount(pairs, minlength=vocab_size * len(names)).reshape(vocab_size, -1)
    return tuple(names[counts.argmax(axis=1)].tolist())


def two_dimensions(table: Float[np.ndarray, "row d_model"]) -> Float[np.ndarray, "row 2"]:
    """Where each unit row lies along the two directions in which they differ most.

    These are the first principal components; the rows' mean is at 0. Signs are fixed so that each
    direction's largest entry is positive. Where nothing differs along a direction, all are 0: along
    the second of two rows, along both of one.
    """
    if not len(table):
        return np.zeros((0, 2))
    unit = unit_length(table.astype(np.float64))
    left, strength, right = np.linalg.svd(unit - unit.mean(axis=0), full_matrices=False)
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    xy = (left * strength * signs)[:, :2]
    return np.pad(xy, ((0, 0), (0, 2 - xy.shape[1])))
