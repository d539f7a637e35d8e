"""A split's corpus -> its dependency trees."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.corpus.example import UNKNOWN
from pipeline.corpus.store import read_columns, read_rows
from pipeline.study.relations.arcs import Trees


def read_trees(path: Path) -> Trees:
    """Read the trees of a split of the corpus; without syntax, every head is 0, a relation "_".

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    lengths, heads, relations = [], [], []
    known = {"head", "deprel"} & {*read_columns(path).annotations}
    for rows in read_rows(path, ["form", *known]):
        lengths.append(rows["form"].value_lengths().to_numpy())
        count = int(lengths[-1].sum())
        unknown = pa.repeat(UNKNOWN, count)
        relations.append(rows["deprel"].flatten() if "deprel" in known else unknown)
        has_heads = "head" in known
        heads.append(
            rows["head"].flatten().to_numpy() if has_heads else np.zeros(count, dtype=np.int32)
        )
    named = pa.concat_arrays(relations).dictionary_encode()
    return Trees(
        offsets=np.cumsum(np.concatenate([[0], *lengths])),
        head=np.concatenate(heads),
        relation=named.indices.to_numpy(),
        names=tuple(named.dictionary.to_pylist()),
    )
