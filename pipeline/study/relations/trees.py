"""A split's corpus -> its dependency trees."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.corpus.store import read_rows
from pipeline.study.relations.arcs import Trees


def read_trees(path: Path) -> Trees:
    """Read the trees of a split of the corpus; without syntax, every head is 0.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    lengths, heads, relations = [], [], []
    for rows in read_rows(path, ["head", "deprel"]):
        lengths.append(rows["head"].value_lengths().to_numpy())
        heads.append(rows["head"].flatten().to_numpy())
        relations.append(rows["deprel"].flatten())
    named = pa.concat_arrays(relations).dictionary_encode()
    return Trees(
        offsets=np.cumsum(np.concatenate([[0], *lengths])),
        head=np.concatenate(heads),
        relation=named.indices.to_numpy(),
        names=tuple(named.dictionary.to_pylist()),
    )
