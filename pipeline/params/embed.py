"""Section `embed`: the table that the embedding lookup starts from."""

from typing import Annotated, Literal

from pydantic import Field

from pipeline.params.kinds import Kinds
from pipeline.params.section import Positive, Section


class PpmiSvdParams(Section):
    """Positive pointwise mutual information, factorised (Levy and Goldberg 2014)."""

    window: Positive
    """Tokens this far left and right in the sentence are counted as context."""
    context_smoothing: Annotated[float, Field(gt=0, le=1)]
    """Exponent on the context counts (Levy et al. 2015 take 0.75)."""


class Embed(Section):
    """What every method has."""

    neighbours: Positive
    """Nearest neighbours listed for each described token."""
    described_words: Positive
    """How many of the most frequent tokens are described."""


class RandomEmbed(Embed):
    """Normal values."""

    method: Literal["random"]


class PpmiSvdEmbed(Embed):
    """From the training split's co-occurrence."""

    method: Literal["ppmi_svd"]
    ppmi_svd: PpmiSvdParams


class FileParams(Section):
    """Word vectors that somebody trained."""

    path: str
    """A file below `data/source`, which DVC watches; one that ends in .gz is unpacked as it is
    read."""
    format: Literal["text", "word2vec_binary"]
    """Text as GloVe, word2vec and fastText (.vec) write it, or word2vec's binary form (.bin)."""


class FileEmbed(Embed):
    """From a file; a token that it has not starts from normal values."""

    method: Literal["file"]
    file: FileParams


EmbedParams = RandomEmbed | PpmiSvdEmbed | FileEmbed
KINDS = Kinds("method", {"random": RandomEmbed, "ppmi_svd": PpmiSvdEmbed, "file": FileEmbed})
