"""A sentence's words that training did not know -> why not, and what the model reads of them."""

from collections.abc import Sequence

import numpy as np

from pipeline.tokens.encoding import Encoding, encode_words
from pipeline.tokens.features import SubwordFeatures

TIMES = {1: "never seen in training", 2: "seen fewer than twice in training"}
"""How often an unknown word was seen, by the least count of a known one."""


def unknown_words(encoding: Encoding, words: Sequence[str]) -> dict[int, str]:
    """What is to be said of each unknown word, by its number from 0; it goes on from the word.

    Such as "was seen fewer than twice in training, so only its first and last letters are known".
    """
    encoded = encode_words(encoding, words, np.array([len(words)]))
    word = np.repeat(np.arange(len(words)), encoded.length)
    unknown = np.unique(word[encoded.input_ids == encoding.special.unknown])
    return {int(i): f"{_why(encoding, words[i])}, {_left(encoding.features)}" for i in unknown}


def _why(encoding: Encoding, word: str) -> str:
    normalizer = encoding.tokenizer.normalizer
    seen = normalizer.normalize_str(word) if normalizer else word
    if seen in {encoding.vocabulary[sign] for sign in encoding.special.ids}:
        return "reads like one of the model's own signs and is taken for an unknown word"
    if encoding.min_count is None:
        return "is not in the vocabulary"
    return f"was {_seldom(encoding.min_count)}"


def _seldom(count: int) -> str:
    return TIMES.get(count, f"seen fewer than {count:,} times in training")


def _left(features: SubwordFeatures) -> str:
    """What the model knows of a word without a row of its own."""
    ends = [
        name
        for name, lengths in (("first", features.prefix_lengths), ("last", features.suffix_lengths))
        if lengths
    ]
    known = [f"its {' and '.join(ends)} letters"] if ends else []
    known += ["its shape (capitals, digits)"] if features.has_shape else []
    if known:
        return f"so only {' and '.join(known)} are known"
    return "so the model reads it like every other unknown word"
