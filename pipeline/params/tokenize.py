"""Section `tokenize`: how words become token ids."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.params.kinds import Kinds
from pipeline.params.section import Lengths, Positive, Section


class WordParams(Section):
    """One token a word, with the parts of the word that tell what an unseen word is like."""

    is_lowercase: bool
    """Words are looked up in lower case (the shape feature still sees the case)."""
    min_count: Positive
    """Words seen less often than this in the training split share the unknown word's vector."""
    prefix_lengths: Lengths
    """Lengths in characters of the prefixes whose vectors are added to the word's."""
    suffix_lengths: Lengths
    """Lengths in characters of the suffixes whose vectors are added to the word's."""
    has_shape: bool
    """Whether the word's shape (Xxxx, dd, ...) has a vector too."""
    feature_buckets: Positive
    """Rows for each length and for the shape; what a word has of it is hashed into them."""


class BpeParams(Section):
    """Byte-level byte-pair encoding (Sennrich et al. 2016)."""

    vocab_size: Annotated[int, Field(ge=260)]
    """Number of tokens, the 256 bytes and the special tokens among them."""


class Tokenize(Section):
    """What every way has."""

    max_length: Positive
    """The most tokens a sentence may have."""
    overlong: Literal["error", "truncate"]
    """What to do with a longer sentence: stop, or cut it and count what was cut."""


class WordTokenize(Tokenize):
    """One token a word."""

    unit: Literal["word"]
    word: WordParams


class BpeTokenize(Tokenize):
    """Byte-level pieces of words."""

    unit: Literal["bpe"]
    bpe: BpeParams


TokenizeParams = WordTokenize | BpeTokenize
KINDS = Kinds("unit", {"word": WordTokenize, "bpe": BpeTokenize})
