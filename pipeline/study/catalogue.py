"""What each measure of a head is called, counted in, says, and does not say."""

from pipeline.study.about import About
from pipeline.study.references import REFERENCES

_LOOK = "Where a head looks is not yet what it takes from there, nor what the answer rests on."
_VOITA = "Voita et al. 2019, section 5.1; Clark et al. 2019, section 3.1, average weights instead"
_APART = "Lin 1991; Clark et al. 2019, section 6"
_ALONE = "One head alone is gone: heads that do the same work stand in for each other."
_GREEDY = (
    "Each step takes the head of least importance by gate, which need not be the one that costs "
    "least, nor make the best set."
)
_MEAN = "after Wang et al. 2023, whose mean is of texts of the same pattern, place by place"
_PRUNED = (
    "after Michel et al. 2019, section 4, who take importance once, and a tenth of the heads a step"
)
_NORMS = "our own, of the norms of Kobayashi et al. 2020, section 3"
_ROLLED = "our own, of the rollout of Abnar and Zuidema 2020, eq. 1"
_HIDDEN = (
    "The word is hidden from every head and keeps its place; taken out, the words around it close "
    "up, and the default model's four heads agree less (0.33 to 0.43 instead of 0.41 to 0.52, on "
    "64 sentences of English EWT), nearness more (0.53 instead of 0.46)."
)
_SYNTAX = "Clark et al. 2019, section 4.2; Voita et al. 2019, section 5.2"

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
        "A head can be sure and yet of no use.",
        "Voita et al. 2019, section 4, who leave the end of the sentence out",
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
        _LOOK, "after Clark et al. 2019, section 3.1, who average the weights on it",
    ),
    "first": About(
        "looks at the first token", "", "Share of tokens whose most attended is the first one.",
        "Much weight on a fixed place can mean that the head has nothing to do there.",
        "after Clark et al. 2019, section 3.2, who average the weights on [CLS]",
    ),
    "special_mass": About(
        "on special tokens", "", "Weight on unknown words; none is hidden for this.",
        "It depends on how many of them the text has.",
        "after Clark et al. 2019, section 3.2, whose special tokens are [CLS] and [SEP]",
    ),
    "duplicate_mass": About(
        "on the same word elsewhere", "",
        "Of words that stand more than once, the weight on their other places.",
        "Such words are few, and most of them are function words and punctuation.",
        "after Wang et al. 2023, whose duplicate token heads look back only",
    ),
    "null_share": About(
        "weights that could be others", "",
        "Share of the weights' squared length that other weights, with the same sum and effect, "
        "need not share.",
        "Some of the others are negative, which no softmax gives; long sentences have most of it.",
        "our own, of the null space of Brunner et al. 2020, section 3.2",
    ),
    "effective_agreement": About(
        "raw and effective agree", "",
        "Share of tokens whose most attended token is the same with effective attention.",
        "Effective attention is not the only choice of weights that give the same output.",
        "our own, of the effective attention of Brunner et al. 2020, section 3.2",
    ),
    "norm_entropy": About(
        "entropy by norms", "nats", "As entropy, of how much is taken from each token.",
        "What is taken may cancel out in the sum.", _NORMS,
    ),
    "norm_distance": About(
        "mean distance by norms", "tokens", "As mean distance, of how much is taken.",
        "What is taken may cancel out in the sum.", _NORMS,
    ),
    "norm_self": About(
        "taken from itself", "", "Share of what a token is given that is its own value.",
        "The token's vector also goes on beside the attention.", _NORMS,
    ),
    "written_norm": About(
        "length of what it writes", "", "How much a head changes a token's vector.",
        "A long change can be one that no later part reads.", _NORMS,
    ),
    "rollout_entropy": About(
        "rollout entropy", "nats", "How widely a token's information is spread up to this layer.",
        "Rollout takes attention and the residual connection as equals.",
        _ROLLED,
    ),
    "rollout_distance": About(
        "rollout distance", "tokens", "From how far away a token's information comes.",
        "Rollout takes attention and the residual connection as equals.",
        _ROLLED,
    ),
    "rollout_self": About(
        "rollout to itself", "", "Share of a token's information that is its own.",
        "Rollout takes attention and the residual connection as equals.",
        _ROLLED,
    ),
    "disagreement": About(
        "disagreement in its layer", "nats",
        "How far a head's weights lie from the other heads' of its layer: 0 is alike, 0.69 apart.",
        "Heads that look elsewhere may still write the same.", _APART,
    ),
    "divergence": About(
        "divergence of two heads", "nats",
        "How far the weights of two heads lie apart: 0 is alike, 0.69 shares no word.",
        "Heads that look elsewhere may still write the same.", _APART,
    ),
    "similarity": About(
        "likeness of what two heads write", "",
        "Mean cosine of what both add to a token: 1 the same, 0 unrelated, -1 the opposite.",
        "It says nothing of lengths: of two alike, one can be too short to matter.",
        "the cosine; for heads, Li et al. 2018, section 3.2",
    ),
    "syntax_accuracy": About(
        "finds the other end of a relation", "",
        "How often a word's most attended other word is its head, or its dependent.",
        "Of several alike dependents of one word a head can find one only. " + _LOOK, _SYNTAX,
    ),
    "syntax_baseline": About(
        "the same of a fixed distance", "",
        "How often the word at the best fixed distance is the one.",
        "The distance is chosen on the very pairs that it is measured on.", _SYNTAX,
    ),
    "syntax_offset": About(
        "best fixed distance", "words", "Where the baseline looks: -1 is the word before.",
        "It is the most frequent distance, not the mean.", _SYNTAX,
    ),
    "syntax_p": About(
        "p against the fixed distance", "",
        "Chance of so clear a lead over the baseline if there were none, over all tests made.",
        "It takes pairs as independent, those of one sentence too; it says nothing of size.",
        "McNemar 1947; Holm 1979",
    ),
    "syntax_pairs": About(
        "pairs asked about", "pairs", "How many pairs of words have the relation.",
        "Relations with fewer than 20 are left out, and punctuation, the root, sentences of two.",
        _SYNTAX,
    ),
    "importance": About(
        "importance by gate", "nats",
        "How steeply the loss answers to turning a head down, sentence by sentence, without sign.",
        "It is a slope at the whole model: turning a head off altogether can do less, or more.",
        "Michel et al. 2019, eq. 2",
    ),
    "zero_loss": About(
        "rise of the loss without it", "nats",
        "How much the loss rises when the head gives nothing.",
        _ALONE, "after Michel et al. 2019, section 3.2, who tell of BLEU and accuracy",
    ),
    "zero_accuracy": About(
        "change of accuracy without it", "", "What the accuracy gains when the head gives nothing.",
        _ALONE, "Michel et al. 2019, section 3.2",
    ),
    "mean_loss": About(
        "rise of the loss at its mean", "nats",
        "How much the loss rises when the head always gives its mean.",
        _ALONE, _MEAN,
    ),
    "mean_accuracy": About(
        "change of accuracy at its mean", "",
        "What the accuracy gains when the head always gives its mean.",
        _ALONE, _MEAN,
    ),
    "pruning_loss": About(
        "rise of the loss as heads go", "nats",
        "How much the loss has risen when this head and those of the steps before are gone.",
        _GREEDY, _PRUNED,
    ),
    "pruning_accuracy": About(
        "change of accuracy as heads go", "",
        "Change of the accuracy when this head and those of the steps before are gone.",
        _GREEDY, _PRUNED,
    ),
    "tau_leave_one_out": About(
        "weights and leave-one-out agree", "",
        "Kendall's tau of weights and of what hiding each other word does to the prediction.",
        "Other heads and layers carry words too, which one head's weights cannot show. " + _HIDDEN,
        "after Jain and Wallace 2019, section 4.1, who take the word out of the text",
    ),
    "tau_gradient": About(
        "weights and gradients agree", "",
        "Kendall's tau of weights and of gradient times input, over the other words.",
        "A gradient tells of small changes; where the model is sure, it is small for all words.",
        "after Jain and Wallace 2019, section 4.1, but through the attention too",
    ),
    "permuted_change": About(
        "change under shuffled weights", "",
        "How far the prediction moves when the weights are shuffled: 0 not at all, 1 altogether.",
        "It is of the weights and not of their order, so no ranking can stand beside it. The "
        "shuffles are drawn by chance, so planted truth can check its expectation alone.",
        "Jain and Wallace 2019, section 4.2.1; a mean of 10 shuffles",
    ),
    "uniform_change": About(
        "change under equal weights", "",
        "How far the prediction moves when all weights are equal: 0 not at all, 1 altogether.",
        "A model trained with equal weights might do as well: that is not measured here. No "
        "ranking can stand beside it.",
        "Wiegreffe and Pinter 2019, the uniform baseline",
    ),
    "comprehensiveness": About(
        "fall without the most attended", "",
        "How far the predicted class's probability falls without the words most attended to.",
        "Sentences whose words no head may look at are unlike those of the training.",
        "after DeYoung et al. 2020, eq. 1, who take words out; mean over 10, 20 and 50 % of them",
    ),
    "sufficiency": About(
        "fall with only the most attended", "",
        "How far that probability falls when no other words can be attended to: 0 they suffice.",
        "Near 0 as well where the word alone says enough.",
        "after DeYoung et al. 2020, eq. 2, who take words out; mean over 10, 20 and 50 % of them",
    ),
} | REFERENCES  # fmt: skip
"""By the name that the tables and MLflow use."""

FAMILIES = {
    "Where it looks": (
        "entropy", "relative_entropy", "distance", "confidence", "previous", "next", "self",
        "first", "special_mass", "duplicate_mass",
    ),
    "What of it can have an effect": (
        "null_share", "effective_agreement", "norm_entropy", "norm_distance", "norm_self",
        "written_norm",
    ),
    "What reaches its layer": ("rollout_entropy", "rollout_distance", "rollout_self"),
    "Beside the other heads": ("disagreement", "divergence", "similarity"),
    "Does it follow relations?": (
        "syntax_followed", "syntax_accuracy", "syntax_baseline", "syntax_offset", "syntax_p",
        "syntax_tag_baseline", "syntax_tag_share", "syntax_tag_p", "syntax_follows",
        "syntax_pairs",
    ),
    "What the model owes to it": (
        "importance", "zero_loss", "zero_accuracy", "mean_loss", "mean_accuracy", "pruning_loss",
        "pruning_accuracy",
    ),
    "Do its weights explain the answer?": (
        "tau_leave_one_out", "tau_gradient", "permuted_change", "uniform_change",
        "comprehensiveness", "sufficiency",
    ),
}  # fmt: skip
"""Every measure under the question that it helps to answer."""
