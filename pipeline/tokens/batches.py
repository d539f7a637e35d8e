"""Token arrays -> batches: a budget of tokens each, sentences of like length together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from jaxtyping import Bool, Int, Shaped

from pipeline.tokens.encoding import Encoding, encode_sentences
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

    def rows(self, rows: slice | Int[np.ndarray, " row"]) -> "TokenBatch":
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

    return TokenBatch(
        sentence=sentences,
        input_ids=_read(store.input_ids, position, is_padding, PADDING),
        feature_ids=_read(store.feature_ids, position, is_padding, NO_FEATURE),
        word_ids=_read(store.word_ids, position, is_padding, 0),
        ends_word=_read(store.ends_word, position, is_padding, False),
        is_token=is_token,
        token_number=position,
    )


# No function inside another one: its annotations would be made anew at each call, which took a
# tenth of the time of `headway predict`.
def _read(
    array: Shaped[np.ndarray, " token *slot"],
    position: Int[np.ndarray, "batch place"],
    is_padding: Bool[np.ndarray, "batch place"],
    padding: int,
) -> Shaped[np.ndarray, "batch place *slot"]:
    found = np.asarray(array.take(position, axis=0))
    found[is_padding] = padding
    return found


def batch_of_sentences(encoding: Encoding, sentences: Sequence[Sequence[str]]) -> TokenBatch:
    """A batch of sentences that a person wrote.

    Raises:
        ValueError: a sentence has more tokens than the model was made for.
    """
    tokens = tokens_of_sentences(encoding, sentences)
    encoding.require_short(int(tokens.lengths.max()))
    return gather(tokens, np.arange(len(sentences)))


def tokens_of_sentences(encoding: Encoding, sentences: Sequence[Sequence[str]]) -> TokenStore:
    """The tokens of sentences that a person wrote, none without a word, however long they are."""
    words_in = np.array([len(words) for words in sentences], dtype=np.int64)
    return encode_sentences(encoding, [*chain.from_iterable(sentences)], words_in)


def side_by_side(batches: Sequence[TokenBatch]) -> TokenBatch:
    """Several batches as one, padded to the longest sentence of all."""
    longest = max(one.input_ids.shape[1] for one in batches)
    wide = [vars(_widened(one, longest)) for one in batches]
    return TokenBatch(**{name: np.concatenate([one[name] for one in wide]) for name in wide[0]})


def _widened(batch: TokenBatch, length: int) -> TokenBatch:
    missing = length - batch.input_ids.shape[1]
    first = np.repeat(batch.token_number[:, :1], missing, axis=1)
    return TokenBatch(
        sentence=batch.sentence,
        input_ids=_wide(batch.input_ids, missing, PADDING),
        feature_ids=_wide(batch.feature_ids, missing, NO_FEATURE),
        word_ids=_wide(batch.word_ids, missing, 0),
        ends_word=_wide(batch.ends_word, missing, False),
        is_token=_wide(batch.is_token, missing, False),
        token_number=np.concatenate([batch.token_number, first], axis=1),
    )


def _wide(
    array: Shaped[np.ndarray, "batch place *slot"], missing: int, padding: int
) -> Shaped[np.ndarray, "batch wider *slot"]:
    more = np.full_like(array, padding, shape=(len(array), missing, *array.shape[2:]))
    return np.concatenate([array, more], axis=1)
