"""A training of a moment: labels that only attention can tell, a network of a few numbers."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from small_objectives import OBJECTIVES

from pipeline.model.shape import ModelShape
from pipeline.objectives.objective import AskedSplit
from pipeline.objectives.registry import objective_of
from pipeline.params.encoder import EncoderParams
from pipeline.params.train import TrainParams, WatchedParams
from pipeline.tokens.special import Vocabulary
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import LEARNED
from pipeline.training.audience import Audience
from pipeline.training.checkpoints import Checkpoints
from pipeline.training.fit import Fitted, fit
from pipeline.training.setup import Setup

VOCAB, LABELS = 24, 4
CLASSES = {
    "tagging": tuple("abcd"), "classification": tuple("abcd"), "masked_lm": None, "causal_lm": None
}  # fmt: skip


def store(sentences=160, seed=0) -> TokenStore:
    """Sentences of one token a word."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(2, 9, sentences)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ids = rng.integers(3, VOCAB, offsets[-1]).astype(np.int32)
    return TokenStore(
        offsets=offsets,
        input_ids=ids,
        feature_ids=np.zeros((len(ids), 0), dtype=np.int32),
        word_ids=(np.arange(len(ids)) - np.repeat(offsets[:-1], lengths)).astype(np.int32),
        ends_word=np.ones(len(ids), dtype=bool),
    )


def split(sentences=160, seed=0, objective="tagging") -> AskedSplit:
    """Each word's label is the previous word's number modulo 4: only attention can tell.

    A sentence's class is that of its first word.
    """
    tokens = store(sentences, seed)
    if objective == "classification":
        return AskedSplit(tokens, (tokens.input_ids[tokens.offsets[:-1]] % LABELS).astype(np.int16))
    before = np.concatenate([[0], tokens.input_ids[:-1]])
    before[tokens.offsets[:-1]] = 0
    return AskedSplit(tokens, (before % LABELS).astype(np.int16))


def prepare(data, objective="tagging"):
    """How the split is put to a model in the first epoch."""
    return objective_of(OBJECTIVES[objective]).prepare(data, Vocabulary(VOCAB, LEARNED), 1, 0)


def shape(objective="tagging", dropout=0.0):
    encoder = EncoderParams(
        d_model=32,
        n_heads=2,
        n_layers=1,
        d_ff=32,
        dropout=dropout,
        part_dropout=dropout,
        positions="rotary",
        attention="learned",
    )
    return ModelShape(
        objective=OBJECTIVES[objective],
        vocab_size=VOCAB,
        special=LEARNED,
        feature_rows=0,
        max_length=16,
        classes=CLASSES[objective],
        asked=None,
        encoder=encoder,
    )


def settings(**changes):
    basis = TrainParams(
        start_from=None, max_epochs=2, batch_tokens=64, batch_parts=1, learning_rate=0.01,
        warmup_share=0.1, betas=(0.9, 0.98), weight_decay=0.01, gradient_clip=1.0,
        ema_decay=0.0,
        watched=WatchedParams(sentences=(), from_validation=2),
        monitor="validation_loss", early_stopping_patience=None,
        checkpoint_seconds=5.0, trail_steps=3, accelerator="cpu", devices=1,
        strategy="auto", precision="32-true", threads=1,
    )  # fmt: skip
    return basis.model_copy(update=changes)


def table():
    return torch.randn(VOCAB, 32, generator=torch.Generator().manual_seed(0))


def setup(train=None, validation=None, objective="tagging", dropout=0.0, seed=1) -> Setup:
    return Setup(
        shape(objective, dropout),
        table(),
        train or split(objective=objective),
        validation or split(seed=9, objective=objective),
        seed,
    )


def train(
    params=None, objective="tagging", dropout=0.0, seed=1, folder=None, observers=()
) -> Fitted:
    heard = []
    with tempfile.TemporaryDirectory() as own:
        fitted = fit(
            setup(objective=objective, dropout=dropout, seed=seed),
            params or settings(),
            Audience(heard.append, observers),
            Checkpoints(folder or Path(own)),
        )
    assert heard == fitted.history
    return fitted


def weights(fitted):
    return torch.cat([tensor.flatten() for tensor in fitted.network.state_dict().values()])
