"""Token arrays -> batches: a budget of tokens each, sentences of like length together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from pipeline.tokens.encoding import NO_LABEL, Encoding, encode_sentence, word_of_token
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.keyed import keyed_bits
from pipeline.tokens.store import TokenStore
from pipeline.tokens.tokenizer import PAD

SentenceIds = Int[np.ndarray, " _"]
"""Which sentences of a split make up one batch."""


@dataclass(frozen=True)
class TokenBatch:
    """Sentences side by side, padded at the end to the longest."""

    sentence: Int[np.ndarray, " batch"]
    """Index of each sentence in its split."""
    input_ids: Int[np.ndarray, "batch token"]
    feature_ids: Int[np.ndarray, "batch token slot"]
    word_ids: Int[np.ndarray, "batch token"]
    target_ids: Int[np.ndarray, "batch token"]
    """The class to predict; -1 where nothing is predicted."""
    is_token: Bool[np.ndarray, "batch token"]
    position: Int[np.ndarray, "batch token"]
    """Where the token stands in its whole split: the key of its random numbers."""


def plan_batches(lengths: Int[np.ndarray, " sentence"], batch_tokens: int) -> list[SentenceIds]:
    """Cut the sentences, longest first, into batches of at most `batch_tokens`, padding counted.

    A sentence longer than the budget is a batch of its own. Longest first: what does not fit into
    memory fails at once.
    """
    order = np.argsort(-lengths, kind="stable")
    return _cut(order, lengths, batch_tokens)


def plan_epoch(
    lengths: Int[np.ndarray, " sentence"], batch_tokens: int, seed: int, epoch: int
) -> list[SentenceIds]:
    """Batches of one epoch, in random order, of sentences of like length in random company.

    A function of (seed, epoch) and nothing else, so a resumed training meets the same batches.
    """
    chance = keyed_bits(np.arange(len(lengths)), seed, "sentence order", epoch)
    shuffled = np.argsort(chance, kind="stable")
    by_length = shuffled[np.argsort(-lengths[shuffled], kind="stable")]
    batches = _cut(by_length, lengths, batch_tokens)
    chance = keyed_bits(np.arange(len(batches)), seed, "batch order", epoch)
    return [batches[i] for i in np.argsort(chance, kind="stable")]


def _cut(
    order: Int[np.ndarray, " sentence"], lengths: Int[np.ndarray, " sentence"], batch_tokens: int
) -> list[SentenceIds]:
    """Cut an order of falling lengths; the first of each batch is its longest."""
    batches, first = [], 0
    while first < len(order):
        count = max(1, batch_tokens // max(1, int(lengths[order[first]])))
        batches.append(order[first : first + count])
        first += count
    return batches


def gather(store: TokenStore, sentences: SentenceIds) -> TokenBatch:
    """Read these sentences out of the store and pad them; targets are the words' labels."""
    start = store.offsets[sentences]
    length = store.offsets[sentences + 1] - start
    step = np.arange(int(length.max()))
    is_token = step < length[:, None]
    position = np.where(is_token, start[:, None] + step, start[:, None])
    return TokenBatch(
        sentence=sentences,
        input_ids=np.where(is_token, store.input_ids[position], PAD),
        feature_ids=np.where(is_token[..., None], store.feature_ids[position], NO_FEATURE),
        word_ids=np.where(is_token, store.word_ids[position], 0),
        target_ids=np.where(is_token, store.label_ids[position], NO_LABEL),
        is_token=is_token,
        position=position,
    )


def batch_of_sentences(encoding: Encoding, sentences: Sequence[Sequence[str]]) -> TokenBatch:
    """A batch of sentences that a person wrote; nothing to predict is known of them.

    Raises:
        ValueError: a sentence has more tokens than the model was made for.
    """
    encoded = [encode_sentence(encoding, words) for words in sentences]
    lengths = [len(one.input_ids) for one in encoded]
    store = TokenStore(
        offsets=np.cumsum([0, *lengths]),
        input_ids=np.concatenate([one.input_ids for one in encoded]),
        feature_ids=np.concatenate([one.feature_ids for one in encoded]),
        word_ids=np.concatenate([word_of_token(one.length) for one in encoded]),
        label_ids=np.full(sum(lengths), NO_LABEL, dtype=np.int16),
    )
    return gather(store, np.arange(len(sentences)))
