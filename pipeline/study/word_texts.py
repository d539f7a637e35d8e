"""A split's corpus -> which of its tokens belong to words of the same text."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from pipeline.corpus.store import read_rows
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.store import TokenStore


def read_texts(path: Path, encoding: Encoding, split: TokenStore) -> Int[np.ndarray, " token"]:
    """A number for the text of each token's word, as the vocabulary sees it.

    Where the vocabulary has lower case only, "The" and "the" are one word to the model, known or
    not, so they are here.

    Raises:
        FileNotFoundError, ValueError: as `read_rows` says.
    """
    lengths, forms = [], []
    for rows in read_rows(path, ["form"]):
        lengths.append(rows["form"].value_lengths().to_numpy())
        forms.append(rows["form"].flatten())
    words = pa.concat_arrays(forms).dictionary_encode()
    normalizer = encoding.tokenizer.normalizer
    distinct = words.dictionary.to_pylist()
    seen = [normalizer.normalize_str(word) for word in distinct] if normalizer else distinct
    number = np.unique(seen, return_inverse=True)[1][words.indices.to_numpy()]
    length = np.concatenate(lengths)
    start = np.repeat(np.cumsum(length) - length, split.lengths)
    return np.asarray(number[start + split.word_ids])
