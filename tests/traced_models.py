"""Small networks of every kind, with words of their own, whose sentences are traced."""

import planted
import torch
from small_objectives import OBJECTIVES, classification

from pipeline.model.network import Network
from pipeline.model.shape import shape_for
from pipeline.objectives.objective import Classes
from pipeline.objectives.registry import objective_of
from pipeline.params import tokenize
from pipeline.params.encoder import EncoderParams
from pipeline.serving.predictor import Predictor
from pipeline.study.trace import trace_sentence
from pipeline.tokens.encoding import Encoding
from pipeline.tokens.features import NO_FEATURES, SubwordFeatures
from pipeline.tokens.tokenizer import LEARNED, learn_tokenizer

COUNTS = {"the": 9, "cat": 5, "sat": 4, "mat": 3, "on": 2}
PARTS = SubwordFeatures(prefix_lengths=(1,), suffix_lengths=(2,), has_shape=True, buckets=20)
LABELS = ("DET", "NOUN", "VERB", "ADP")


ASKED = OBJECTIVES | {
    "first token": classification(pooling="first"),
    "weighted": classification(pooling="attention"),
    "several": classification("several"),
}


def encoding_of(counts, max_length, unit="word", features=NO_FEATURES):
    settings = tokenize.KINDS.read({
        "unit": unit, "max_length": max_length, "overlong": "error", "bpe": {"vocab_size": 270},
        "word": {
            "is_lowercase": True, "min_count": 1, "prefix_lengths": (), "suffix_lengths": (),
            "has_shape": False, "feature_buckets": 1,
        },
    })  # fmt: skip
    tokenizer = learn_tokenizer(counts, settings)
    return Encoding(tokenizer, LEARNED, features, max_length, 1 if unit == "word" else None)


def predictor(
    objective="tagging", n_layers=2, positions="rotary", max_length=12, n_heads=2, counts=COUNTS,
    labels=LABELS, attention="learned", **encoded,
):  # fmt: skip
    encoding = encoding_of(counts, max_length, **encoded)
    encoder = EncoderParams(
        d_model=4 * n_heads, n_heads=n_heads, n_layers=n_layers, d_ff=16, dropout=0.0,
        part_dropout=0.0, positions=positions, attention=attention,
    )  # fmt: skip
    classes = Classes(None if objective.endswith("_lm") else labels)
    if objective == "several":
        classes = Classes(("no", "yes"), labels)
    network = Network(shape_for(encoding, encoder, objective_of(ASKED[objective]), classes))
    generator = torch.Generator().manual_seed(0)
    network.initialise(torch.randn(encoding.vocab_size, 4 * n_heads, generator=generator), 1)
    with torch.no_grad():
        for parameter in network.parameters():  # no bias stays 0, no norm the identity
            parameter.add_(0.3 * torch.randn(parameter.shape, generator=generator))
    return Predictor(network.eval(), encoding)


def traced(model, text, word=None):
    return trace_sentence(model.network, model.encoding, text, word)


def planted_predictor():
    """Words a, b, c are the tokens 3, 4, 5; the label of a token is its id as a word."""
    encoding = encoding_of({"a": 3, "b": 2, "c": 1}, planted.PLACES)
    return Predictor(planted.planted_network(), encoding)


AWKWARD_TEXTS = (
    "the", "the cat " * 150, "🙂 👨‍👩‍👧", "ሰላም 日本語のテキスト", "שלום مرحبا",
    "a\x1b[31mred\x07 \u202eb",
)  # fmt: skip
KINDS = [
    {}, {"positions": "learned", "features": PARTS}, {"n_layers": 0}, {"objective": "masked_lm"},
    {"objective": "masked_lm", "n_layers": 0}, {"objective": "masked_lm", "unit": "bpe"},
    {"objective": "causal_lm"}, {"objective": "causal_lm", "unit": "bpe"},
    {"objective": "classification"}, {"objective": "first token"}, {"objective": "weighted"},
    {"objective": "several"},
]  # fmt: skip
