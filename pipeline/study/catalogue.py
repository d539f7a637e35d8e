"""What each measure of a head is called, counted in, says, and does not say."""

from dataclasses import dataclass


@dataclass(frozen=True)
class About:
    """A measure, for a person."""

    title: str
    unit: str
    """"" for a share in [0, 1] or a plain number."""
    meaning: str
    caveat: str
    """What it does not prove."""
    source: str


_LOOK = "Where a head looks is not yet what it takes from there, nor what the answer rests on."
_VOITA = "Voita et al. 2019, section 5.1"

ABOUT = {
    "entropy": About(
        "entropy", "nats", "How widely a token spreads its attention: 0 is one token alone.",
        "It grows with the sentence's length.", "Shannon 1948; Clark et al. 2019, section 3.3",
    ),
    "relative_entropy": About(
        "entropy over its maximum", "", "1 is an even look at the whole sentence.",
        "An even look may still be used for the mean of all words.", "Shannon 1948",
    ),
    "distance": About(
        "mean distance", "tokens", "How far away the tokens are that a token looks at.",
        _LOOK, "Vig and Belinkov 2019, section 4.4",
    ),
    "confidence": About(
        "confidence", "", "The largest weight of a token, on average.",
        "A head can be sure and yet of no use.", "Voita et al. 2019, section 4",
    ),
    "previous": About(
        "looks at the previous token", "", "Share of tokens whose most attended is the one before.",
        _LOOK, _VOITA,
    ),
    "next": About(
        "looks at the next token", "", "Share of tokens whose most attended is the one after.",
        _LOOK, _VOITA,
    ),
    "self": About(
        "looks at itself", "", "Share of tokens whose most attended is the token itself.",
        _LOOK, "Clark et al. 2019, section 3.1",
    ),
    "first": About(
        "looks at the first token", "", "Share of tokens whose most attended is the first one.",
        "Much weight on a fixed place can mean that the head has nothing to do there.",
        "Clark et al. 2019, section 3.2",
    ),
    "special_mass": About(
        "on special tokens", "", "Weight on unknown and hidden tokens.",
        "It depends on how many of them the text has.", "Clark et al. 2019, section 3.2",
    ),
    "duplicate_mass": About(
        "on the same word elsewhere", "",
        "Of words that stand more than once, the weight on their other places.",
        "Such words are few, and most of them are function words and punctuation.",
        "Olsson et al. 2022, where such heads are the first step of induction",
    ),
    "null_share": About(
        "weights without effect", "",
        "Share of the weights' squared length that could be exchanged without any effect.",
        "0 in sentences no longer than d_head; it grows with length.",
        "Brunner et al. 2020, section 3.2",
    ),
    "effective_agreement": About(
        "raw and effective agree", "",
        "Share of tokens whose most attended token is the same with effective attention.",
        "Effective attention is not the only choice of weights that give the same output.",
        "Brunner et al. 2020, section 3.2",
    ),
    "norm_entropy": About(
        "entropy by norms", "nats", "As entropy, of how much is taken from each token.",
        "What is taken may cancel out in the sum.", "Kobayashi et al. 2020, eq. 4",
    ),
    "norm_distance": About(
        "mean distance by norms", "tokens", "As mean distance, of how much is taken.",
        "What is taken may cancel out in the sum.", "Kobayashi et al. 2020, eq. 4",
    ),
    "norm_self": About(
        "taken from itself", "", "Share of what a token is given that is its own value.",
        "The token's vector also goes on beside the attention.", "Kobayashi et al. 2020, eq. 4",
    ),
    "written_norm": About(
        "length of what it writes", "", "How much a head changes a token's vector.",
        "A long change can be one that no later part reads.", "Kobayashi et al. 2020, eq. 4",
    ),
    "rollout_entropy": About(
        "rollout entropy", "nats", "How widely a token's information is spread up to this layer.",
        "Rollout takes attention and the residual connection as equals.",
        "Abnar and Zuidema 2020, eq. 1",
    ),
    "rollout_distance": About(
        "rollout distance", "tokens", "From how far away a token's information comes.",
        "Rollout takes attention and the residual connection as equals.",
        "Abnar and Zuidema 2020, eq. 1",
    ),
    "rollout_self": About(
        "rollout to itself", "", "Share of a token's information that is its own.",
        "Rollout takes attention and the residual connection as equals.",
        "Abnar and Zuidema 2020, eq. 1",
    ),
}  # fmt: skip
"""By the name that the tables and MLflow use."""
