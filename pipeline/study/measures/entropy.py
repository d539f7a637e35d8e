"""How widely a token spreads its attention."""

from jaxtyping import Bool, Float
from torch import Tensor

from pipeline.attention import LayerAtWork
from pipeline.study.about import About, Family, Headline
from pipeline.study.measuring import RowFigures, Seen, mean_of_rows
from pipeline.study.rows import RowMask, entropy

ENTROPY = About(
    "entropy",
    Family.LOOKS,
    title="spread of attention (entropy)",
    unit="nats",
    meaning="How widely a token spreads its attention. 0: it looks at one token only.",
    caveat="Longer sentences have more of it.",
    source="Shannon 1948; Clark et al. 2019, section 3.3",
    headline=Headline("entropy", 20),
)
RELATIVE = About(
    "relative_entropy",
    Family.LOOKS,
    title="spread, as a share of the largest",
    unit="",
    meaning="Entropy divided by its largest possible value. 1: it gives all tokens that it sees "
    "the same weight.",
    caveat="The same weight for all can be useful: the head then takes their average.",
    source="Shannon 1948",
)


def spread(
    weights: Float[Tensor, "batch head query key"],
    sees: Bool[Tensor, "batch query key"],
    rows: RowMask,
) -> RowFigures:
    """H(a) = -sum_j a_j ln a_j, and H(a) / ln(keys that the token can see).

    The second, the efficiency of Shannon 1948, only where there are two such keys or more.
    """
    nats, keys = entropy(weights), sees.sum(dim=-1)[:, None, :]
    yield ENTROPY, nats, rows
    yield RELATIVE, nats / keys.clamp(min=2).log(), rows & (keys > 1)


def figures(work: LayerAtWork, _: Seen) -> RowFigures:
    """As `spread`."""
    return spread(work.weights, work.sees, work.telling_rows)


MEASURE = mean_of_rows(figures, ENTROPY, RELATIVE)
