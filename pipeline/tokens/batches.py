"""Token arrays -> batches: a budget of tokens each, sentences of like length together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Shaped

from pipeline.tokens.encoding import Encoding, encode_sentence, ends_of_words, word_of_token
from pipeline.tokens.features import NO_FEATURE
from pipeline.tokens.keyed import keyed_bits, keyed_uniform
from pipeline.tokens.store import TokenStore

SentenceIds = Int[np.ndarray, " _"]
"""Which sentences of a split make up one batch, by their numbers from 0."""


@dataclass(frozen=True)
class TokenBatch:
    """Sentences side by side, padded at the end to the longest."""

    sentence: Int[np.ndarray, " batch"]
    """Index of each sentence in its split."""
    input_ids: Int[np.ndarray, "batch token"]
    feature_ids: Int[np.ndarray, "batch token slot"]
    word_ids: Int[np.ndarray, "batch token"]
    ends_word: Bool[np.ndarray, "batch token"]
    is_token: Bool[np.ndarray, "batch token"]
    token_number: Int[np.ndarray, "batch token"]
    """Where the token stands in its whole split: the key of its random numbers. Of padding, that
    of the sentence's first."""

    def rows(self, rows: slice) -> "TokenBatch":
        """Some of the sentences, as wide as all."""
        return TokenBatch(**{name: array[rows] for name, array in vars(self).items()})


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
    spread = LENGTH_SPREAD * keyed_uniform(np.arange(len(lengths)), seed, "company", epoch)
    batches = _cut(np.argsort(-(lengths + spread), kind="stable"), lengths, batch_tokens)
    chance = keyed_bits(np.arange(len(batches)), seed, "batch order", epoch)
    return [batches[i] for i in np.argsort(chance, kind="stable")]


LENGTH_SPREAD = 2.0
"""Tokens by which lengths in a batch may differ for the sake of company; costs 3 % of padding."""


def _cut(
    order: Int[np.ndarray, " sentence"], lengths: Int[np.ndarray, " sentence"], batch_tokens: int
) -> list[SentenceIds]:
    """Fill one batch after the other, each with as many sentences as its longest allows."""
    batches, first, longest = [], 0, 0
    for at, length in enumerate(lengths[order].tolist()):
        longest = max(longest, length)
        if at > first and longest * (at - first + 1) > batch_tokens:
            batches.append(order[first:at])
            first, longest = at, length
    return [*batches, order[first:]]


PADDING = 0
"""The row that is looked up for padding: any would do, since no token sees it."""


def gather(store: TokenStore, sentences: SentenceIds) -> TokenBatch:
    """Read these sentences out of the store and pad them."""
    start = store.offsets[sentences]
    length = store.offsets[sentences + 1] - start
    step = np.arange(int(length.max()))
    is_token = step < length[:, None]
    position = np.where(is_token, start[:, None] + step, start[:, None])
    is_padding = ~is_token

    def read(array: Shaped[np.ndarray, "..."], padding: int) -> Shaped[np.ndarray, "..."]:
        found = np.asarray(array.take(position, axis=0))
        found[is_padding] = padding
        return found

    return TokenBatch(
        sentence=sentences,
        input_ids=read(store.input_ids, PADDING),
        feature_ids=read(store.feature_ids, NO_FEATURE),
        word_ids=read(store.word_ids, 0),
        ends_word=read(store.ends_word, False),
        is_token=is_token,
        token_number=position,
    )


def batch_of_sentences(encoding: Encoding, sentences: Sequence[Sequence[str]]) -> TokenBatch:
    """A batch of sentences that a person wrote.

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
        ends_word=np.concatenate([ends_of_words(one.length) for one in encoded]),
    )
    return gather(store, np.arange(len(sentences)))


def side_by_side(batches: Sequence[TokenBatch]) -> TokenBatch:
    """Several batches as one, padded to the longest sentence of all."""
    longest = max(one.input_ids.shape[1] for one in batches)
    wide = [vars(_widened(one, longest)) for one in batches]
    return TokenBatch(**{name: np.concatenate([one[name] for one in wide]) for name in wide[0]})


def _widened(batch: TokenBatch, length: int) -> TokenBatch:
    missing = length - batch.input_ids.shape[1]

    def wide(array: Shaped[np.ndarray, "..."], padding: int) -> Shaped[np.ndarray, "..."]:
        more = np.full_like(array, padding, shape=(len(array), missing, *array.shape[2:]))
        return np.concatenate([array, more], axis=1)

    first = np.repeat(batch.token_number[:, :1], missing, axis=1)
    return TokenBatch(
        sentence=batch.sentence,
        input_ids=wide(batch.input_ids, PADDING),
        feature_ids=wide(batch.feature_ids, NO_FEATURE),
        word_ids=wide(batch.word_ids, 0),
        ends_word=wide(batch.ends_word, False),
        is_token=wide(batch.is_token, False),
        token_number=np.concatenate([batch.token_number, first], axis=1),
    )
